// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.reconcile;

import dev.talea.bench.baseline.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The same two files loaded and joined by DuckDB as it does it best, and the rows of both sides
 * written: matched, open, and as loaded, as Parquet and as CSV. It decides nothing about
 * duplicates, checks no sums and explains no row. A process of its own, with the engine's limits.
 *
 * <p>{@code BareDuckDb FOLDER MEMORY_MIB}; tells {@code seconds}.
 */
public final class BareDuckDb {
  private BareDuckDb() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException, SQLException {
    Path folder = Path.of(args[0]);
    Path out = Files.createDirectory(folder.resolve("bare"));
    long from = System.nanoTime();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement sql = connection.createStatement()) {
      sql.execute("SET threads = " + Runtime.getRuntime().availableProcessors());
      sql.execute("SET memory_limit = '" + args[1] + "MiB'");
      sql.execute("SET temp_directory = '" + out.resolve("spill") + "'");
      load(sql, "l", BankFiles.left(folder));
      load(sql, "r", BankFiles.right(folder));
      String same = " ON a.reference = b.reference AND a.amount = b.amount";
      write(sql, out, "matched", "SELECT a.i, b.i, a.* FROM l a JOIN r b" + same + " ORDER BY 1");
      write(sql, out, "open_left", "SELECT * FROM l a ANTI JOIN r b" + same + " ORDER BY i");
      write(sql, out, "open_right", "SELECT * FROM r a ANTI JOIN l b" + same + " ORDER BY i");
      write(sql, out, "left", "SELECT * FROM l ORDER BY i");
      write(sql, out, "right", "SELECT * FROM r ORDER BY i");
    }
    ChildJvm.tell("seconds", (System.nanoTime() - from) / 1e9);
    ChildJvm.awaitEndOfInput();
  }

  private static void load(Statement sql, String table, Path file) throws SQLException {
    sql.execute(
        "CREATE TABLE "
            + table
            + " AS SELECT row_number() OVER () AS i, CAST(round(amount * 100) AS HUGEINT) AS amount,"
            + " reference, date, counterparty FROM read_csv('"
            + file
            + "', types = {'amount': 'DECIMAL(18,2)'})");
  }

  private static void write(Statement sql, Path folder, String name, String select)
      throws SQLException {
    for (String form : List.of("parquet", "csv")) {
      sql.execute("COPY (" + select + ") TO '" + folder.resolve(name + "." + form) + "'");
    }
  }
}
