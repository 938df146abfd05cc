// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are wrong, odd or sent to do harm. */
class HostileJsonTest {
  /** Stands for whatever the sender would not like to see in our logs. */
  private static final String SECRET = "s3cr3t";

  private static final String GOOD =
      "{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[{\"account\":\"a\",\"amount\":"
          + "{\"minor\":1,\"asset\":\"USD\"},\"direction\":\"debit\"}]}";

  private static String reason(Executable parsing) {
    LedgerException refusal = assertThrows(LedgerException.class, parsing);
    InvalidDraft invalid = assertInstanceOf(InvalidDraft.class, refusal.error());
    assertEquals("body", invalid.field());
    assertFalse(("" + refusal).contains(SECRET), refusal::toString);
    assertTrue(invalid.reason().length() < 300, invalid::reason);
    return invalid.reason();
  }

  private static String refused(byte[] json) {
    return reason(() -> DraftReader.transaction(json));
  }

  private static String refused(String json) {
    return refused(json.getBytes(UTF_8));
  }

  private static TransactionDraft accepted(String json) {
    return DraftReader.transaction(json.getBytes(UTF_8));
  }

  /** The good draft with one piece of its text replaced. */
  private static String with(String piece, String replacement) {
    assertTrue(GOOD.contains(piece), piece);
    return GOOD.replace(piece, replacement);
  }

  private static String withField(String field) {
    return GOOD.substring(0, GOOD.length() - 1) + "," + field + "}";
  }

  private static String minor(String value) {
    return with("\"minor\":1", "\"minor\":" + value);
  }

  @Test
  void theGoodDraftIsGood() {
    TransactionDraft draft = accepted(" \r\n\t" + GOOD + " \r\n\t");
    assertEquals("b", draft.book());
    assertEquals("k", draft.idempotencyKey());
    assertEquals(Side.DEBIT, draft.postings().get(0).direction());
    assertEquals(List.of(), draft.externalRefs());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\n",
        "null",
        "true",
        "1",
        "\"x\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{]",
        "{}}",
        "{{}}",
        "nul",
        "nulll",
        "{\"book\"}",
        "{\"book\":}",
        "{\"book\":\"b\"",
        "{\"book\" \"b\"}",
        "{\"book\":\"b\",}",
        "{,}",
        "{book:\"b\"}",
        "{'book':\"b\"}",
        "{\"book\":'b'}",
        "{\"book\":\"b\" \"c\":1}",
        "// x\n{}",
        "/* x */{}",
        "# x\n{}",
        "{\"book\":\"b}",
        "{\"book\":\"\\x\"}",
        "{\"book\":\"\\u12\"}",
        "{\"book\":\"\\u12G4\"}",
        "{\"book\":\"a\nb\"}",
        "{\"book\":\"a\tb\"}",
        "\u0000",
        "\f{}",
        "\u00a0{}",
        "\u2028{}",
        "{\"book\":\"b\"}"
      })
  void whatIsNoDraftIsRefused(String json) {
    refused(json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "{}", "null", "1", "]", "}", ",", ":", "\"", "\u0000", "//"})
  void nothingMayFollow(String tail) {
    refused(GOOD + tail);
    refused(GOOD + " " + tail);
    refused(GOOD + "\n" + tail);
  }

  @Test
  void onlyUtf8WithoutAByteOrderMarkIsRead() {
    refused("\uFEFF" + GOOD);
    for (Charset charset :
        List.of(UTF_16LE, UTF_16BE, Charset.forName("UTF-32LE"), Charset.forName("UTF-32BE"))) {
      refused(GOOD.getBytes(charset));
      refused(("\uFEFF" + GOOD).getBytes(charset));
    }
    refused(with("\"b\"", "\"é\"").getBytes(Charset.forName("ISO-8859-1")));
    int[][] malformed = {
      {0xff},
      {0xc0, 0x80},
      {0xc1, 0xbf},
      {0xe0, 0x80, 0x80},
      {0xed, 0xa0, 0x80},
      {0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80},
      {0xf0, 0x80, 0x80, 0x80},
      {0xf4, 0x90, 0x80, 0x80},
      {0xf8, 0x88, 0x80, 0x80, 0x80},
      {0x80},
      {0xe2, 0x82},
      {0xf0, 0x9f, 0x98}
    };
    for (int[] sequence : malformed) {
      // In a name, in metadata, in a field that nobody reads, and in its key.
      for (String json :
          List.of(
              with("\"b\"", "\"b?\""),
              withField("\"metadata\":\"?\""),
              withField("\"x\":\"?\""),
              withField("\"?\":1"))) {
        byte[] bytes = json.getBytes(UTF_8);
        int at = json.indexOf('?');
        byte[] spoilt = Arrays.copyOf(bytes, bytes.length - 1 + sequence.length);
        System.arraycopy(bytes, at + 1, spoilt, at + sequence.length, bytes.length - at - 1);
        for (int i = 0; i < sequence.length; i++) {
          spoilt[at + i] = (byte) sequence[i];
        }
        assertEquals("is not UTF-8 at byte " + at, refused(spoilt));
      }
    }
  }

  @Test
  void halfASurrogatePairIsNoCharacter() {
    for (String half : List.of("\\uD800", "\\udc00", "\\uDE00\\uD83D", "\\uD83Dx", "\\uD83D\\n")) {
      refused(with("\"b\"", "\"" + half + "\""));
      refused(with("\"k\"", "\"x" + half + "\""));
      refused(with("\"a\"", "\"" + half + "x\""));
      refused(with("\"USD\"", "\"" + half + "\""));
      refused(withField("\"external_refs\":[{\"kind\":\"" + half + "\",\"value\":\"\"}]"));
      assertEquals(
          "\"" + half + "\"",
          "" + accepted(withField("\"metadata\":\"" + half + "\"")).metadata(),
          "metadata is kept as it is spelled, and spelled it is plain ASCII");
    }
    assertEquals("\uD83D\uDE00", accepted(with("\"b\"", "\"\\uD83D\\uDE00\"")).book());
  }

  @Test
  void noKeyMayComeTwice() {
    for (String twice :
        List.of(
            withField("\"book\":\"b\""),
            withField("\"b\\u006fok\":\"b\""),
            withField("\"x\":1,\"x\":1"),
            withField("\"x\":{\"y\":[{\"z\":1,\"z\":2}]}"),
            withField("\"x\":{" + keys(9) + ",\"k8\":1}"),
            withField("\"x\":{" + keys(9) + ",\"k0\":1}"),
            withField("\"x\":{" + keys(40) + ",\"y\":{" + keys(40) + "},\"k39\":1}"),
            withField("\"metadata\":{\"a\":1,\"b\":2,\"a\":3}"),
            withField("\"metadata\":[{\"a\":{\"\":1,\"\":2}}]"),
            withField("\"metadata\":{\"a\":1,\"\\u0061\":2}"),
            withField("\"" + SECRET + "\":1,\"" + SECRET + "\":2"),
            with("\"account\":\"a\"", "\"account\":\"a\",\"account\":\"a\""),
            minor("1,\"minor\":1"))) {
      String reason = refused(twice);
      assertTrue(reason.contains("twice"), reason);
    }
    accepted(withField("\"Book\":1,\"metadata\":{\"a\":{\"a\":1},\"A\":2}"));
    accepted(
        withField("\"x\":{" + keys(40) + ",\"y\":{" + keys(40) + "},\"z\":[{" + keys(40) + "}]}"));
  }

  /** So many fields with keys of their own. */
  private static String keys(int count) {
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < count; i++) {
      fields.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":").append(i);
    }
    return fields.toString();
  }

  @Test
  void everyRequiredFieldIsMissed() {
    for (String[] missing :
        new String[][] {
          {"\"book\":\"b\",", "the field book is missing"},
          {"\"idempotency_key\":\"k\",", "the field idempotency_key is missing"},
          {"\"account\":\"a\",", "the field account is missing"},
          {"\"minor\":1,", "the field minor is missing"},
          {",\"asset\":\"USD\"", "the field asset is missing"},
          {",\"direction\":\"debit\"", "the field direction is missing"}
        }) {
      String reason = refused(with(missing[0], ""));
      assertTrue(reason.endsWith(missing[1]), reason);
    }
    refused("{}");
    refused("{\"book\":\"b\",\"idempotency_key\":\"k\"}");
    assertEquals(
        List.of(),
        accepted("{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[]}").postings());
  }

  @Test
  void wrongTypesAreRefusedEverywhere() {
    List<String> values =
        List.of("null", "true", "1", "1.5", "\"" + SECRET + "\"", "[]", "{}", "[\"x\"]");
    for (String value : values) {
      boolean text = value.startsWith("\"");
      if (!text) {
        refused(with("\"b\"", value));
        refused(with("\"k\"", value));
        refused(with("\"a\"", value));
        refused(with("\"USD\"", value));
      }
      refused(with("\"debit\"", value));
      if (!value.equals("1")) {
        refused(minor(value));
      }
      refused(GOOD.replaceFirst("\\{\"minor\".*?\\}", value.replace("\"", "\\\"")));
      refused("{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[" + value + "]}");
      if (!value.equals("[]")) {
        refused("{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":" + value + "}");
        refused(withField("\"external_refs\":" + value));
      }
      refused(withField("\"external_refs\":[" + value + "]"));
      refused(withField("\"external_refs\":[{\"kind\":\"k\"}]"));
      if (!value.equals("null")) {
        refused(withField("\"occurred_at\":" + value));
      }
    }
  }

  @Test
  void optionalFieldsMayBeAbsentOrNullButNotTheRefs() {
    TransactionDraft draft = accepted(withField("\"metadata\":null,\"occurred_at\":null"));
    assertEquals(accepted(GOOD), draft);
    String reason = refused(withField("\"external_refs\":null"));
    assertTrue(reason.startsWith("external_refs (line 1, column "), reason);
    assertTrue(reason.endsWith("must be an array, is null"), reason);
  }

  @Test
  void unknownFieldsArePassedOverButMustBeWellFormed() {
    assertEquals(
        accepted(GOOD),
        accepted(withField("\"x\":{\"y\":[1,2.5e9,{\"z\":null}]},\"y\":\"\\u0000\"")));
    assertEquals(
        accepted(GOOD),
        accepted(
            with("\"asset\":\"USD\"", "\"asset\":\"USD\",\"scale\":2.5")
                .replace("\"direction\"", "\"note\":[],\"direction\"")));
    for (String bad :
        List.of(
            "{",
            "[1,]",
            "01",
            "1.",
            "nul",
            "\"\\q\"",
            "\"a",
            "NaN",
            "-Infinity",
            "+1",
            ".5",
            "-",
            "1e",
            "0x1F",
            "\"\t\"",
            "'x'",
            "undefined",
            "[1 2]",
            "{\"a\":1 \"b\":2}")) {
      refused(withField("\"x\":" + bad));
      refused(withField("\"metadata\":" + bad));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.0",
        "1e3",
        "1E0",
        "0.0",
        "-1.0",
        "1.5",
        "01",
        "-",
        "+1",
        "0x10",
        "1_000",
        "NaN",
        "\"\"",
        "\"-1\"",
        "\"+1\"",
        "\" 1\"",
        "\"1 \"",
        "\"1.0\"",
        "\"1e3\"",
        "\"0x1\"",
        "\"1_000\"",
        "\"1,000\"",
        "\"\u0661\"",
        "\"one\"",
        "\"null\"",
        "null",
        "true",
        "[1]",
        "{}",
        "170141183460469231731687303715884105728",
        "\"170141183460469231731687303715884105728\"",
        "-170141183460469231731687303715884105728",
        "99999999999999999999999999999999999999999"
      })
  void anAmountIsAnIntegerTokenOrDigits(String value) {
    String reason = refused(minor(value));
    assertTrue(
        reason.startsWith("postings[0].amount.minor (line 1, column ")
            || reason.startsWith("postings[0].amount (line 1, column "),
        reason);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "\"1\", 1",
    "\"007\", 7",
    "0, 0",
    "-0, 0",
    "\"0\", 0",
    "-5, -5",
    "9223372036854775807, 9223372036854775807",
    "9223372036854775808, 9223372036854775808",
    "\"9223372036854775808\", 9223372036854775808",
    "10000000000000000001, 10000000000000000001",
    "170141183460469231731687303715884105727, 170141183460469231731687303715884105727",
    "\"170141183460469231731687303715884105727\", 170141183460469231731687303715884105727",
    "-170141183460469231731687303715884105727, -170141183460469231731687303715884105727"
  })
  void amountsAreExact(String value, String exact) {
    assertEquals(exact, accepted(minor(value)).postings().get(0).minor().toString());
  }

  @Test
  void numbersNobodyComputesWithMayBeLongButNotEndless() {
    String digits = "1234567890".repeat(100);
    assertEquals(digits, "" + accepted(withField("\"metadata\":" + digits)).metadata());
    refused(withField("\"metadata\":" + digits + "1"));
    refused(withField("\"x\":" + digits.repeat(1_000)));
    refused(minor(digits));
    refused(minor(digits.repeat(1_000)));
    refused(minor("\"" + digits.repeat(1_000) + "\""));
    assertEquals("1e999999999", "" + accepted(withField("\"metadata\":1e999999999")).metadata());
  }

  @Test
  void depthIsBounded() {
    for (String field : List.of("metadata", "x")) {
      for (String[] pair : new String[][] {{"[", "]"}, {"{\"a\":", "}"}}) {
        String inner = pair[0].equals("[") ? "" : "1";
        accepted(withField("\"" + field + "\":" + pair[0].repeat(63) + inner + pair[1].repeat(63)));
        refused(withField("\"" + field + "\":" + pair[0].repeat(64) + inner + pair[1].repeat(64)));
      }
      refused(withField("\"" + field + "\":" + "[".repeat(500_000)));
      refused("{\"a\":".repeat(100_000));
    }
  }

  @Test
  void aDraftIsAsGoodInABatchAsAlone() {
    String deep = withField("\"metadata\":" + "[".repeat(63) + "]".repeat(63));
    byte[] batch = ("[" + deep + "," + GOOD + "]").getBytes(UTF_8);
    assertEquals(List.of(accepted(deep), accepted(GOOD)), DraftReader.transactions(batch, 2));
    String deeper = withField("\"metadata\":" + "[".repeat(64) + "]".repeat(64));
    byte[] refused = ("[" + deeper + "]").getBytes(UTF_8);
    reason(() -> DraftReader.transactions(refused, 2));
  }

  @Test
  void aBatchIsBoundedAndOneBadDraftSpoilsIt() {
    byte[] three = ("[" + GOOD + "," + GOOD + "," + GOOD + "]").getBytes(UTF_8);
    assertEquals(3, DraftReader.transactions(three, 3).size());
    String reason = reason(() -> DraftReader.transactions(three, 2));
    assertTrue(reason.startsWith("[2] (line 1, column "), reason);
    assertEquals(List.of(), DraftReader.transactions("[]".getBytes(UTF_8), 0));
    for (String bad :
        List.of(
            GOOD,
            "[" + GOOD,
            GOOD + "]",
            "[" + GOOD + ",]",
            "[" + GOOD + ",1]",
            "[[" + GOOD + "]]",
            "[null]",
            "null",
            "[" + GOOD + " " + GOOD + "]")) {
      reason(() -> DraftReader.transactions(bad.getBytes(UTF_8), 9));
    }
    String place =
        reason(
            () ->
                DraftReader.transactions(
                    ("[" + GOOD + ",\n" + minor("1.0") + "]").getBytes(UTF_8), 9));
    assertTrue(place.startsWith("[1].postings[0].amount.minor (line 2, column "), place);
  }

  @Test
  void longTextsAndNamesAreRefused() {
    String tooLong = "x".repeat(200_000);
    refused(with("\"b\"", "\"" + tooLong + "\""));
    refused(withField("\"" + tooLong + "\":1"));
    refused(withField("\"metadata\":{\"" + tooLong + "\":1}"));
    assertEquals(70_000, accepted(with("\"b\"", "\"" + "x".repeat(70_000) + "\"")).book().length());
  }

  @Test
  void manyKeysAreReadInNoMoreThanTheirTime() {
    StringBuilder keys = new StringBuilder("\"metadata\":{");
    // Pairs of letters with one String.hashCode, joined, give 2^13 keys with the same.
    for (int i = 0; i < 1 << 13; i++) {
      keys.append(i == 0 ? "\"" : ",\"");
      for (int bit = 0; bit < 13; bit++) {
        keys.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      keys.append("\":0");
    }
    assertTrue(("" + accepted(withField(keys + "}")).metadata()).length() > 200_000);
  }

  @Test
  void reasonsNameThePlaceAndNeverRepeatWhatWasSent() {
    assertEquals(
        "postings[0].direction (line 1, column 109): is not one of debit, credit",
        refused(with("\"debit\"", "\"" + SECRET + "\"")));
    assertEquals(
        "postings[0].amount.minor (line 2, column 9): must be an integer or a string of digits, "
            + "is a number with a fraction or an exponent",
        refused(with("\"minor\":1", "\n\"minor\":1.5")));
    assertEquals(
        "line 1, column 1: must be an object, is an array", refused("[\"" + SECRET + "\"]"));
    assertEquals("is empty, a JSON document is expected", refused(""));
    for (String bad :
        List.of(
            withField("\"" + SECRET + "\":tru"),
            withField("\"x\":" + SECRET),
            withField("\"" + SECRET + "\":{\"" + SECRET + "\":[" + SECRET),
            withField("\"metadata\":{\"" + SECRET + "\":\"" + SECRET),
            withField("\"occurred_at\":\"" + SECRET + "\""),
            minor("\"" + SECRET + "\""),
            GOOD + SECRET,
            SECRET,
            "\"" + SECRET)) {
      refused(bad);
    }
    assertTrue(refused(withField("\"" + SECRET + "\":[1,{\"x\":-}]")).startsWith("*[1].* (line 1"));
  }

  @Test
  void assetsAndAccountsAreHeldToTheSame() {
    String asset = "{\"id\":\"A\",\"class\":\"fiat\",\"precision\":2,\"name\":\"n\"}";
    assertEquals("A", DraftReader.asset(asset.getBytes(UTF_8)).id());
    for (String[] change :
        new String[][] {
          {"\"fiat\"", "{\"crypto\":{\"network\":\"n\"}}"},
          {"\"fiat\"", "null"},
          {":2", ":2.0"},
          {":2", ":2e0"},
          {":2", ":\"2\""},
          {":2", ":null"},
          {":2", ":4294967298"},
          {":2", ":99999999999999999999999999999999999999999999"},
          {"\"A\"", "1"},
          {"\"n\"", "null"},
          {"\"id\":\"A\",", ""},
          {"\"id\":\"A\"", "\"id\":\"A\",\"id\":\"A\""},
          {"}", "}}"}
        }) {
      byte[] json = asset.replace(change[0], change[1]).getBytes(UTF_8);
      reason(() -> DraftReader.assetDraft(json));
    }
    String account =
        "{\"book\":\"b\",\"path\":\"p\",\"asset\":\"A\",\"kind\":\"asset\",\"min_balance\":0}";
    for (String[] change :
        new String[][] {
          {"\"asset\",\"min", "null,\"min"},
          {":0", ":0.0"},
          {":0", ":\"--1\""},
          {":0", ":\"-\""},
          {":0", ":true"},
          {":0", ":170141183460469231731687303715884105728"},
          {":0", ":0,\"normal_side\":\"left\""},
          {":0", ":0,\"normal_side\":1"},
          {"\"path\":\"p\",", ""},
          {"\"p\"", "\"\\uD800\""}
        }) {
      byte[] json = account.replace(change[0], change[1]).getBytes(UTF_8);
      reason(() -> DraftReader.accountDraft(json));
    }
    for (String[] floor :
        new String[][] {{"null", null}, {"-7", "-7"}, {"\"-7\"", "-7"}, {"\"7\"", "7"}}) {
      byte[] json = account.replace(":0", ":" + floor[0]).getBytes(UTF_8);
      Int128 expected = floor[1] == null ? null : Int128.parse(floor[1]);
      assertEquals(expected, DraftReader.account(json).minBalance());
    }
  }

  @Test
  void networkAndNativeIdGoWithTheClass() {
    String[][] cases = {
      {"\"crypto\"", "network"},
      {"\"crypto\",\"network\":null", "network"},
      {"\"fiat\",\"network\":\"n\"", "network"},
      {"\"fiat\",\"native_id\":\"n\"", "network"},
      {"\"gold\"", "class"}
    };
    for (String[] each : cases) {
      String json = "{\"id\":\"A\",\"precision\":2,\"name\":\"n\",\"class\":" + each[0] + "}";
      LedgerException refusal =
          assertThrows(LedgerException.class, () -> DraftReader.asset(json.getBytes(UTF_8)));
      assertEquals(each[1], assertInstanceOf(InvalidDraft.class, refusal.error()).field());
    }
    String nulls =
        "{\"id\":\"A\",\"precision\":2,\"name\":\"n\",\"class\":\"fiat\",\"network\":null,\"native_id\":null}";
    assertEquals(2, DraftReader.asset(nulls.getBytes(UTF_8)).precision());
  }

  @Test
  void noDamagedBodyDoesWorseThanARefusal() {
    long seed = Long.getLong("talea.seed", 31L);
    RandomValues values = new RandomValues(seed);
    Random random = values.random;
    List<byte[]> seeds = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      seeds.add(DraftWriter.transaction(values.draft()));
    }
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = seeds.get(i % seeds.size()).clone();
      for (int flips = random.nextInt(3); flips >= 0; flips--) {
        bytes[random.nextInt(bytes.length)] =
            (byte)
                (random.nextBoolean()
                    ? "{}[]\",:0-e. \\u".charAt(random.nextInt(14))
                    : random.nextInt(256));
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
      try {
        TransactionDraft draft = DraftReader.transaction(bytes, 0, length);
        assertEquals(draft, DraftReader.transaction(DraftWriter.transaction(draft)));
        read++;
      } catch (LedgerException e) {
        assertInstanceOf(InvalidDraft.class, e.error(), () -> "-Dtalea.seed=" + seed);
      }
    }
    assertTrue(read > 100, "some damage is harmless");
  }
}
