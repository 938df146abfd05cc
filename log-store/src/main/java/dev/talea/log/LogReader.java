// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import org.jspecify.annotations.Nullable;

/**
 * The durable part of a log, to be read by any number of threads at once.
 *
 * <p>Separate from {@link Log} because code that builds an index on opening, and code that looks at
 * the files beside a running writer, reads and does not write.
 *
 * <p><b>Seq</b> numbers records 1, 2, 3, ... without gaps. <b>Position</b> says where a record
 * lies; it grows with seq, never changes, and is never 0, so that 0 can mean "none". <b>Commit
 * time</b> belongs to a whole block, that is to all records of one group commit, and grows from one
 * group to the next.
 *
 * <p>Every method may throw {@link LogDamagedException} or {@link LogIoException} when it has to
 * read; nothing damaged is ever returned.
 */
public interface LogReader {

  /** How many records the subtrees of {@link #subtree} span. */
  int SUBTREE_RECORDS = 256;

  /** The name it was created with. */
  String name();

  /** A random number given at creation, the same in every segment of this log. */
  long id();

  /**
   * 16 bytes that are the same at every opening of this log, different for every log, and never
   * leave the process: a key for hashes in derived files, so that no client can choose values that
   * collide. A process that can read the files can compute them. A fresh copy.
   */
  byte[] secret();

  /** Seq of the last durable record, 0 if there is none. One volatile read. */
  long durableSeq();

  /** Commit time of the last durable record, 0 if there is none. */
  long durableTime();

  /**
   * Reads one record.
   *
   * @param position what {@link BlockBuilder#nextPosition}, {@link #positionOf} or a cursor gave
   * @throws IllegalArgumentException if the position is not within the durable part
   */
  LogRecord record(long position);

  /**
   * Where a record lies, in O(log n) steps plus a walk within one block.
   *
   * @throws IllegalArgumentException unless 1 &lt;= seq &lt;= {@link #durableSeq}
   */
  long positionOf(long seq);

  /**
   * Commit time of a record, in O(log n) steps.
   *
   * @throws IllegalArgumentException unless 1 &lt;= seq &lt;= {@link #durableSeq}
   */
  long commitTimeOf(long seq);

  /**
   * What a derived file keeps in order to be recognised later as one of this log and of this
   * history, in O(log n) steps plus a walk within one block.
   *
   * @throws IllegalArgumentException unless 1 &lt;= seq &lt;= {@link #durableSeq}
   */
  LogAnchor anchor(long seq);

  /** Seq of the last durable record committed at or before a moment, 0 if none, in O(log n). */
  long lastSeqAt(long micros);

  /**
   * A cursor whose first {@link LogCursor#next} gives the record of this seq.
   *
   * @throws IllegalArgumentException unless 1 &lt;= fromSeq &lt;= {@link #durableSeq} + 1
   */
  LogCursor cursor(long fromSeq);

  /**
   * The tree over all records hashed so far. While a writer runs it may be a block behind {@link
   * #durableSeq}, never ahead.
   */
  TreeHead treeHead();

  /**
   * The root over the records with seq 256 index + 1 to 256 index + 256, if it is at hand: if it
   * was hashed since the log was opened, and not long ago. Null otherwise; then the records say it.
   *
   * @param index of a subtree that {@link #treeHead} holds all of, from 0
   * @throws IllegalArgumentException if it is not complete
   */
  byte @Nullable [] subtree(long index);
}
