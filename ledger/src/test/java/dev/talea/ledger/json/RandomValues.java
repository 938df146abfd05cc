// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Random values of the domain, as odd as their types allow. */
final class RandomValues {
  private static final int[] CODE_POINTS = {
    0, 1, 9, 0xa, 0xd, 0x1f, ' ', '"', '\'', '/', '\\', ':', '<', 'a', 'Z', '0', 0x7f, 0x80, 0xa0,
    0x7ff, 0x800, 0x2028, 0x2029, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff
  };

  /** A JSON value spelled with random white space, and without. */
  record Spelling(String loose, String compact) {}

  final Random random;

  RandomValues(long seed) {
    this.random = new Random(seed);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(9); i > 0; i--) {
      text.appendCodePoint(CODE_POINTS[random.nextInt(CODE_POINTS.length)]);
    }
    return text.toString();
  }

  Int128 int128() {
    BigInteger value = new BigInteger(random.nextInt(128), random);
    return requireNonNull(Int128.of(random.nextBoolean() ? value : value.negate()));
  }

  /** Not below zero, as the spelling as a string demands. */
  Int128 amount() {
    return requireNonNull(Int128.of(new BigInteger(random.nextInt(128), random)));
  }

  long seq() {
    return random.nextLong() >>> (1 + random.nextInt(63));
  }

  UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  Instant moment() {
    int[] steps = {1_000_000_000, 1_000_000, 1_000, 1};
    int step = steps[random.nextInt(steps.length)];
    int nano = random.nextInt(1_000_000_000);
    return Instant.ofEpochSecond((long) (random.nextDouble() * 4e9), nano - nano % step);
  }

  <T> @Nullable T maybe(Supplier<T> value) {
    return random.nextBoolean() ? value.get() : null;
  }

  <T> List<T> some(Supplier<T> value) {
    List<T> values = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      values.add(value.get());
    }
    return values;
  }

  Side side() {
    return random.nextBoolean() ? Side.DEBIT : Side.CREDIT;
  }

  Asset asset() {
    AssetClass assetClass =
        random.nextBoolean() ? AssetClass.FIAT : new AssetClass.Crypto(text(), maybe(this::text));
    return new Asset(text(), assetClass, random.nextInt(256), text());
  }

  AccountId accountId() {
    return new AccountId(text(), text());
  }

  Account account() {
    AccountKind[] kinds = AccountKind.values();
    return new Account(
        accountId(),
        text(),
        kinds[random.nextInt(kinds.length)],
        maybe(this::side),
        maybe(this::int128));
  }

  Posting posting() {
    return new Posting(text(), amount(), text(), side());
  }

  PostingView postingView() {
    return new PostingView(seq(), uuid(), accountId(), amount(), text(), side(), moment());
  }

  ExternalRef externalRef() {
    return new ExternalRef(text(), text());
  }

  @Nullable JsonText metadata() {
    String json = json(3).compact();
    return json.equals("null") ? null : new JsonText(json);
  }

  TransactionDraft draft() {
    return new TransactionDraft(
        text(),
        text(),
        some(this::posting),
        some(this::externalRef),
        metadata(),
        maybe(this::moment));
  }

  /** Any JSON value up to so many levels deep. */
  Spelling json(int depth) {
    return switch (random.nextInt(depth == 0 ? 5 : 7)) {
      case 0 -> around(List.of("null", "true", "false").get(random.nextInt(3)));
      case 1, 2 -> around(number());
      case 3, 4 -> around(string());
      case 5 -> array(depth);
      default -> object(depth);
    };
  }

  private Spelling array(int depth) {
    StringBuilder loose = new StringBuilder("[" + space());
    StringBuilder compact = new StringBuilder("[");
    for (int i = random.nextInt(4), n = i; i > 0; i--) {
      Spelling element = json(depth - 1);
      loose.append(i == n ? "" : ",").append(element.loose());
      compact.append(i == n ? "" : ",").append(element.compact());
    }
    return new Spelling(space() + loose + "]" + space(), compact + "]");
  }

  private Spelling object(int depth) {
    StringBuilder loose = new StringBuilder("{" + space());
    StringBuilder compact = new StringBuilder("{");
    for (int i = random.nextInt(4), n = i; i > 0; i--) {
      Spelling value = json(depth - 1);
      // Different first characters, so no key comes twice; random ones behind, so no order helps.
      String key = "\"" + (char) ('k' - i) + string().substring(1);
      loose.append(i == n ? "" : ",").append(space()).append(key).append(space()).append(':');
      loose.append(value.loose());
      compact.append(i == n ? "" : ",").append(key).append(':').append(value.compact());
    }
    return new Spelling(space() + loose + "}" + space(), compact + "}");
  }

  private Spelling around(String token) {
    return new Spelling(space() + token + space(), token);
  }

  private String space() {
    return List.of("", "", " ", "\n", "\t", "\r\n", "   ").get(random.nextInt(7));
  }

  private String number() {
    String sign = random.nextBoolean() ? "" : "-";
    String digits = random.nextInt(3) == 0 ? "0" : "" + (1 + random.nextInt(9)) + digits(40);
    String fraction = random.nextBoolean() ? "" : "." + random.nextInt(10) + digits(9);
    List<String> exponents = List.of("", "", "e5", "E5", "e+05", "E-300", "e999999999");
    return sign + digits + fraction + exponents.get(random.nextInt(exponents.size()));
  }

  private String digits(int max) {
    StringBuilder digits = new StringBuilder();
    for (int i = random.nextInt(max); i > 0; i--) {
      digits.append(random.nextInt(10));
    }
    return digits.toString();
  }

  private String string() {
    List<String> pieces =
        List.of(
            "a",
            " ",
            "\\\"",
            "\\\\",
            "\\/",
            "\\n",
            "\\u0041",
            "\\u00e9",
            "\\uD83D\\uDE00",
            "é",
            "\uD83D\uDE00",
            "\u2028",
            "{",
            "]",
            ",",
            ":",
            "\u007f");
    StringBuilder string = new StringBuilder("\"");
    for (int i = random.nextInt(6); i > 0; i--) {
      string.append(pieces.get(random.nextInt(pieces.size())));
    }
    return string.append('"').toString();
  }
}
