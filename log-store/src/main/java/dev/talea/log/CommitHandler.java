// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/**
 * What a log's user does with its requests: decides each one and encodes it into the block of a
 * group commit. The log does the rest.
 *
 * <p>All methods are called on the log's writer thread, one at a time, for one group after the
 * other:
 *
 * <pre>
 *   handle(r1) handle(r2) ...   write, sync   publish(first, last)   committed(r1) committed(r2) ... groupEnd()
 * </pre>
 *
 * Every request accepted by {@link Log#submit} ends in exactly one call of {@link #committed} or
 * {@link #refused}. An exception out of any of these methods is a bug; it fails the log for good,
 * because it is not known what state the handler is in. None of them may interrupt the thread it
 * runs on, or wait for another request to this log.
 *
 * @param <R> requests
 */
public interface CommitHandler<R> {

  /** What {@link #handle} returns when it has finished with a request. */
  int DONE = 0;

  /**
   * Decides a request and appends no, one or several records.
   *
   * <p>A request that does not find enough {@link BlockBuilder#remaining()} room returns how many
   * bytes it needs ({@link BlockBuilder#bytesFor} for each record). Then the block is made longer
   * if it may be; if not, and it is not empty, it is committed with what is in it and space is
   * reserved for the next; and this method is called again with the same request and at least that
   * much room. So a request may span blocks, becoming durable piece by piece, unless it asks for
   * all its room before its first record: that is how an atomic batch stays in one block.
   *
   * <p>A request that appends nothing is answered with the block too if the block has records (what
   * it saw may not be durable yet), else at once and without a sync.
   *
   * @return {@link #DONE}, or the number of bytes needed to go on
   */
  int handle(R request, BlockBuilder block);

  /**
   * The records of the group are on disk. Make them visible here: {@link LogReader#durableSeq}
   * moves right after this returns, and answers go out after that. Their positions can be read
   * already.
   */
  void publish(long firstSeq, long lastSeq);

  /** The request is finished and all it appended and saw is durable: answer it. */
  void committed(R request);

  /**
   * The request will not be finished. What it appended in earlier blocks is durable; what it had in
   * the block under way is lost, or unknown if {@link LogUnavailableException#mayBeDurable()}.
   *
   * <p>If no thread could be started, this is called on the thread that submitted.
   */
  void refused(R request, LogUnavailableException why);

  /**
   * A group is about to begin, with the first request of a block; or the block that was begun is
   * begun anew, because it had no record and not the room that was asked for.
   *
   * @param earliest the clock's time, or, if that is not later, a microsecond after the group
   *     before
   * @return the commit time of the group: that or a later one
   */
  default long groupTime(long earliest) {
    return earliest;
  }

  /**
   * The group that began with {@link #groupTime} is over: it is durable, {@link
   * LogReader#durableSeq} has moved, and answers come next; or it had no records. Not called if the
   * log fails, when it is not known whether the group is on disk. May come without a group.
   */
  default void groupOver() {}

  /** All answers of a group have been given; a place to flush them together. */
  default void groupEnd() {}
}
