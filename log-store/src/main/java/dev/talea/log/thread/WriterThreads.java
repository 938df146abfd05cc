// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import java.util.ArrayDeque;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that the threads of many logs are never more than a limit, and that logs take turns
 * when there are more of them with something to do. Any thread; the monitor guards what is not
 * volatile.
 *
 * <p>A turn is {@link OnDemandThread}'s work for one log. No thread is made to stop: one that works
 * asks {@link #contended} after each group, and one that rests asks for how long it may. A thread
 * whose turn has ended stays a moment for the next log that needs one: where hundreds of logs each
 * have a little to write, starting a thread for each would cost more than the writing.
 */
final class WriterThreads {

  /** With more than half of the threads taken, idle ones are not kept for longer than this. */
  private static final long SHORT_NANOS = 10_000_000;

  /** How long a thread without a log stays, at least; at most twice that. */
  private static final long STAY_NANOS = 100_000_000;

  /** A thread without a log, waiting for a turn. */
  private static final class Seat {
    final Thread thread = Thread.currentThread();
    volatile @Nullable Runnable turn;
  }

  private final ThreadFactory factory;
  private final int threadsMax;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

  /** The one that came last is taken first, so that those not needed get old and leave. */
  private final ArrayDeque<Seat> free = new ArrayDeque<>();

  private volatile int alive;
  private volatile boolean contended;

  public WriterThreads(ThreadFactory factory, int threadsMax) {
    this.factory = factory;
    this.threadsMax = threadsMax;
  }

  /**
   * Has a turn run on a free thread, a new one, or the first that gets free if there may be no
   * more. Throws whatever the system throws if it has no thread left.
   */
  synchronized void start(Runnable turn) {
    Seat seat = free.pollFirst();
    if (seat != null) {
      seat.turn = turn;
      LockSupport.unpark(seat.thread);
      return;
    }
    if (alive >= threadsMax) {
      queue(turn);
      return;
    }
    factory.newThread(() -> serve(turn)).start();
    alive++;
  }

  /** A turn that was cut short goes on after all that are waiting. */
  synchronized void queue(Runnable turn) {
    waiting.add(turn);
    contended = true;
  }

  /** Whether a log waits for a thread, so that turns should end. One volatile read. */
  boolean contended() {
    return contended;
  }

  /** How long a thread with nothing to do may be kept, at most as long as it would like. */
  long patience(long nanos) {
    if (contended) {
      return 0;
    }
    return 2 * alive > threadsMax + 1 ? Math.min(nanos, SHORT_NANOS) : nanos;
  }

  /** A turn deals with what is thrown in it; if something gets here all the same, it ends there. */
  private void serve(Runnable first) {
    Seat seat = null;
    Runnable turn = first;
    while (turn != null) {
      try {
        turn.run();
        seat = new Seat();
        turn = next(seat);
        seat = null;
      } catch (
          Throwable e) { // out of memory, say: the seat goes back, and what waits gets a thread
        turn = leaveAtOnce(seat);
      }
    }
  }

  private @Nullable Runnable next(Seat seat) {
    synchronized (this) {
      Runnable turn = pollWaiting();
      if (turn != null) {
        return turn;
      }
      free.addFirst(seat);
    }
    // Twice, because the permit of a call that came during the last turn ends the first wait at
    // once.
    // Waking early for any other reason only means to leave early.
    for (int wait = 0; wait < 2 && seat.turn == null; wait++) {
      LockSupport.parkNanos(this, STAY_NANOS);
      Thread.interrupted(); // none may be sent; the next wait would not be one
    }
    return leave(seat);
  }

  private @Nullable Runnable pollWaiting() {
    Runnable turn = waiting.poll();
    contended = !waiting.isEmpty();
    return turn;
  }

  /** What has been put on the seat, or null if the thread may go. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only ever written under the monitor
  private synchronized @Nullable Runnable leave(Seat seat) {
    if (seat.turn == null) {
      free.remove(seat);
      alive--;
    }
    return seat.turn;
  }

  /** As {@link #leave}, without waiting and without needing memory. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only ever written under the monitor
  private synchronized @Nullable Runnable leaveAtOnce(@Nullable Seat seat) {
    Runnable turn = null;
    if (seat != null) {
      free.remove(seat);
      turn = seat.turn;
      seat.turn = null;
    }
    if (turn == null) {
      turn = pollWaiting();
    }
    if (turn == null) {
      alive--;
    }
    return turn;
  }
}
