// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first rows of sources that have more. */
class SampleSourceTest {
  @TempDir Path folder;

  private static List<Object> rows(SampleSource source) throws Exception {
    List<Object> rows = new ArrayList<>();
    source.read(
        new RowSink() {
          @Override
          public void row(long line, @Nullable Object[] values) {
            rows.add(line);
          }

          @Override
          public void reject(Reject reject) {
            rows.add("reject " + reject.line());
          }
        });
    return rows;
  }

  private static SampleSource lines(long rows, long chars, String... lines) {
    return new SampleSource(new ToyForms.Lines("file", List.of(lines)), rows, chars);
  }

  @Test
  void aSourceIsReadUpToSoManyRowsAndSaysWhetherThereAreMore() throws Exception {
    for (int max = 1; max <= 4; max++) {
      SampleSource source = lines(max, 1_000, "1,a", "oops", "3,c");
      assertEquals(List.of(1L, "reject 2", 3L).subList(0, Math.min(3, max)), rows(source));
      assertEquals("{rows=" + Math.min(3, max) + ", more=" + (max < 3) + "}", "" + source.seen());
      assertEquals("sample", source.facts().kind());
    }
  }

  @Test
  void longTextsEndItToo() throws Exception {
    SampleSource source = lines(1_000, 20, "1,0123456789", "2,0123456789", "3,c");
    assertEquals(List.of(1L, 2L), rows(source));
    assertEquals("{rows=2, more=true}", "" + source.seen());
  }

  @Test
  void aQueryIsLeftInTheMiddleAndItsConnectionGivenBack() throws Exception {
    Path file = folder.resolve("shop.db");
    String url = "jdbc:sqlite:" + file;
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (amount TEXT)");
      for (int i = 1; i <= 50; i++) {
        statement.execute("INSERT INTO t VALUES ('" + i + ".00')");
      }
    }
    byte[] profile =
        "{\"name\":\"q\",\"format\":\"sql\",\"amount\":{\"column\":\"amount\"},\"asset\":\"EUR\"}"
            .getBytes(StandardCharsets.UTF_8);
    RowSource query =
        new StandardForms()
            .query(
                new NamedSources.Database(url, null, null, Set.of()),
                "shop",
                "SELECT amount FROM t",
                profile);
    SampleSource source = new SampleSource(query, 3, 1_000);
    assertEquals(List.of(1L, 2L, 3L), rows(source));
    assertEquals("{rows=3, more=true}", "" + source.seen());
    source.close();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      assertEquals(0, statement.executeUpdate("DELETE FROM t WHERE amount = 'none'"));
    }
    assertTrue(Files.exists(file));
  }
}
