// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/**
 * Hashes the records of large blocks on another core, while their writer waits for the disk. One
 * thread for all logs of a directory, there while it is needed.
 *
 * <p>A help and never something to wait for: a writer that is back from the disk before its block
 * has been begun here does it itself, so a busy helper, or none, costs nothing. That is what {@link
 * FutureTask} is for: of several threads that run one, the first does it.
 */
final class HashHelper implements OnDemandThread.Job {

  private final ConcurrentLinkedQueue<FutureTask<?>> tasks = new ConcurrentLinkedQueue<>();
  private final OnDemandThread thread;

  public HashHelper(ThreadFactory threads, long idleNanos, LongSupplier nanos) {
    ThreadFactory named =
        task -> {
          Thread made = threads.newThread(task);
          made.setName("talea-log-hash");
          return made;
        };
    thread = new OnDemandThread(new WriterThreads(named, 1), this, idleNanos, nanos);
  }

  /** Perhaps runs a task, soon. */
  void offer(FutureTask<?> task) {
    tasks.add(task);
    thread.wake();
  }

  /** Runs a task unless it has been begun elsewhere, and returns when it has been done. */
  static void finish(FutureTask<?> task) {
    task.run();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("hashing a block failed: " + e.getCause(), e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean hasWork() {
    return !tasks.isEmpty();
  }

  @Override
  public void work() {
    for (FutureTask<?> task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run(); // keeps what it throws for the thread that finishes it
    }
  }

  @Override
  public void rest(boolean idle) {
    // holds nothing
  }

  @Override
  public void cannotStart(Throwable why) {
    tasks.clear(); // the writers do it
  }

  @Override
  public void died(Throwable why) {
    tasks.clear(); // as above; one that was begun keeps what it threw
  }
}
