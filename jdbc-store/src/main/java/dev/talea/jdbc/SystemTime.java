// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Micros;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The machine's clock, waiting and threads, in one place, because nothing else of this room asks
 * for them. Handed out where a store is opened.
 *
 * <p>Stateless; any thread.
 */
final class SystemTime implements StoreTime {
  static final StoreTime MACHINE = new SystemTime();

  private SystemTime() {}

  @Override
  public long micros() {
    return Micros.floor(Instant.now());
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void awaitEnd(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Override
  public Thread thread(Runnable task, String name) {
    return new Thread(task, name);
  }
}
