// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import dev.talea.log.Log;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A thread that exists while there is work: started by the first {@link #wake}, parked when it has
 * nothing to do, ended after it has been parked for a while, started again by the next wake.
 *
 * <p>Apart from the writer because the three states below, and who may race with whom, deserve to
 * be looked at (and tested) alone:
 *
 * <pre>{@code
 *          wake: start a thread              worker: nothing to do
 * ABSENT ----------------------> RUNNING <-------------------------> PARKED
 *    ^                                     wake: unpark                 |
 *    +------------------------------------------------------------------+
 *                      worker: parked long enough
 * }</pre>
 *
 * Work is made visible (pushed on a queue) <em>before</em> wake reads the state. The worker writes
 * PARKED <em>before</em> it looks at the work for the last time. So of a push and a parking at the
 * same time at least one sees the other: either the worker finds the work, or the waker finds
 * PARKED and unparks. PARKED is left by compare-and-set only, so ending and waking cannot both
 * happen: a waker that loses finds ABSENT and starts a new thread. The worker gives up its
 * resources before it tries to end, so two threads never have them at once.
 */
final class OnDemandThread {

  /** What the thread does. All methods but {@link #hasWork} run on it. */
  interface Job {
    /** Whether there is something to do. Read from the thread, must see what wakers published. */
    boolean hasWork();

    /** Does everything there is to do, or some of it if it is contended. */
    void work();

    /**
     * Called before the thread may end: give up what an idle job should not hold.
     *
     * @param idle whether nothing has come for the whole of the idle time; false if the thread goes
     *     early because others need it
     */
    void rest(boolean idle);

    /** No thread could be started. Runs on the waking thread, which has the job to itself. */
    void cannotStart(Throwable why);

    /**
     * Something was thrown out of one of the others, and the thread ends. Runs on it, which still
     * has the job to itself. Leave nothing that waits for it; memory may have run out.
     */
    void died(Throwable why);
  }

  /** Somewhat more than it takes a caller to hear of an answer and to send his next request. */
  private static final long LINGER_NANOS = 40_000;

  /** As above and a wake-up, on a machine that has other things to do. */
  private static final long SOON_NANOS = 100_000;

  private static final int YIELDS_MAX = 1000;

  private enum State {
    ABSENT,
    RUNNING,
    PARKED
  }

  private final WriterThreads threads;
  private final Job job;
  private final long idleNanos;
  private final LongSupplier nanos;
  private final AtomicReference<State> state = new AtomicReference<>(State.ABSENT);
  private volatile @Nullable Thread worker;

  // Of the thread alone.
  private boolean comesSoon;
  private long idleSince;
  private long waited;

  OnDemandThread(WriterThreads threads, Job job, long idleNanos, LongSupplier nanos) {
    this.threads = threads;
    this.job = job;
    this.idleNanos = idleNanos;
    this.nanos = nanos;
  }

  /** From any thread, after work was made visible: sees to it that it gets done. */
  void wake() {
    while (true) {
      State seen = state.get();
      if (seen == State.RUNNING) {
        return; // it looks at the work again before it parks
      }
      if (seen == State.PARKED && state.compareAndSet(State.PARKED, State.RUNNING)) {
        LockSupport.unpark(worker);
        return;
      }
      if (seen == State.ABSENT && state.compareAndSet(State.ABSENT, State.RUNNING)) {
        // If that fails, cannotStart has dealt with what it saw; look again for what came later.
        if (start() || !job.hasWork()) {
          return;
        }
      }
    }
  }

  /**
   * If there is no thread, has the caller stand in for it: what it does is as exclusive as {@link
   * Job#work}.
   *
   * @return what the task returned; false if there is a thread
   */
  boolean inPlace(BooleanSupplier task) {
    if (!state.compareAndSet(State.ABSENT, State.RUNNING)) {
      return false;
    }
    boolean result;
    try {
      result = task.getAsBoolean();
    } finally {
      state.set(State.ABSENT);
    }
    if (job.hasWork()) {
      wake(); // of a thread that saw RUNNING and went away
    }
    return result;
  }

  /** For tests and for {@link Log}: whether a thread exists. */
  boolean present() {
    return state.get() != State.ABSENT;
  }

  /** Whether others wait for a thread, so that work should return after the group at hand. */
  boolean contended() {
    return threads.contended();
  }

  /** Whether the caller is that thread. */
  boolean isCurrent() {
    return Thread.currentThread() == worker;
  }

  private boolean start() {
    try {
      threads.start(this::run);
      return true;
    } catch (Throwable e) { // an OutOfMemoryError is how the JVM says that there are too many
      try {
        job.cannotStart(e);
      } finally {
        state.set(State.ABSENT);
      }
      return false;
    }
  }

  /**
   * Whatever is thrown in here, the state does not stay RUNNING without a thread: then no thread
   * would start another, and all that is queued would wait for ever.
   */
  private void run() {
    try {
      takeTurn();
    } catch (Throwable e) {
      worker = null;
      try {
        job.died(e);
      } finally {
        state.set(State.ABSENT);
      }
      if (job.hasWork()) {
        wake(); // of a thread that saw RUNNING and went away
      }
    }
  }

  private void takeTurn() {
    worker = Thread.currentThread();
    while (true) {
      job.work();
      if (threads.contended() && job.hasWork()) {
        job.rest(false);
        worker = null;
        threads.queue(this::run); // still RUNNING: a wake need not do anything
        return;
      }
      if (lingered()) {
        continue;
      }
      state.set(State.PARKED);
      if (job.hasWork()) {
        state.compareAndSet(State.PARKED, State.RUNNING); // or a waker has done it
        continue;
      }
      if (!parkUntilWoken()) {
        job.rest(waited >= idleNanos);
        worker = null;
        if (state.compareAndSet(State.PARKED, State.ABSENT)) {
          return;
        }
        worker = Thread.currentThread();
      }
    }
  }

  /**
   * Looks out for work a little before parking, if the last time it came soon after: a caller who
   * waits for each of his commits comes back within microseconds, and waking a parked thread takes
   * longer than that. Yields all the while, so that it costs only time that no other thread wants;
   * and one wait in vain ends it until work comes soon again.
   */
  @SuppressWarnings("ThreadPriorityCheck") // a yield here is politeness; nothing relies on it
  private boolean lingered() {
    idleSince = nanos.getAsLong();
    if (!comesSoon || threads.contended()) {
      return false;
    }
    for (int i = 0; i < YIELDS_MAX && nanos.getAsLong() - idleSince < LINGER_NANOS; i++) {
      if (job.hasWork()) {
        return true;
      }
      Thread.yield();
    }
    comesSoon = false;
    return false;
  }

  /**
   * Returns false if it was not woken in time. Parking may end early, for no reason at all or
   * because of a wake that came when the worker had just found the work by itself; only the clock
   * tells.
   */
  private boolean parkUntilWoken() {
    long patience = threads.patience(idleNanos);
    long parkedFor = 0;
    while (state.get() == State.PARKED && parkedFor < patience) {
      long before = nanos.getAsLong();
      LockSupport.parkNanos(this, patience - parkedFor);
      // An interrupt would make every park return at once; none may be sent, but a spinning
      // writer would be a poor way to find out.
      Thread.interrupted();
      parkedFor += nanos.getAsLong() - before;
    }
    waited = parkedFor;
    boolean woken = state.get() == State.RUNNING;
    comesSoon = woken && nanos.getAsLong() - idleSince < SOON_NANOS;
    return woken;
  }
}
