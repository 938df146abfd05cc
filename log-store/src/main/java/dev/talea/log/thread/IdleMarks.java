// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sees to the close marks of logs whose threads had to go before the logs were idle for long
 * enough. One for all logs of a directory; its thread is there while there is one to wait for.
 *
 * <p>A writer that retires because it has been idle marks the end itself. But where more logs are
 * written than there are threads, a thread leaves its log as soon as there is nothing to do; a mark
 * each time would be a second sync for every commit, and none would leave the last group unproven
 * for as long as the log rests. So such a log is remembered, and woken after the idle time; if it
 * has been busy since, nothing has to be done.
 */
final class IdleMarks implements OnDemandThread.Job {

  /** A log that is to be looked at again. */
  interface Unmarked {
    /** Whether it should still be woken. Any thread. */
    boolean mayNeedMark();

    /** Has its writer thread mark the end, unless there is something to write. Any thread. */
    void markSoon();
  }

  private record Due(Unmarked log, long nanos) {}

  private final ConcurrentLinkedQueue<Due> waiting = new ConcurrentLinkedQueue<>();
  private final long idleNanos;
  private final LongSupplier nanos;
  private final OnDemandThread thread;

  public IdleMarks(ThreadFactory threads, long idleNanos, LongSupplier nanos) {
    ThreadFactory named =
        task -> {
          Thread made = threads.newThread(task);
          made.setName("talea-log-marks");
          return made;
        };
    this.idleNanos = idleNanos;
    this.nanos = nanos;
    this.thread = new OnDemandThread(new WriterThreads(named, 1), this, idleNanos, nanos);
  }

  /** Has a log woken after the idle time. The caller sees to it that it is here only once. */
  void add(Unmarked log) {
    waiting.add(new Due(log, nanos.getAsLong() + idleNanos));
    thread.wake();
  }

  @Override
  public boolean hasWork() {
    return !waiting.isEmpty();
  }

  /** In the order of their coming, which is that of their times. */
  @Override
  public void work() {
    for (@Nullable Due first = waiting.peek(); first != null; first = waiting.peek()) {
      long left = first.nanos - nanos.getAsLong();
      if (left > 0 && first.log.mayNeedMark()) {
        LockSupport.parkNanos(this, left);
        Thread.interrupted(); // none may be sent; the next wait would not be one
      } else {
        waiting.poll();
        first.log.markSoon();
      }
    }
  }

  @Override
  public void rest(boolean idle) {
    // holds nothing
  }

  /** Then their last groups stay unproven until something else proves them, as after a crash. */
  @Override
  public void cannotStart(Throwable why) {
    giveUp();
  }

  @Override
  public void died(Throwable why) {
    giveUp();
  }

  private void giveUp() {
    for (@Nullable Due due = waiting.poll(); due != null; due = waiting.poll()) {
      due.log.markSoon();
    }
  }
}
