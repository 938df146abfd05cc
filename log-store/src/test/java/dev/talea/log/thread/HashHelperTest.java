// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Whichever thread runs a task, the one that needs it gets what came of it. */
class HashHelperTest {

  private static final long SECOND = 1_000_000_000;

  @Test
  void aThreadThatNeedsATaskThatHasNotBegunDoesItItself() {
    AtomicReference<Thread> ran = new AtomicReference<>();
    FutureTask<?> task = new FutureTask<>(() -> ran.set(Thread.currentThread()), null);
    HashHelper idle =
        new HashHelper(
            run -> {
              throw new OutOfMemoryError("unable to create native thread (injected)");
            },
            SECOND,
            System::nanoTime);
    idle.offer(task);
    HashHelper.finish(task);
    assertSame(Thread.currentThread(), ran.get());
  }

  @Test
  void aFailureOfTheHashingReachesTheThreadThatNeedsIt() {
    FutureTask<?> task =
        new FutureTask<>(
            () -> {
              throw new IllegalArgumentException("wrong");
            },
            null);
    HashHelper helper = new HashHelper(HashHelperTest::daemon, SECOND, System::nanoTime);
    helper.offer(task);
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> HashHelper.finish(task));
    assertTrue(e.toString().contains("wrong"), e.toString());
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  }
}
