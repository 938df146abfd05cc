// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.document.DocumentException;
import dev.talea.reconcile.document.JsonSchema;
import dev.talea.reconcile.row.ColumnType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecipeJsonTest {
  private static final JsonSchema SCHEMA = new JsonSchema(RecipeJson.schema());

  private static Recipe read(String json) {
    return RecipeJson.read(json.getBytes(UTF_8));
  }

  private static String refusal(String json) {
    return assertThrows(DocumentException.class, () -> read(json)).faults().get(0).toString();
  }

  private static String written(String json) {
    return new String(RecipeJson.write(read(json)), UTF_8);
  }

  @Test
  void whatIsUsualNeedNotBeSaid() {
    Recipe recipe = read(Recipes.SHORT);
    Rule rule = recipe.rules().get(0);
    assertEquals(Cardinality.ONE_TO_ONE, rule.cardinality());
    assertEquals(SignRule.EQUAL, rule.sign());
    assertEquals(Effect.MATCH, rule.effect());
    assertEquals(Tolerance.NONE, rule.tolerance());
    assertEquals(new Window("date", "date", 3, 3), rule.window());
    assertEquals(
        List.of(new Condition("reference", Comparison.EQUAL, "reference", List.of(), null)),
        rule.conditions());
    assertEquals(
        "{\"format\":1,\"name\":\"bank-daily\",\"left\":{\"ledger\":{\"book\":\"bank\","
            + "\"accounts\":[\"assets:bank\"]}},\"right\":{\"file\":{\"profile\":\"mybank\"}},"
            + "\"rules\":[{\"name\":\"reference\",\"cardinality\":\"1:1\",\"conditions\":"
            + "[{\"column\":\"reference\",\"is\":\"equal\"}],\"sign\":\"equal\",\"window\":"
            + "{\"column\":\"date\",\"before\":3,\"after\":3},\"effect\":\"match\"}]}",
        written(Recipes.SHORT));
  }

  @Test
  void everyWordIsReadAndWrittenAndReadAgain() {
    Recipe recipe = read(Recipes.EVERY_WORD);
    byte[] canonical = RecipeJson.write(recipe);
    assertEquals(recipe, RecipeJson.read(canonical));
    assertEquals(new String(canonical, UTF_8), written(new String(canonical, UTF_8)));
    assertEquals(List.of(), SCHEMA.faults(canonical));
    assertEquals(List.of(), SCHEMA.faults(Recipes.EVERY_WORD.getBytes(UTF_8)));
    for (Comparison each : Comparison.values()) {
      assertTrue(Recipes.EVERY_WORD.contains('"' + each.text() + '"'), each.text());
    }
    for (Expression.Operator each : Expression.Operator.values()) {
      assertTrue(Recipes.EVERY_WORD.contains('"' + each.text() + '"'), each.text());
    }
    for (Normalisation.Kind each : Normalisation.Kind.values()) {
      assertTrue(Recipes.EVERY_WORD.contains('"' + each.text() + '"'), each.text());
    }
  }

  /** The hash is in manifests: when this changes, runs of before can no longer be compared. */
  @Test
  void spellingDoesNotChangeTheHash() {
    String hash = RecipeJson.sha256(read(Recipes.SHORT));
    assertEquals("10b6926a5abb0975c5bfcc7b1b1aae486b7262fe5c0bb1387bd4a61e3045edeb", hash);
    String other =
        """
        {"rules":[{"window":{"before":3,"left":"date","right":"date","after":3},"effect":"match",
         "conditions":[{"right":"reference","is":"equal","left":"reference","normalise":[]}],
         "tolerance":{},"name":"reference"}],"description":"",
         "right":{"file":{"profile":"mybank"}},"name":"\\u0062ank-daily",
         "left":{"ledger":{"accounts":["assets:bank"],"book":"bank"}}}
        """;
    assertEquals(hash, RecipeJson.sha256(read(other)));
  }

  @Test
  void numbersAreReadAsTheyAreSpelled() {
    Rule rule = read(Recipes.EVERY_WORD).rules().get(0);
    assertEquals(5_000L, rule.tolerance().percentMillionths());
    assertEquals(Int128.of(7), rule.tolerance().byAsset().get("USD"));
    assertEquals("0.9", String.valueOf(rule.conditions().get(1).threshold()));
    assertEquals(
        new Value(ColumnType.INTEGER, Int128.MAX),
        read(Recipes.EVERY_WORD).parameters().get(2).preset());
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        // what is replaced in SHORT, by what, the path and a part of the message
        bad("\"bank-daily\"", "\"Bank daily\"", "name: is \"Bank daily\", expected 1 to 64"),
        bad("\"name\": \"bank-daily\",", "", "name: is missing"),
        bad("\"rules\"", "\"rule\"", "rule: is no field here; did you mean \"rules\"?"),
        bad("\"rules\"", "\"name\":\"x\",\"rules\"", "name: appears twice"),
        bad(
            "{\"column\": \"reference\"}",
            "{\"colum\": \"reference\"}",
            "did you mean \"column\"?"),
        bad(
            "{\"column\": \"reference\"}",
            "{\"column\": 5}",
            "must be a string, is a whole number"),
        bad(
            "{\"column\": \"reference\"}",
            "{\"column\": \"Ref\"}",
            "conditions[0].column: is \"Ref\""),
        bad("{\"column\": \"reference\"}", "{\"left\": \"a\"}", "conditions[0].right: is missing"),
        bad(
            "{\"column\": \"reference\"}",
            "{\"column\": \"a\",\"left\":\"b\",\"right\":\"c\"}",
            "conditions[0].left: cannot be given beside"),
        bad(
            "{\"column\": \"reference\"}",
            "{\"column\": \"a\",\"is\":\"equals\"}",
            "conditions[0].is: is \"equals\", expected one of equal, contains"),
        bad("{\"column\": \"reference\"}", "\"reference\"", "must be an object, is a string"),
        bad(
            "{\"column\": \"reference\"}",
            "{\"column\": \"a\",\"normalise\":[\"uper\"]}",
            "did you mean \"upper\"?"),
        bad(
            "{\"column\": \"reference\"}",
            "{\"column\": \"a\",\"is\":\"similar\",\"threshold\":1.5}",
            "threshold: is 1.5, expected above 0 and at most 1"),
        bad("{\"days\": 3}", "{\"days\": 3661}", "window.days: is 3661, expected 0 to 3660"),
        bad("{\"days\": 3}", "{\"days\": 2.5}", "must be a whole number, is a number with"),
        bad("{\"days\": 3}", "{}", "window.days: is missing"),
        bad(
            "{\"days\": 3}",
            "{\"days\": 3}, \"effect\": \"maybe\"",
            "expected one of match, suggest"),
        bad(
            "{\"days\": 3}",
            "{\"days\": 3}, \"group_max\": 1",
            "group_max: is 1, expected 2 to 12"),
        bad(
            "{\"days\": 3}",
            "{\"days\": 3}, \"cardinality\": \"1-1\"",
            "cardinality: is \"1-1\", expected one of 1:1, 1:N, N:1, N:M"),
        bad("{\"days\": 3}", "{\"days\": 3}, \"tolerance\": 5", "tolerance: must be an object"),
        bad(
            "{\"days\": 3}",
            "{\"days\": 3}, \"tolerance\": {\"absolute\": 0.01}",
            "tolerance.absolute: must be a whole number or a string of digits"),
        bad(
            "{\"days\": 3}",
            "{\"days\": 3}, \"tolerance\": {\"absolute\": -1}",
            "tolerance.absolute: is -1, expected minor units, 0 or more"),
        bad(
            "{\"days\": 3}",
            "{\"days\": 3}, \"tolerance\": {\"percent\": 100.5}",
            "tolerance.percent: is 100.5, expected 0 to 100"),
        bad("{\"file\": {\"profile\": \"mybank\"}}", "{}", "right: names no source"),
        bad(
            "{\"file\": {\"profile\": \"mybank\"}}",
            "{\"file\": {\"profile\": \"a\"}, \"ledger\": {\"book\":\"b\",\"accounts\":[]}}",
            "right.ledger: is a second source"),
        bad("\"assets:bank\"", "\"\"", "left.ledger.accounts[0]: is empty"),
        bad("[\"assets:bank\"]", "\"assets:bank\"", "accounts: must be an array, is a string"),
        bad(
            "[\"assets:bank\"]",
            "[\"assets:bank\"],\"from\":\"31.1.2026\"",
            "left.ledger.from: is \"31.1.2026\", expected a date"),
        bad("\"rules\"", "\"anchor\":\"middle\",\"rules\"", "expected one of left, right"),
        bad("\"rules\"", "\"format\":2,\"rules\"", "format: is 2, expected 1 to 1"),
        bad("\"rules\"", "\"parameters\":[{\"type\":\"date\"}],\"rules\"", "[0].name: is missing"),
        filter("5.5", "right.filter: must be an expression: a string"),
        filter("{}", "right.filter: says nothing about what"),
        filter("{\"equal\":\"A\"}", "right.filter: says nothing about what"),
        filter("{\"column\":\"a\",\"value\":1}", "right.filter.value: is too much"),
        filter("{\"column\":\"a\",\"equal\":1,\"less\":3}", "right.filter.less: is too much"),
        filter("{\"column\":\"a\",\"in\":[]}", "is empty, expected at least one expression"),
        filter("{\"or\":[]}", "is empty, expected at least one expression"),
        filter("{\"date\":\"2026-1-1\"}", "is \"2026-1-1\", expected a date such as"),
        filter("{\"column\":\"a\",\"equals\":1}", "did you mean \"equal\"?"));
  }

  private static Arguments bad(String part, String by, String message) {
    return Arguments.of(Recipes.SHORT.replace(part, by), message);
  }

  private static Arguments filter(String expression, String message) {
    return bad(
        "{\"profile\": \"mybank\"}", "{\"profile\": \"mybank\"},\"filter\":" + expression, message);
  }

  @ParameterizedTest
  @MethodSource("bad")
  void whatTheSchemaRefusesTheReaderRefusesAndSaysWhere(String json, String message) {
    String said = refusal(json);
    assertTrue(said.contains(message), said);
    if (!message.contains("appears twice")
        && !message.contains("is missing: give")
        && !said.contains("is too much in this expression")) {
      assertTrue(!SCHEMA.faults(json.getBytes(UTF_8)).isEmpty(), json);
    }
  }

  static Stream<Arguments> worse() {
    return Stream.of(
        Arguments.of("", "is empty"),
        Arguments.of("{", "the JSON ends too early"),
        Arguments.of("[]", "must be an object, is an array"),
        Arguments.of("{\"name\":}", "is no JSON"),
        Arguments.of(Recipes.SHORT + "{}", "something follows"),
        Arguments.of(
            "{\"left\":{\"filter\":" + "{\"not\":".repeat(40), "is too large: at most 32 levels"),
        Arguments.of("{\"description\":\"" + "x".repeat(3_000) + "\"}", "at most 2000 fit"),
        Arguments.of("{\"description\":\"\\ud800\"}", "half of a surrogate pair"),
        Arguments.of("{\"x\":\"" + "x".repeat(300_000) + "\"}", "at most 262144 fit"),
        Arguments.of(
            "{\"left\":{\"filter\":{\"or\":[" + "1,".repeat(600), "has more than 500 elements"),
        Arguments.of(
            "{\"left\":{\"filter\":{\"or\":[" + ("{\"or\":[" + "1,".repeat(499) + "1]},").repeat(5),
            "makes more than 2000 parts"));
  }

  @ParameterizedTest
  @MethodSource("worse")
  void whatIsTooMuchOrNoJsonIsRefused(String json, String message) {
    String said = refusal(json);
    assertTrue(said.contains(message), said);
  }

  @Test
  void aFaultNamesItsPathWithLineAndColumn() {
    DocumentException e =
        assertThrows(
            DocumentException.class, () -> read(Recipes.SHORT.replace("\"days\"", "\"day\"")));
    assertEquals("rules[0].window.day", e.faults().get(0).path());
    assertEquals(
        "is no field here; did you mean \"days\"? (line 6, column 79)", e.faults().get(0).text());
  }

  static Stream<Arguments> patterns() {
    return Stream.of(
        Arguments.of("INV-([0-9]+)", ""),
        Arguments.of("(?i)inv(?:oice)? ?no\\\\. ([a-z0-9/-]+)", ""),
        Arguments.of("([0-9]+", "is no regular expression"),
        Arguments.of("[0-9]+", "has 0 groups, expected exactly one"),
        Arguments.of("(a)(b)", "has 2 groups"),
        Arguments.of("(?=a)(b)", "has \\\"(?\\\""),
        Arguments.of("(a)\\\\1", "not every engine"),
        Arguments.of("(a++)", "not every engine"),
        Arguments.of("([a-z&&[^b]])", "not every engine"));
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void aPatternHasToMeanTheSameToAllEngines(String pattern, String fault) {
    String json =
        Recipes.SHORT.replace(
            "{\"column\": \"reference\"}",
            "{\"column\":\"reference\",\"normalise\":[{\"capture\":\"" + pattern + "\"}]}");
    if (fault.isEmpty()) {
      assertEquals(1, read(json).rules().get(0).conditions().get(0).normalise().size());
    } else {
      String said = refusal(json);
      assertTrue(said.contains(fault.replace("\\\"", "\"")), said);
    }
  }
}
