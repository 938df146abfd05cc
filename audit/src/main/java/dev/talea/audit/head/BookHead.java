// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.head;

import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.Hash;
import dev.talea.audit.proof.Leaf;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.TileBuilder;
import dev.talea.audit.proof.TlogProof;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import dev.talea.log.LogRecord;
import dev.talea.log.disk.LogFiles;
import java.nio.ByteBuffer;

/**
 * The head of one book as its files are now, and proofs that a record is under it. Unsigned: what
 * signs comes later, and elsewhere.
 *
 * <p>A proof reads all of the book once, in memory that does not grow with it. Immutable; one
 * thread at a time.
 */
public final class BookHead {
  private final LogReader log;
  private final Checkpoint checkpoint;

  private BookHead(LogReader log, Checkpoint checkpoint) {
    this.log = log;
    this.checkpoint = checkpoint;
  }

  /**
   * The head over everything that is proven to be on disk.
   *
   * @throws dev.talea.log.LogException if the log is not there, damaged or cannot be read
   */
  public static BookHead of(LogFiles files, String book) {
    LogReader log = files.read(book).reader();
    String origin = String.valueOf(files.folder(book).getFileName());
    return new BookHead(log, Checkpoint.of(origin, log.treeHead()));
  }

  /** Its three lines. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /**
   * Proves a record, with its content.
   *
   * @throws IllegalArgumentException unless 1 &lt;= seq &lt;= the size of the head
   * @throws dev.talea.audit.proof.MalformedException if the log does not hash to its own head
   */
  public TlogProof prove(long seq) {
    if (seq < 1 || seq > checkpoint.size()) {
      throw new IllegalArgumentException(
          "seq " + seq + " is not under a head of " + checkpoint.size() + " records");
    }
    LogRecord record = log.record(log.positionOf(seq));
    byte[] proven = proven(record.payload(), record.provenBytes());
    return TlogProof.of(seq, proven, SignedCheckpoint.unsigned(checkpoint), this::subtree);
  }

  /** The root over {@code 2^level} records. */
  private Hash subtree(int level, long index) {
    long count = 1L << level;
    TileBuilder builder = new TileBuilder((tile, hashes) -> {});
    LogCursor cursor = log.cursor(index * count + 1);
    for (long i = 0; i < count && cursor.next(); i++) {
      builder.add(Leaf.hash(cursor.seq(), proven(cursor.payload(), cursor.provenBytes())));
    }
    return builder.root();
  }

  private static byte[] proven(ByteBuffer payload, int provenBytes) {
    byte[] proven = new byte[provenBytes];
    payload.get(proven);
    return proven;
  }
}
