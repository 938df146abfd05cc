// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.document.Fault;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import java.util.List;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecipeCheckTest {
  private static final List<Column> LEFT =
      List.of(
          new Column("amount", ColumnType.INTEGER),
          new Column("asset", ColumnType.TEXT),
          new Column("date", ColumnType.DATE),
          new Column("time", ColumnType.TIME),
          new Column("reference", ColumnType.TEXT),
          new Column("counterparty", ColumnType.TEXT),
          new Column("seq", ColumnType.INTEGER),
          new Column("fee", ColumnType.BOOLEAN));

  private static final List<Column> RIGHT =
      Stream.concat(
              LEFT.stream(),
              Stream.of(
                  new Column("invoice_no", ColumnType.TEXT), new Column("booked", ColumnType.DATE)))
          .toList();

  private static Recipe read(String json) {
    return RecipeJson.read(json.getBytes(UTF_8));
  }

  @Test
  void goodRecipesHaveNoFaults() {
    for (String each : List.of(Recipes.SHORT, Recipes.EVERY_WORD)) {
      assertEquals(List.of(), RecipeCheck.alone(read(each)));
      assertEquals(List.of(), RecipeCheck.against(read(each), LEFT, RIGHT));
    }
  }

  @Test
  void derivedColumnsStandBehindTheSources() {
    List<Column> columns = RecipeCheck.columns(read(Recipes.EVERY_WORD), MatchSide.LEFT, LEFT);
    assertEquals(LEFT, columns.subList(0, LEFT.size()));
    assertEquals(
        List.of(
            new Column("invoice", ColumnType.TEXT),
            new Column("both", ColumnType.TEXT),
            new Column("turned", ColumnType.INTEGER)),
        columns.subList(LEFT.size(), columns.size()));
    assertThrows(
        IllegalArgumentException.class,
        () -> RecipeCheck.columns(read(Recipes.EVERY_WORD), MatchSide.LEFT, List.of()));
  }

  static Stream<Arguments> alone() {
    return Stream.of(
        rule("\"conditions\":[]", "rules[0]: has neither conditions nor a tolerance nor a window"),
        rule("\"cardinality\":\"1:N\",\"window\":{\"days\":1}", "have no \"equal\""),
        rule(
            "\"cardinality\":\"N:M\",\"grouping\":\"subset\",\"window\":{\"days\":1}",
            "rules[0].grouping: is subset"),
        rule(
            "\"grouping\":\"whole\",\"window\":{\"days\":1}",
            "rules[0].grouping: is whole, but 1:1"),
        rule("\"group_max\":3,\"window\":{\"days\":1}", "rules[0].group_max: is of use"),
        rule(
            "\"conditions\":[{\"column\":\"reference\",\"is\":\"similar\"}]",
            "conditions[0].threshold: is missing"),
        rule(
            "\"conditions\":[{\"column\":\"reference\",\"threshold\":0.5}]",
            "conditions[0].threshold: is of use with similar only"),
        rule(
            "\"sql\":\"SELECT 1\",\"window\":{\"days\":1}",
            "rules[0].sql: stands beside conditions"),
        rule("\"sql\":\"SELECT 1\"", "does not mention left_open, left_row, right_open, right_row"),
        rule(
            "\"window\":{\"days\":1}},{\"name\":\"r\",\"window\":{\"days\":2}",
            "rules[1].name: is \"r\", as an earlier rule's is"),
        Arguments.of(
            Recipes.SHORT.replaceAll("(?s)\\{\"name\": \"reference\".*?\\}\\}", ""),
            "rules: is empty"),
        Arguments.of(Recipes.SHORT.replace("[\"assets:bank\"]", "[]"), "accounts: is empty"),
        Arguments.of(
            Recipes.SHORT.replace("[\"assets:bank\"]", "[\"a\"],\"from\":\"$form\""),
            "left.ledger.from: names parameter \"form\", there is none"),
        Arguments.of(
            Recipes.SHORT.replace(
                "[\"assets:bank\"]", "[\"a\"],\"from\":\"2026-02-01\",\"to\":\"2026-01-01\""),
            "left.ledger.to: is 2026-01-01, before 2026-02-01"),
        Arguments.of(
            Recipes.EVERY_WORD.replace("\"$from\"", "\"$form\""), "did you mean \"from\"?"),
        Arguments.of(
            Recipes.EVERY_WORD.replace("\"$from\"", "\"$least\""),
            "of type integer, expected date"),
        Arguments.of(
            Recipes.EVERY_WORD.replace("\"name\": \"to\"", "\"name\": \"from\""),
            "parameters[1].name: is \"from\", as an earlier"),
        Arguments.of(
            Recipes.EVERY_WORD.replace(
                "\"name\": \"both\", \"expression\"", "\"name\": \"invoice\", \"expression\""),
            "left.derived[1].name: is \"invoice\", which is derived before"),
        Arguments.of(
            Recipes.EVERY_WORD.replace("\"turned\"", "\"amount\""),
            "left.derived[2].name: is \"amount\", which the source has"));
  }

  private static Arguments rule(String body, String message) {
    return Arguments.of(
        Recipes.SHORT.replaceAll(
            "(?s)\\{\"name\": \"reference\".*?\\}\\}",
            Matcher.quoteReplacement("{\"name\":\"r\"," + body + "}")),
        message);
  }

  @ParameterizedTest
  @MethodSource("alone")
  void whatMakesNoSenseAloneIsNamed(String json, String message) {
    said(RecipeCheck.alone(read(json)), message);
  }

  static Stream<Arguments> against() {
    return Stream.of(
        condition("{\"column\":\"refrence\"}", "did you mean \"reference\"?"),
        condition(
            "{\"left\":\"reference\",\"right\":\"amount\"}",
            "holds left column reference of type text"),
        condition(
            "{\"column\":\"amount\",\"is\":\"contains\"}", "contains is for texts, column amount"),
        condition("{\"column\":\"amount\",\"normalise\":[\"trim\"]}", "normalise is for texts"),
        condition("{\"column\":\"fee\",\"is\":\"less\"}", "orders column fee of type boolean"),
        window("{\"column\":\"reference\",\"days\":1}", "expected date or time"),
        filter(
            "{\"column\":\"date\",\"greater\":5}",
            "right.filter.greater: is of type integer, expected date"),
        filter("{\"column\":\"amount\",\"greater\":\"5\"}", "is of type text, expected integer"),
        filter(
            "{\"column\":\"amount\",\"contains\":5}",
            "is for texts, not for values of type integer"),
        filter("{\"column\":\"amount\",\"in\":[1,\"2\"]}", "right.filter.in[1]: is of type text"),
        filter("{\"column\":\"amount\"}", "right.filter: is of type integer, expected boolean"),
        filter("{\"not\":{\"column\":\"amount\"}}", "right.filter.not: is of type integer"),
        filter("{\"column\":\"fee\",\"greater\":true}", "orders values of type boolean"),
        filter("{\"or\":[{\"column\":\"fee\"},{\"column\":\"fees\"}]}", "did you mean \"fee\"?"),
        filter("{\"value\":{\"negated\":{\"column\":\"asset\"}},\"equal\":1}", "expected integer"),
        filter(
            "{\"value\":{\"first_of\":[{\"column\":\"seq\"},\"x\"]},\"equal\":1}", "first_of[1]"));
  }

  private static Arguments condition(String condition, String message) {
    return Arguments.of(Recipes.SHORT.replace("{\"column\": \"reference\"}", condition), message);
  }

  private static Arguments window(String window, String message) {
    return Arguments.of(Recipes.SHORT.replace("{\"days\": 3}", window), message);
  }

  private static Arguments filter(String expression, String message) {
    return Arguments.of(
        Recipes.SHORT.replace(
            "{\"profile\": \"mybank\"}", "{\"profile\": \"mybank\"},\"filter\":" + expression),
        message);
  }

  @ParameterizedTest
  @MethodSource("against")
  void whatDoesNotFitTheSourcesIsNamedWithWhatWasMeant(String json, String message) {
    assertEquals(
        List.of(),
        RecipeCheck.alone(read(json)).stream().filter(f -> f.text().contains("column")).toList());
    said(RecipeCheck.against(read(json), LEFT, RIGHT), message);
  }

  @Test
  void anExpertMaySelectAllColumnsAndUseTheNamesOfTheSeed() {
    String sql =
        "{\"name\":\"r\",\"sql\":\"SELECT * FROM left_src l JOIN right_src r"
            + " ON tolerance_match(l.amount, r.amount, 1)\"}";
    String json =
        Recipes.SHORT.replaceAll(
            "(?s)\\{\"name\": \"reference\".*?\\}\\}", Matcher.quoteReplacement(sql));
    assertEquals(List.of(), RecipeCheck.alone(read(json)));
  }

  @Test
  void allFaultsAreFoundAtOnce() {
    Recipe recipe =
        read(
            Recipes.SHORT.replace(
                "{\"column\": \"reference\"}", "{\"left\":\"refernce\",\"right\":\"referenc\"}"));
    assertEquals(2, RecipeCheck.against(recipe, LEFT, RIGHT).size());
  }

  private static void said(List<Fault> faults, String message) {
    assertTrue(faults.stream().anyMatch(each -> each.toString().contains(message)), faults + "");
  }
}
