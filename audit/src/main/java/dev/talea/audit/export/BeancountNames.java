// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Names in journals of beancount, which allows itself little: a part of an account begins with an
 * upper-case letter or a digit and goes on with letters, digits and {@code -}. An account is {@code
 * Root:Book:Path}, for example {@code Assets:Shop:Cash}, reversible always.
 *
 * <p>Every byte of the UTF-8 form but letters and digits of ASCII is {@code -XX}. The first letter
 * becomes upper case; what cannot, because it is upper case already, an escape, nothing at all, or
 * the letter x, has an {@code X} in front.
 *
 * <p>Stateless; any thread.
 */
public final class BeancountNames {
  /** Where {@code --opening} takes opening balances from: two parts, and accounts have three. */
  static final String OPENING = "Equity:Opening";

  private static final Pattern CURRENCY = Pattern.compile("[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]");
  private static final String NUMBERED = "X-";

  /** Words that beancount reads as values. */
  private static final Set<String> RESERVED = Set.of("TRUE", "FALSE", "NULL");

  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private BeancountNames() {}

  /** The name of an account. */
  public static String account(AccountKind kind, AccountId id) {
    return root(kind)
        + ":"
        + part(id.book())
        + ":"
        + Stream.of(id.path().split(":", -1))
            .map(BeancountNames::part)
            .collect(Collectors.joining(":"));
  }

  /**
   * The account that a name is of.
   *
   * @throws IllegalArgumentException if it is no name that {@link #account} makes
   */
  public static AccountId accountOf(String name) {
    String[] parts = name.split(":", -1);
    if (parts.length < 3) {
      throw new IllegalArgumentException("not Root:Book:Path: " + name);
    }
    return new AccountId(
        decoded(parts[1]),
        Stream.of(parts).skip(2).map(BeancountNames::decoded).collect(Collectors.joining(":")));
  }

  /**
   * What an asset is called: its id if beancount takes that for a currency, else {@code X-} and its
   * number.
   *
   * @param number of its registration in {@code _system}
   */
  static String currency(String asset, long number) {
    boolean fits =
        CURRENCY.matcher(asset).matches()
            && !asset.startsWith(NUMBERED)
            && !RESERVED.contains(asset);
    return fits ? asset : NUMBERED + number;
  }

  /** A string, quotes and all. */
  static String string(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static String root(AccountKind kind) {
    return switch (kind) {
      case ASSET -> "Assets";
      case LIABILITY -> "Liabilities";
      // Book and path name one account, so two kinds may share a root.
      case EQUITY, CLEARING -> "Equity";
      case INCOME -> "Income";
      case EXPENSE -> "Expenses";
    };
  }

  private static String part(String part) {
    StringBuilder name = new StringBuilder(part.length() + 8);
    for (byte b : part.getBytes(StandardCharsets.UTF_8)) {
      if (isLetter(b) || isDigit(b)) {
        name.append((char) b);
      } else {
        name.append('-').append(HEX[(b >> 4) & 0xf]).append(HEX[b & 0xf]);
      }
    }
    char first = name.isEmpty() ? '-' : name.charAt(0);
    if (first >= 'a' && first <= 'z' && first != 'x') {
      name.setCharAt(0, (char) (first - 'a' + 'A'));
    } else if (!isDigit(first)) {
      name.insert(0, 'X');
    }
    return name.toString();
  }

  private static String decoded(String part) {
    if (part.isEmpty()) {
      throw new IllegalArgumentException("a part of an account is empty");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(part.length());
    char first = part.charAt(0);
    int i = 0;
    if (first == 'X') {
      i = 1;
    } else if (first >= 'A' && first <= 'Z') {
      out.write(first - 'A' + 'a');
      i = 1;
    }
    for (; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c != '-') {
        out.write(c);
        continue;
      }
      int high = i + 2 < part.length() ? Character.digit(part.charAt(i + 1), 16) : -1;
      int low = i + 2 < part.length() ? Character.digit(part.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException("a - that escapes nothing: " + part);
      }
      out.write(high << 4 | low);
      i += 2;
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static boolean isLetter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }
}
