// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.head;

import dev.talea.audit.proof.AddCheckpoint;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.Hash;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.SubtreeHashes;
import dev.talea.audit.proof.TlogProof;
import dev.talea.audit.proof.TreeProofs;
import dev.talea.index.tree.BookTree;
import dev.talea.ledger.HeadView;
import dev.talea.ledger.Micros;
import dev.talea.log.LogReader;
import dev.talea.log.disk.LogFiles;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * A head of one log, and proofs of what is under it: records, and earlier heads. What signs it
 * stands elsewhere.
 *
 * <p>A proof reads some hundred records where the file of subtrees is there, and all of the book
 * once where it is not, in memory that does not grow with it. Immutable; any thread.
 */
public final class BookHead {
  private final Supplier<BookTree> trees;
  private final SignedCheckpoint head;

  /** Of the last record under it; 0 if there is none, or it was not asked for. */
  private final long committedAt;

  private BookHead(Supplier<BookTree> trees, SignedCheckpoint head, long committedAt) {
    this.committedAt = committedAt;
    this.trees = trees;
    this.head = head;
  }

  /**
   * The head over everything that is proven to be on disk.
   *
   * @throws dev.talea.log.LogException if the log is not there, damaged or cannot be read
   */
  public static BookHead of(LogFiles files, String book, LedgerOrigin origin) {
    LogReader log = files.read(book).reader();
    return of(name(origin, book), trees(files, book, log));
  }

  /** What the heads of a log are called. */
  public static String name(LedgerOrigin origin, String book) {
    return origin.nameOf(LogFiles.folderName(book));
  }

  static Supplier<BookTree> trees(LogFiles files, String book, LogReader log) {
    return () -> BookTree.open(log, files.disk(), files.folder(book));
  }

  /**
   * A head that is known from elsewhere, with its signatures if it has some.
   *
   * @param trees opens the tree of the log, which is at least as large as the head
   * @throws MalformedException if the log does not begin with the records of the head
   */
  static BookHead known(SignedCheckpoint head, Supplier<BookTree> trees) {
    BookHead known = new BookHead(trees, head, 0);
    Checkpoint is = head.checkpoint();
    known.made(
        (tree, hashes) -> {
          if (!TreeProofs.root(is.size(), hashes).equals(is.root())) {
            throw new MalformedException(
                ("the first %d records of '%s' do not hash to this head of it: it is of another"
                        + " history")
                    .formatted(is.size(), is.origin()));
          }
          return is;
        });
    return known;
  }

  /**
   * The head of a tree.
   *
   * @param origin the name of the log, for the first line
   * @param trees opens the tree of the book as it is when it is called
   */
  public static BookHead of(String origin, Supplier<BookTree> trees) {
    try (BookTree tree = trees.get()) {
      return new BookHead(
          trees, SignedCheckpoint.unsigned(Checkpoint.of(origin, tree.head())), tree.committedAt());
    }
  }

  /** Its three lines. */
  public Checkpoint checkpoint() {
    return head.checkpoint();
  }

  /** The same as the API shows it. */
  public HeadView view() {
    Checkpoint checkpoint = checkpoint();
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
    long size = checkpoint().size();
    if (seq < 1 || seq > size) {
      throw new IllegalArgumentException(
          "seq " + seq + " is not under a head of " + size + " records");
    }
    return made(
        (tree, hashes) -> TlogProof.of(seq, BookTree.proven(tree.record(seq)), head, hashes));
  }

  /**
   * Proves that the head extends an older one of the same log.
   *
   * @param signed this head, with the signatures that are to go along
   * @throws MalformedException if it does not
   */
  public AddCheckpoint extending(Checkpoint old, SignedCheckpoint signed) {
    if (!signed.checkpoint().equals(checkpoint())) {
      throw new IllegalArgumentException("signatures of another head");
    }
    return made((tree, hashes) -> AddCheckpoint.of(old, signed, hashes));
  }

  /**
   * The head that the log had with fewer records.
   *
   * @throws IllegalArgumentException unless 0 &lt;= size &lt;= the size of the head
   */
  public Checkpoint at(long size) {
    Checkpoint checkpoint = checkpoint();
    if (size < 0 || size > checkpoint.size()) {
      throw new IllegalArgumentException(size + " of " + checkpoint.size() + " records");
    }
    return made(
        (tree, hashes) -> new Checkpoint(checkpoint.origin(), size, TreeProofs.root(size, hashes)));
  }

  /** Makes something of hashes, and again of the records if they do not fit. */
  private <T> T made(BiFunction<BookTree, SubtreeHashes, T> maker) {
    try (BookTree tree = trees.get()) {
      try {
        return maker.apply(tree, hashes(tree));
      } catch (MalformedException e) {
        // A derived file may be of another history. The records say what is right.
        return maker.apply(tree, hashes(tree.ofRecords()));
      }
    }
  }

  private static SubtreeHashes hashes(BookTree tree) {
    return (level, index) -> Hash.of(tree.subtree(level, index));
  }
}
