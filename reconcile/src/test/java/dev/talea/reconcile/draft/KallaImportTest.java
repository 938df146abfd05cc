// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.draft;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.document.DocumentException;
import dev.talea.reconcile.draft.KallaImport.Imported;
import dev.talea.reconcile.recipe.RecipeJson;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KallaImportTest {
  private static final String SQL =
      """
      {"recipe_id": "Invoice Payments", "name": "Invoices", "description": "By number",
       "match_sql": "SELECT l.id, r.id FROM left_src l INNER JOIN right_src AS r ON l.invoice_id = r.reference AND tolerance_match(l.total, r.amount, 0.01) WHERE r.paid_on >= l.issued_on",
       "match_description": "A cent off is fine",
       "sources": {
         "left": {"alias": "invoices", "type": "postgres",
           "uri": "postgres://kalla:kalla_secret@localhost:5432/kalla?table=public.invoices",
           "schema": ["id"], "primary_key": ["invoice_id"]},
         "right": {"alias": "payments", "type": "csv", "uri": "/app/testdata/payments.csv"}}}
      """;

  private static final String RULES =
      """
      {"name": "older", "match_rules": [
        {"name": "second", "pattern": "1:N", "priority": 2, "conditions": [
          {"left": "invoice_id", "op": "eq", "right": "reference"},
          {"left": "amount", "op": "eq", "right": "amount"}]},
        {"name": "first", "pattern": "1:1", "priority": 1, "conditions": [
          {"left": "invoice_id", "op": "eq", "right": "reference"},
          {"left": "amount", "op": "tolerance", "right": "amount", "threshold": 0.05},
          {"left": "a", "op": "gt", "right": "a"}, {"left": "b", "op": "lt", "right": "b"},
          {"left": "c", "op": "gte", "right": "c"}, {"left": "d", "op": "lte", "right": "d"},
          {"left": "e", "op": "contains", "right": "e"},
          {"left": "f", "op": "startswith", "right": "f"},
          {"left": "g", "op": "endswith", "right": "g"}]}]}
      """;

  private static Imported read(String json) {
    return KallaImport.read(json.getBytes(UTF_8), 2);
  }

  private static String refusal(String json) {
    return assertThrows(DocumentException.class, () -> read(json)).faults().toString();
  }

  @Test
  void aJoinOfTheTwoSourcesBecomesARule() {
    Imported imported = read(SQL);
    assertEquals(
        "{\"format\":1,\"name\":\"invoice-payments\",\"description\":\"Invoices. By number. A cent"
            + " off is fine\",\"left\":{\"sql\":{\"source\":\"invoices\",\"query\":\"SELECT * FROM"
            + " \\\"public\\\".\\\"invoices\\\"\",\"profile\":\"invoices\"}},\"right\":{\"file\":"
            + "{\"profile\":\"payments\"}},\"rules\":[{\"name\":\"match_sql\",\"cardinality\":"
            + "\"1:1\",\"conditions\":[{\"left\":\"invoice_id\",\"is\":\"equal\",\"right\":"
            + "\"reference\"},{\"left\":\"issued_on\",\"is\":\"less_or_equal\",\"right\":"
            + "\"paid_on\"}],\"sign\":\"equal\",\"tolerance\":{\"absolute\":1},\"effect\":"
            + "\"match\"}]}",
        new String(RecipeJson.write(imported.recipe()), UTF_8));
    String remarks = String.join("\n", imported.remarks());
    assertTrue(remarks.contains("read the amount from column total"), remarks);
    assertTrue(remarks.contains("Add a JDBC source 'invoices'"), remarks);
    assertTrue(remarks.contains("with the key [invoice_id]"), remarks);
    assertFalse(remarks.contains("kalla_secret"), remarks);
  }

  @Test
  void aJoinMayBeWrittenInSeveralWays() {
    String canonical = RecipeJson.sha256(read(SQL).recipe());
    for (String from :
        new String[] {
          "SELECT * FROM right_src r JOIN left_src l ON (r.reference = l.invoice_id AND l.issued_on <= r.paid_on) AND tolerance_match(r.amount, l.total, 0.010);",
          "select 1 from left_src l, right_src where l.invoice_id = right_src.reference -- key\\n and l.issued_on <= right_src.\\\"paid_on\\\" and tolerance_match(l.total, right_src.amount, 0.01)"
        }) {
      String json =
          SQL.replaceAll(
              "\"match_sql\": \".*\",\n",
              Matcher.quoteReplacement("\"match_sql\": \"" + from + "\",\n"));
      assertEquals(canonical, RecipeJson.sha256(read(json).recipe()), from);
    }
  }

  @Test
  void theOlderFormBecomesRulesInTheOrderOfTheirPriority() {
    Imported imported = read(RULES);
    assertEquals(
        "[{\"name\":\"first\",\"cardinality\":\"1:1\",\"conditions\":[{\"left\":\"invoice_id\","
            + "\"is\":\"equal\",\"right\":\"reference\"},{\"column\":\"a\",\"is\":\"greater\"},"
            + "{\"column\":\"b\",\"is\":\"less\"},{\"column\":\"c\",\"is\":\"greater_or_equal\"},"
            + "{\"column\":\"d\",\"is\":\"less_or_equal\"},{\"column\":\"e\",\"is\":\"contains\"},"
            + "{\"column\":\"f\",\"is\":\"prefix\"},{\"column\":\"g\",\"is\":\"suffix\"}],"
            + "\"sign\":\"equal\",\"tolerance\":{\"absolute\":5},\"effect\":\"match\"},"
            + "{\"name\":\"second\",\"cardinality\":\"1:N\",\"conditions\":[{\"left\":"
            + "\"invoice_id\",\"is\":\"equal\",\"right\":\"reference\"}],\"sign\":\"equal\","
            + "\"grouping\":\"whole\",\"effect\":\"match\"}]}",
        new String(RecipeJson.write(imported.recipe()), UTF_8).replaceAll(".*\"rules\":", ""));
    assertTrue(
        String.join("", imported.remarks())
            .contains("Kalla joined rows for 1:N and checked no sum"));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        sql("SELECT * FROM left_src l LEFT JOIN right_src r ON l.a = r.a", "an outer join counts"),
        sql("SELECT * FROM left_src l JOIN right_src r ON l.a = r.a", "compares no amounts"),
        sql(
            "SELECT * FROM left_src l JOIN right_src r ON l.a = r.a OR l.amount = r.amount",
            "expected AND, or the end"),
        sql("SELECT * FROM left_src l JOIN right_src r ON lower(l.a) = r.a", "at \\\"lower\\\""),
        sql(
            "SELECT * FROM left_src l JOIN right_src r ON l.a = l.b",
            "a condition within one side"),
        sql(
            "SELECT * FROM left_src l JOIN right_src r ON l.a = 'x'",
            "expected a column with the alias"),
        sql("SELECT * FROM left_src l JOIN other r ON l.a = r.a", "expected left_src or right_src"),
        sql("SELECT * FROM left_src l JOIN left_src r ON l.a = r.a", "the same side twice"),
        sql("SELECT * FROM left_src l JOIN right_src r ON l.a <> r.a", "no \\\"not equal\\\""),
        sql(
            "SELECT DISTINCT * FROM left_src l JOIN right_src r ON l.amount = r.amount",
            "may not change which rows"),
        sql(
            "SELECT * FROM left_src l JOIN right_src r ON l.amount = r.amount LIMIT 5",
            "at \\\"LIMIT\\\""),
        sql(
            "SELECT * FROM left_src l JOIN right_src r ON tolerance_match(l.amount, r.amount, 0.005)",
            "no whole number of minor units at scale 2"),
        sql("DELETE FROM left_src", "begins with DELETE"),
        sql("SELECT 1; SELECT 2", "more than one statement"),
        Arguments.of(
            SQL.replace("?table=public.invoices", ""), "sources.left.uri: has no ?table=T"),
        Arguments.of(SQL.replace("?table=public.invoices", "?table=a\\\";--"), "has no ?table=T"),
        Arguments.of(SQL.replace("\"csv\"", "\"mongodb\""), "expected postgres, sqlite or csv"),
        Arguments.of(
            SQL.replace("\"name\"", "\"threshold\": 5, \"name\""),
            "[threshold: has no counterpart"),
        Arguments.of(
            RULES.replace("startswith", "regex"), "is \\\"regex\\\", expected eq, tolerance"),
        Arguments.of(RULES.replace("\"1:N\"", "\"N\""), "expected 1:1, 1:N, N:1 or N:M"),
        Arguments.of(RULES.replace("0.05", "\"x\""), "threshold: is missing, or no number"),
        Arguments.of(
            RULES.replace(
                "{\"left\": \"amount\", \"op\": \"eq\", \"right\": \"amount\"}",
                "{\"left\": \"x\", \"op\": \"eq\", \"right\": \"x\"}"),
            "has no condition on the amounts"),
        Arguments.of("{\"name\":\"x\"}", "has neither match_sql and match_rules"),
        Arguments.of("[]", "is no JSON object"),
        Arguments.of("{\"name\":\"x\",\"name\":\"y\"}", "is no JSON"));
  }

  private static Arguments sql(String sql, String message) {
    return Arguments.of(
        SQL.replaceAll(
            "\"match_sql\": \".*\",\n",
            Matcher.quoteReplacement("\"match_sql\": \"" + sql + "\",\n")),
        message);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatHasNoExactCounterpartIsRefusedByName(String json, String message) {
    String said = refusal(json);
    assertTrue(said.contains(message.replace("\\\"", "\"")), said);
  }
}
