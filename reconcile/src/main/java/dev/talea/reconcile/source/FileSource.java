// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file that is read by a profile from its first byte to its last, and what identifies it.
 * Separate from the readers of formats, which know only what is between.
 *
 * <p>One thread.
 */
abstract class FileSource implements RowSource {
  final FormatProfile profile;
  final SourceLimits limits;
  final CellReader cells;
  private final ByteSource bytes;
  private final List<Column> columns;
  private @Nullable SourceFacts facts;

  FileSource(ByteSource bytes, FormatProfile profile, SourceLimits limits) {
    this.bytes = bytes;
    this.profile = profile;
    this.limits = limits;
    this.columns = profile.columns();
    this.cells = new CellReader(profile);
  }

  /**
   * Reads the rows.
   *
   * @param found what else identifies the file is put here
   */
  abstract void rows(FileBytes file, RowSink sink, SortedMap<String, String> found)
      throws IOException;

  @Override
  public final List<Column> columns() {
    return columns;
  }

  @Override
  public final void read(RowSink sink) throws IOException {
    SortedMap<String, String> found = new TreeMap<>();
    try (FileBytes file = new FileBytes(bytes.open(), limits)) {
      rows(file, sink, found);
      file.putFacts(found);
    }
    found.put("profile_sha256", ProfileJson.sha256(profile));
    facts = new SourceFacts("file", found);
  }

  @Override
  public final SourceFacts facts() {
    if (facts == null) {
      throw new IllegalStateException("facts are known once the file has been read");
    }
    return facts;
  }

  @Override
  public final void close() {
    // Each reading closes its own stream.
  }
}
