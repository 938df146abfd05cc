// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ParquetSourceTest {
  private static final String PROFILE =
      """
      {"name": "p", "format": "parquet", "amount": {"column": "amount"}, "asset": "EUR",
       "dates": {"zone": "Europe/Prague"},
       "fields": [
         {"name": "date", "column": "d"}, {"name": "local", "column": "ts", "type": "time"},
         {"name": "time", "column": "tz"}, {"name": "u", "column": "u"},
         {"name": "b", "column": "b"}, {"name": "yes", "column": "yes", "type": "boolean"},
         {"name": "n", "column": "n", "type": "integer"}, {"name": "f", "column": "f"},
         {"name": "reference", "column": "txt"}, {"name": "tztext", "column": "tz"}]}
      """;

  @TempDir private Path folder;

  private Path file(String query) throws SQLException {
    Path file = folder.resolve("it's.parquet");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone='UTC'");
      statement.execute(
          "COPY (" + query + ") TO '" + file.toString().replace("'", "''") + "' (FORMAT parquet)");
    }
    return file;
  }

  private static ParquetSource source(Path file, String profile) {
    return new ParquetSource(
        file,
        () -> Files.newInputStream(file),
        ProfileJson.read(profile.getBytes(UTF_8)),
        SourceLimits.DEFAULTS);
  }

  @Test
  void typesAreKeptAndNullIsNullOnly() throws Exception {
    Path file =
        file(
            "SELECT 1234.50::DECIMAL(38,4) AS amount, DATE '2026-01-31' AS d,"
                + " TIMESTAMP '2026-07-01 12:00:00.123456' AS ts,"
                + " TIMESTAMPTZ '2026-07-01 12:00:00.5+02' AS tz,"
                + " '0190d3a5-1c2d-7000-8000-000000000001'::UUID AS u, '\\xDE\\xAD'::BLOB AS b,"
                + " true AS yes, 9223372036854775807 AS n, 0.5::DOUBLE AS f, 'M\u00fcller' AS txt"
                + " UNION ALL SELECT 0.005, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
                + " UNION ALL SELECT 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL");
    ParquetSource source = source(file, PROFILE);
    assertEquals(
        """
        1 [123450, EUR, 2026-01-31, 2026-07-01T10:00:00.123456Z, 2026-07-01T10:00:00.500Z, \
        0190d3a5-1c2d-7000-8000-000000000001, dead, true, 9223372036854775807, 0.5, M\u00fcller, \
        2026-07-01T10:00:00.500Z]
        3 [700, EUR, null, null, null, null, null, null, null, null, null, null]
        ! 2 amount is "0.0050", which has 3 fraction digits, the profile's scale is 2""",
        Collected.of(source).text());
    assertEquals("parquet", source.facts().kind());
    assertEquals("[bytes, profile_sha256, rows, sha256]", source.facts().facts().keySet() + "");
    assertEquals("3", source.facts().facts().get("rows"));
  }

  @Test
  void binaryFractionsAndOtherFilesAreRefused() throws Exception {
    String profile =
        "{\"name\":\"p\",\"format\":\"parquet\",\"amount\":{\"column\":\"f\"},\"asset\":\"EUR\"}";
    Path file = file("SELECT 0.5::DOUBLE AS f");
    IOException e = assertThrows(IOException.class, () -> Collected.of(source(file, profile)));
    assertTrue(String.valueOf(e.getMessage()).contains("a binary fraction"), e.getMessage());
    Path text = Files.writeString(folder.resolve("x.parquet"), "no parquet");
    assertThrows(IOException.class, () -> Collected.of(source(text, profile)));
    assertThrows(
        IOException.class, () -> Collected.of(source(folder.resolve("*.parquet"), profile)));
  }

  @Test
  void manyRowsComeInTheirOrder() throws Exception {
    Path file = file("SELECT g::BIGINT AS amount FROM range(200000) t(g)");
    String profile =
        "{\"name\":\"p\",\"format\":\"parquet\",\"amount\":{\"column\":\"amount\"},\"asset\":\"EUR\","
            + "\"numbers\":{\"minor\":true}}";
    Collected collected = Collected.of(source(file, profile));
    assertEquals(200_000, collected.rows.size());
    for (int i = 0; i < 200_000; i += 997) {
      assertEquals((i + 1) + " [" + i + ", EUR]", collected.rows.get(i));
    }
  }
}
