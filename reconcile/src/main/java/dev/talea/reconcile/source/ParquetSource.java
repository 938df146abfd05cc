// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a Parquet file, which DuckDB reads: values keep the types that they have in the file,
 * and a binary fraction is no amount, as with a database. Needs the DuckDB jar beside the program.
 *
 * <p>One thread.
 */
public final class ParquetSource implements RowSource {
  private static final String URL = "jdbc:duckdb:";

  /** Pages of a file are decoded here; the rest of a run has its own memory. */
  private static final String MEMORY = "256MB";

  private final Path file;
  private final ByteSource bytes;
  private final SourceLimits limits;
  private final SqlSource rows;
  private @Nullable SourceFacts facts;

  /**
   * @param file where DuckDB reads it
   * @param bytes the same file, to be counted and hashed
   * @param profile of the format {@code parquet}, whose columns are those of the file
   */
  public ParquetSource(Path file, ByteSource bytes, FormatProfile profile, SourceLimits limits) {
    this.file = file;
    this.bytes = bytes;
    this.limits = limits;
    String quoted = file.toAbsolutePath().toString().replace("'", "''");
    this.rows =
        new SqlSource(
            ParquetSource::open, "SELECT * FROM read_parquet(['" + quoted + "'])", profile);
  }

  private static Connection open() throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("jdbc_stream_results", "true");
    settings.setProperty("memory_limit", MEMORY);
    settings.setProperty("threads", "1");
    // Extensions are downloads, and a file needs none.
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    return DriverManager.getConnection(URL, settings);
  }

  @Override
  public List<Column> columns() {
    return rows.columns();
  }

  @Override
  public void read(RowSink sink) throws IOException {
    if (file.toString().matches(".*[*?\\[{].*")) {
      throw new IOException(
          "the name of the Parquet file has one of * ? [ {, by which DuckDB would read several");
    }
    SortedMap<String, String> found = new TreeMap<>();
    try (FileBytes whole = new FileBytes(bytes.open(), limits)) {
      whole.putFacts(found);
    }
    try {
      DriverManager.getDriver(URL);
    } catch (SQLException e) {
      throw new IOException(
          "Parquet is read by DuckDB, which is not there: put duckdb_jdbc's jar beside the program",
          e);
    }
    rows.read(sink);
    found.put("rows", rows.facts().facts().getOrDefault("rows", ""));
    found.put("profile_sha256", rows.facts().facts().getOrDefault("profile_sha256", ""));
    facts = new SourceFacts("parquet", found);
  }

  @Override
  public SourceFacts facts() {
    if (facts == null) {
      throw new IllegalStateException("facts are known once the file has been read");
    }
    return facts;
  }

  @Override
  public void close() {
    rows.close();
  }
}
