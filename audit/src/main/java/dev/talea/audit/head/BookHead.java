// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.head;

import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.Hash;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.SubtreeHashes;
import dev.talea.audit.proof.TlogProof;
import dev.talea.index.tree.BookTree;
import dev.talea.ledger.HeadView;
import dev.talea.ledger.Micros;
import dev.talea.log.LogReader;
import dev.talea.log.disk.LogFiles;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * The head of one book at one moment, and proofs that a record is under it. Unsigned: what signs
 * comes later, and elsewhere.
 *
 * <p>A proof reads some hundred records where the file of subtrees is there, and all of the book
 * once where it is not, in memory that does not grow with it. Immutable; any thread.
 */
public final class BookHead {
  private final Supplier<BookTree> trees;
  private final Checkpoint checkpoint;
  private final long committedAt;

  private BookHead(Supplier<BookTree> trees, Checkpoint checkpoint, long committedAt) {
    this.trees = trees;
    this.checkpoint = checkpoint;
    this.committedAt = committedAt;
  }

  /**
   * The head over everything that is proven to be on disk, named after the folder alone.
   *
   * @throws dev.talea.log.LogException if the log is not there, damaged or cannot be read
   */
  public static BookHead of(LogFiles files, String book) {
    LogReader log = files.read(book).reader();
    Path folder = files.folder(book);
    return of(String.valueOf(folder.getFileName()), () -> BookTree.open(log, files.disk(), folder));
  }

  /**
   * The head of a tree.
   *
   * @param origin the name of the log, for the first line
   * @param trees opens the tree of the book as it is when it is called
   */
  public static BookHead of(String origin, Supplier<BookTree> trees) {
    try (BookTree tree = trees.get()) {
      return new BookHead(trees, Checkpoint.of(origin, tree.head()), tree.committedAt());
    }
  }

  /** Its three lines. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** The same as the API shows it. */
  public HeadView view() {
    return new HeadView(
        checkpoint.origin(),
        checkpoint.size(),
        checkpoint.root().base64(),
        committedAt == 0 ? null : Micros.instant(committedAt));
  }

  /**
   * Proves a record, with its content.
   *
   * @throws IllegalArgumentException unless 1 &lt;= seq &lt;= the size of the head
   * @throws MalformedException if the log does not hash to its own head
   */
  public TlogProof prove(long seq) {
    if (seq < 1 || seq > checkpoint.size()) {
      throw new IllegalArgumentException(
          "seq " + seq + " is not under a head of " + checkpoint.size() + " records");
    }
    try (BookTree tree = trees.get()) {
      byte[] proven = BookTree.proven(tree.record(seq));
      SignedCheckpoint head = SignedCheckpoint.unsigned(checkpoint);
      try {
        return TlogProof.of(seq, proven, head, hashes(tree));
      } catch (MalformedException e) {
        // A derived file may be of another history. The records say what is right.
        return TlogProof.of(seq, proven, head, hashes(tree.ofRecords()));
      }
    }
  }

  private static SubtreeHashes hashes(BookTree tree) {
    return (level, index) -> Hash.of(tree.subtree(level, index));
  }
}
