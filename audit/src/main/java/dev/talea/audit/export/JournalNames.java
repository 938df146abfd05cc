// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Names in journals of hledger and ledger-cli: readable where the name is, reversible always. An
 * account is {@code root:book:path}, for example {@code assets:shop:cash}, where the root says the
 * kind and the path is split at its colons.
 *
 * <p>What either tool would read as something else is spelled as the bytes of its UTF-8 form,
 * {@code %xx} each. Both end an account at two spaces and a comment at a semicolon; an empty part
 * is lost by ledger-cli, so it is a lone {@code %}, which no encoded character is.
 *
 * <p>Stateless; any thread.
 */
public final class JournalNames {
  /** Where {@code --opening} takes opening balances from: two parts, and accounts have three. */
  static final String OPENING = "equity:opening";

  private static final String EMPTY = "%";

  /** Words of ledger-cli's expressions, which it does not take for commodities when bare. */
  private static final Set<String> RESERVED =
      Set.of("and", "div", "else", "false", "if", "not", "or", "true");

  /** Hours, minutes and seconds, which ledger-cli converts into each other. */
  private static final Set<String> UNITS_OF_TIME = Set.of("h", "m", "s");

  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private JournalNames() {}

  /** The name of an account. */
  public static String account(AccountKind kind, AccountId id) {
    StringBuilder name = new StringBuilder(root(kind)).append(':');
    part(name, id.book());
    for (String part : id.path().split(":", -1)) {
      name.append(':');
      part(name, part);
    }
    return name.toString();
  }

  /**
   * The account that a name is of.
   *
   * @throws IllegalArgumentException if it is no name that {@link #account} makes
   */
  public static AccountId accountOf(String name) {
    List<String> parts = new ArrayList<>(List.of(name.split(":", -1)));
    if (parts.size() < 3) {
      throw new IllegalArgumentException("not root:book:path: " + name);
    }
    String book = decoded(parts.get(1));
    return new AccountId(
        book,
        parts.subList(2, parts.size()).stream()
            .map(JournalNames::decoded)
            .collect(Collectors.joining(":")));
  }

  /** What an asset is called, quoted if need be. */
  public static String commodity(String asset) {
    StringBuilder name = new StringBuilder(asset.length() + 2);
    boolean letters = true;
    for (int i = 0; i < asset.length(); ) {
      int c = asset.codePointAt(i);
      letters &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      // ledger-cli takes a backslash for the beginning of an escape.
      boolean plain = c == ' ' || (isPlain(c) && c != '"' && c != ';' && c != '%' && c != '\\');
      if (plain && !UNITS_OF_TIME.contains(asset)) {
        name.appendCodePoint(c);
      } else {
        letters = false;
        escape(name, c);
      }
      i += Character.charCount(c);
    }
    boolean bare = letters && !asset.isEmpty() && !RESERVED.contains(asset);
    return bare ? asset : "\"" + name + "\"";
  }

  /**
   * The asset that a commodity is of, quoted or not.
   *
   * @throws IllegalArgumentException if it is none that {@link #commodity} makes
   */
  public static String assetOf(String commodity) {
    boolean quoted = commodity.length() > 1 && commodity.startsWith("\"");
    return unescaped(quoted ? commodity.substring(1, commodity.length() - 1) : commodity);
  }

  /** The comment that a book begins with in a journal of either kind. */
  static String bookLine(String book, long lastSeq, DateRange range) {
    return "\n; book " + tagValue(book) + ", seq 1.." + lastSeq + range.words() + "\n";
  }

  /** The value of a tag, which ends at a comma or with the line. */
  static String tagValue(String text) {
    // A bracket would begin a date, which ledger-cli refuses if it is none.
    return spaced(text, ",%[]");
  }

  /** The name of a tag. */
  static String tagName(String text) {
    StringBuilder name = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (isPlain(c) && ",%[]:;".indexOf(c) < 0) {
                name.appendCodePoint(c);
              } else {
                escape(name, c);
              }
            });
    return name.toString();
  }

  /** What a transaction is called: up to a semicolon, and a bar parts payee and note. */
  static String description(String text) {
    return spaced(text, ";|%");
  }

  private static String root(AccountKind kind) {
    return switch (kind) {
      case ASSET -> "assets";
      case LIABILITY -> "liabilities";
      case EQUITY -> "equity";
      case INCOME -> "revenues";
      case EXPENSE -> "expenses";
      case CLEARING -> "clearing";
    };
  }

  private static void part(StringBuilder name, String part) {
    name.append(part.isEmpty() ? EMPTY : spaced(part, "%:;\""));
  }

  /** With single spaces between other characters as they are. */
  private static String spaced(String text, String escaped) {
    StringBuilder out = new StringBuilder(text.length() + 8);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean plain = c == ' ' ? isSingle(text, i) : isPlain(c) && escaped.indexOf(c) < 0;
      if (plain) {
        out.appendCodePoint(c);
      } else {
        escape(out, c);
      }
      i += Character.charCount(c);
    }
    return out.toString();
  }

  private static boolean isSingle(String text, int i) {
    return i > 0 && i + 1 < text.length() && text.charAt(i - 1) != ' ' && text.charAt(i + 1) != ' ';
  }

  /**
   * Whether a character is one that every tool keeps: not a space of any kind, no control, none of
   * those that take no room, and one that Unicode knows.
   */
  private static boolean isPlain(int c) {
    return switch (Character.getType(c)) {
      case Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.CONTROL,
          Character.FORMAT,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  private static void escape(StringBuilder out, int c) {
    for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
      out.append('%').append(HEX[(b >> 4) & 0xf]).append(HEX[b & 0xf]);
    }
  }

  private static String decoded(String part) {
    return part.equals(EMPTY) ? "" : unescaped(part);
  }

  private static String unescaped(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        out.write(bytes[i]);
        continue;
      }
      int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
      int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException("a % that escapes nothing: " + text);
      }
      out.write(high << 4 | low);
      i += 2;
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
