// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import dev.talea.log.LogReader;

/**
 * Walks the chains of one kind through a book's log, newest to oldest, over jump pointers where
 * they help: any node is found in O(log n) reads. Checks on every hop that it landed where the link
 * promised.
 *
 * <p>Belongs to one read and its thread. What it walks never changes.
 */
public final class ChainReader {

  /** Which nodes are wanted: those up to some point in time or log. Monotone along a chain. */
  public interface Until {
    boolean covers(long seq, long at);
  }

  private final LogReader log;
  private final EntryKind kind;
  private final int owner;

  private TransactionRecord record;
  private int index;

  /** Starts at the head of a chain, which must lead somewhere. */
  public ChainReader(LogReader log, EntryKind kind, int owner, long head) {
    this.log = log;
    this.kind = kind;
    this.owner = owner;
    this.record = TransactionRecord.read(log, Ref.position(head));
    this.index = Ref.index(head);
    checkOwner();
  }

  /**
   * Refs of the roots of the trees that hold a chain up to one of its nodes, largest tree first:
   * where jump pointers lead from there, one after the other.
   */
  public static long[] roots(LogReader log, EntryKind kind, int owner, long newest) {
    ChainReader reader = new ChainReader(log, kind, owner, newest);
    long[] roots = {newest};
    for (long jump = reader.jump(); jump != Ref.NONE; jump = reader.jump()) {
      reader.moveTo(reader.read(jump), jump, SkewBinary.jump(reader.ordinal()));
      long[] longer = new long[roots.length + 1];
      System.arraycopy(roots, 0, longer, 1, roots.length);
      longer[0] = jump;
      roots = longer;
    }
    return roots;
  }

  private long jump() {
    return record.jump(kind, index);
  }

  /** The transaction it stands in. */
  public TransactionRecord record() {
    return record;
  }

  /** Index of the entry within the transaction. */
  public int index() {
    return index;
  }

  public long ordinal() {
    return record.ordinal(kind, index);
  }

  /** Where it stands. */
  public long ref() {
    return Ref.of(record.position(), index);
  }

  /**
   * Steps back to the newest node that is covered.
   *
   * @return false if there is none
   */
  public boolean backTo(Until until) {
    while (!until.covers(record.seq(), record.at())) {
      long jump = record.jump(kind, index);
      long previous = record.previous(kind, index);
      if (previous == Ref.NONE) {
        return false;
      }
      if (jump != Ref.NONE) {
        TransactionRecord target = read(jump);
        if (jump == previous || !until.covers(target.seq(), target.at())) {
          moveTo(target, jump, SkewBinary.jump(ordinal()));
          continue;
        }
      }
      moveTo(read(previous), previous, ordinal() - 1);
    }
    return true;
  }

  /** Steps back to the node with this ordinal, which must not be newer than where it stands. */
  public void backTo(long ordinal) {
    while (ordinal() > ordinal) {
      long jumpOrdinal = SkewBinary.jump(ordinal());
      if (jumpOrdinal >= ordinal) {
        long jump = record.jump(kind, index);
        moveTo(read(jump), jump, jumpOrdinal);
      } else {
        long previous = record.previous(kind, index);
        moveTo(read(previous), previous, ordinal() - 1);
      }
    }
  }

  private TransactionRecord read(long ref) {
    long position = Ref.position(ref);
    if (position == record.position()) {
      return record;
    }
    if (position > record.position()) {
      throw record.broken("links to position " + position + ", which is not before it");
    }
    return TransactionRecord.read(log, position);
  }

  private void moveTo(TransactionRecord target, long ref, long expectedOrdinal) {
    record = target;
    index = Ref.index(ref);
    checkOwner();
    if (ordinal() != expectedOrdinal) {
      throw record.broken(
          "entry "
              + index
              + " is number "
              + ordinal()
              + " of its chain, a link promised "
              + expectedOrdinal);
    }
  }

  private void checkOwner() {
    if (record.owner(kind, index) != owner) {
      throw record.broken(
          kind
              + " "
              + index
              + " is of number "
              + record.owner(kind, index)
              + ", a link promised "
              + owner);
    }
  }
}
