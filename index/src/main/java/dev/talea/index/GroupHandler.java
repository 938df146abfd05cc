// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Outage;
import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.LogUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * What the writers of a book and of the registry have in common: the order in which a durable group
 * becomes visible. State first, then (the log's part) the durable seq, then the answers, then those
 * who watch.
 *
 * <p>Runs on the log's writer thread.
 */
abstract class GroupHandler<R extends Request<?>> implements CommitHandler<R> {
  private final BookReport report;
  private final StoreClock clock;
  private final OpenGroup group;
  private boolean advanced;

  GroupHandler(BookReport report, StoreClock clock, OpenGroup group) {
    this.report = report;
    this.clock = clock;
    this.group = group;
  }

  /** Why nothing can be given a commit time, or null. */
  final @Nullable Outage noTime() {
    return clock.doubt();
  }

  /** As {@link #handle}. */
  abstract int decide(R request, BlockBuilder block);

  /**
   * Shows readers what is on disk now.
   *
   * @param lastSeq of the durable records
   */
  abstract void publish(long lastSeq);

  /** After the answers of a group have been given. */
  void afterGroup() {}

  /** Whether anything was accepted that is not on disk yet. */
  abstract boolean hasUnpublished();

  @Override
  public final long groupTime(long earliest) {
    report.given(clock, earliest);
    return group.open(earliest);
  }

  @Override
  public final void groupOver() {
    group.over();
  }

  @Override
  public final int handle(R request, BlockBuilder block) {
    tellOfAdvance();
    int probed = request.probedBytes();
    if (probed > 0) {
      return block.remaining() < probed ? probed : DONE;
    }
    return request instanceof HashedRequest ? DONE : decide(request, block);
  }

  @Override
  public final void publish(long firstSeq, long lastSeq) {
    publish(lastSeq);
    advanced = true;
    report.up();
  }

  @Override
  public final void committed(R request) {
    if (request.probedBytes() > 0) {
      report.up(); // there is room
    }
    request.answer();
  }

  @Override
  public final void refused(R request, LogUnavailableException why) {
    tellOfAdvance();
    report.down(why);
    request.refuse(why);
    if (!why.logGoesOn()) {
      group.wake();
    }
    boolean logGoesOn = why.logGoesOn();
    if (logGoesOn && hasUnpublished()) {
      // Then state in memory would be ahead of the log for good: stop here.
      throw new IllegalStateException(
          "the log took back records that had been accepted, and would go on", why);
    }
  }

  @Override
  public final void groupEnd() {
    tellOfAdvance();
    afterGroup();
  }

  /**
   * A group ends with answers, and then watchers are told. A block that holds a part of one long
   * batch and nothing else has no answers; what comes after it is the next call for that batch.
   */
  private void tellOfAdvance() {
    if (advanced) {
      advanced = false;
      report.advanced();
    }
  }
}
