// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Where a {@link LogWriter} puts its blocks: makes room, takes a block, makes it durable. Owned by
 * the writer thread, but for {@link #close}.
 *
 * <p>The line between what a writer decides (what is in a block, when it is committed, what is
 * answered) and what makes a block durable. The segments of a directory are behind it in a log on
 * disk; blocks on a quorum of machines could be.
 *
 * <p>For each block: {@code reserve}, then {@link #salt} and {@link #position} go into it, then
 * {@code append}, {@code sync}, {@code confirm}. If one of the last three throws, it is not known
 * whether the block is durable, and none of them is called again.
 */
public interface BlockSink {

  /** Where the log lies: what is left out of what clients are told. */
  Path folder();

  /**
   * Makes certain that a block with a body of this many bytes can be taken. Gives up nothing and
   * begins nothing that could not be begun again.
   *
   * @return how many bytes its body may really have
   * @throws SinkException if it cannot; fatal if it never will
   */
  int reserve(int bodyBytes) throws SinkException;

  /** Salt of the checksums at the {@link #position}. */
  long salt();

  /** Position of the next block, valid after {@link #reserve} until {@link #append}. */
  long position();

  /** Takes a block where {@link #reserve} made room. It need not be durable yet. */
  void append(ByteBuffer block) throws IOException, SinkException;

  /** Returns once the block is durable. */
  void sync() throws IOException, SinkException;

  /**
   * Returns if what was synced is what others will find, and no other writer has taken this one's
   * place. If not, no caller may be told that it is durable: it throws, for the reason {@code
   * REPLACED} or {@code FENCED}.
   */
  void confirm() throws SinkException;

  /** Position at which the block ends that was appended last. */
  long end();

  /** A group has been answered: the time to prepare for the next. */
  void lookAhead();

  /** A close mark is durable, and the writer is about to rest. */
  void marked();

  /** Gives up what an idle log should not hold; the next {@link #reserve} takes it again. */
  void release();

  /** Returns once nothing that was begun in the background goes on. Any thread, after the end. */
  void close();
}
