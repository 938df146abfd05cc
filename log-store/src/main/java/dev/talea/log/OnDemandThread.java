package dev.talea.log;

import java.util.concurrent.ThreadFactory;
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
 * <pre>
 *            wake: start a thread              worker: nothing to do
 *   ABSENT ----------------------> RUNNING <-------------------------> PARKED
 *      ^                                     wake: unpark                 |
 *      +------------------------------------------------------------------+
 *                        worker: parked long enough
 * </pre>
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

    /** Does everything there is to do. Must not throw. */
    void work();

    /** Called before the thread may end: give up what an idle job should not hold. */
    void rest();

    /** No thread could be started. Runs on the waking thread, which has the job to itself. */
    void cannotStart(Throwable why);
  }

  private enum State {
    ABSENT,
    RUNNING,
    PARKED
  }

  private final ThreadFactory threads;
  private final Job job;
  private final long idleNanos;
  private final LongSupplier nanos;
  private final AtomicReference<State> state = new AtomicReference<>(State.ABSENT);
  private volatile @Nullable Thread worker;

  OnDemandThread(ThreadFactory threads, Job job, long idleNanos, LongSupplier nanos) {
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
   * Job#work}. Must not throw.
   *
   * @return what the task returned; false if there is a thread
   */
  boolean inPlace(BooleanSupplier task) {
    if (!state.compareAndSet(State.ABSENT, State.RUNNING)) {
      return false;
    }
    boolean result = task.getAsBoolean();
    state.set(State.ABSENT);
    if (job.hasWork()) {
      wake(); // of somebody who saw RUNNING and went away
    }
    return result;
  }

  /** For tests and for {@link Log}: whether a thread exists. */
  boolean present() {
    return state.get() != State.ABSENT;
  }

  /** Whether the caller is that thread. */
  boolean isCurrent() {
    return Thread.currentThread() == worker;
  }

  private boolean start() {
    try {
      Thread thread = threads.newThread(this::run);
      worker = thread;
      thread.start();
      return true;
    } catch (Throwable e) { // an OutOfMemoryError is how the JVM says that there are too many
      job.cannotStart(e);
      state.set(State.ABSENT);
      return false;
    }
  }

  private void run() {
    while (true) {
      job.work();
      state.set(State.PARKED);
      if (job.hasWork()) {
        state.compareAndSet(State.PARKED, State.RUNNING); // or a waker has done it
        continue;
      }
      if (!parkUntilWoken()) {
        job.rest();
        if (state.compareAndSet(State.PARKED, State.ABSENT)) {
          return;
        }
      }
    }
  }

  /**
   * Returns false if it was not woken in time. Parking may end early, for no reason at all or
   * because of a wake that came when the worker had just found the work by itself; only the clock
   * tells.
   */
  private boolean parkUntilWoken() {
    long parkedFor = 0;
    while (state.get() == State.PARKED && parkedFor < idleNanos) {
      long before = nanos.getAsLong();
      LockSupport.parkNanos(this, idleNanos - parkedFor);
      // An interrupt would make every park return at once; nobody may send one, but a spinning
      // writer would be a poor way to find out.
      Thread.interrupted();
      parkedFor += nanos.getAsLong() - before;
    }
    return state.get() == State.RUNNING;
  }
}
