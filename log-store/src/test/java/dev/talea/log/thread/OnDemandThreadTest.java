// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A thread that comes and goes: no wake-up is lost, and no failure leaves anything waiting. */
class OnDemandThreadTest {

  /**
   * Requests arrive around the moment at which the thread parks or ends, over and over. A lost
   * wake-up would leave one of them unanswered for ever.
   */
  @Test
  void noRequestIsStrandedWhenItComesAsTheThreadParksOrEnds() throws Exception {
    AtomicInteger queued = new AtomicInteger();
    AtomicInteger ends = new AtomicInteger();
    Semaphore handled = new Semaphore(0);
    OnDemandThread.Job job =
        new OnDemandThread.Job() {
          @Override
          public boolean hasWork() {
            return queued.get() > 0;
          }

          @Override
          public void work() {
            handled.release(queued.getAndSet(0));
          }

          @Override
          public void rest(boolean idle) {
            ends.incrementAndGet();
          }

          @Override
          public void cannotStart(Throwable why) {
            throw new AssertionError(why);
          }

          @Override
          public void died(Throwable why) {
            throw new AssertionError(why);
          }
        };
    OnDemandThread thread =
        new OnDemandThread(
            new WriterThreads(OnDemandThreadTest::daemon, 2), job, 30_000, System::nanoTime);
    for (int i = 0; i < 20_000; i++) {
      for (int wait = i % 97 * 40; wait > 0; wait--) {
        Thread.onSpinWait(); // moves the next request through the states of the thread
      }
      queued.incrementAndGet();
      thread.wake();
      assertTrue(handled.tryAcquire(60, TimeUnit.SECONDS), "request " + i + " was stranded");
    }
    assertTrue(ends.get() > 0, "the thread never went to end, so this tests nothing");
  }

  /** A job that throws is told so, its seat is free for others, and it is started again. */
  @Test
  void aThreadThatDiesLeavesNothingBehind() throws Exception {
    WriterThreads threads = new WriterThreads(Thread::new, 1);
    AtomicInteger work = new AtomicInteger(1);
    Semaphore deaths = new Semaphore(0);
    Semaphore done = new Semaphore(0);
    AtomicBoolean sick = new AtomicBoolean(true);
    OnDemandThread thread =
        new OnDemandThread(
            threads,
            new OnDemandThread.Job() {
              @Override
              public boolean hasWork() {
                return work.get() > 0;
              }

              @Override
              public void work() {
                if (sick.get()) {
                  throw new OutOfMemoryError("injected");
                }
                done.release(work.getAndSet(0));
              }

              @Override
              public void rest(boolean idle) {}

              @Override
              public void cannotStart(Throwable why) {
                throw new AssertionError(why);
              }

              @Override
              public void died(Throwable why) {
                work.set(0);
                deaths.release();
                throw new OutOfMemoryError("and once more");
              }
            },
            1_000_000,
            System::nanoTime);
    for (int i = 0; i < 20; i++) {
      work.set(1);
      thread.wake();
      assertTrue(deaths.tryAcquire(20, TimeUnit.SECONDS), "death " + i);
      while (thread.present()) {
        Thread.onSpinWait();
      }
    }
    sick.set(false);
    work.set(1);
    thread.wake();
    assertTrue(done.tryAcquire(20, TimeUnit.SECONDS), "the only seat was lost");
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  }
}
