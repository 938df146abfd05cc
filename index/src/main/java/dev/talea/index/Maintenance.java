// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.Disk;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all books of a store share for the files they write in the background: the thread, the
 * settings, and the number of keys that may be in memory, over all books together.
 *
 * <p>Any thread may call. Nothing here is needed for the ledger to be right: if all of it fails,
 * opening takes longer.
 */
final class Maintenance {
  private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

  /** Mappings of key files beyond which those that are not in use are dropped. */
  private static final int MAPPED_MAX = 1024;

  private final Disk disk;
  private final Executor background;
  private final long checkpointEvery;
  private final long hotKeysMax;

  private final Set<BookMaintenance> books = ConcurrentHashMap.newKeySet();
  private final AtomicLong hotKeys = new AtomicLong();
  private volatile boolean closed;
  private final AtomicBoolean relieving = new AtomicBoolean();

  /**
   * @param background runs one task at a time
   * @param checkpointEvery events of a book between two checkpoints, at least
   * @param hotKeysMax keys in memory beyond which books are asked to file theirs
   */
  Maintenance(Disk disk, Executor background, long checkpointEvery, long hotKeysMax) {
    this.disk = disk;
    this.background = background;
    this.checkpointEvery = checkpointEvery;
    this.hotKeysMax = hotKeysMax;
  }

  /**
   * For books that are only looked at: files beside a log are read where they help, and neither
   * written nor deleted.
   */
  static Maintenance none(Disk disk) {
    return new Maintenance(
        disk,
        task -> {
          throw new RejectedExecutionException("nothing is maintained that is only looked at");
        },
        Long.MAX_VALUE / 2,
        0);
  }

  /** Whether files may be written and deleted here. */
  boolean keepsFiles() {
    return hotKeysMax > 0;
  }

  Disk disk() {
    return disk;
  }

  long checkpointEvery() {
    return checkpointEvery;
  }

  /** Keys that one book may hold in memory while it is being opened. */
  int keysAtOpening() {
    return (int) Math.min(hotKeysMax, 1 << 19);
  }

  void add(BookMaintenance book) {
    books.add(book);
  }

  void remove(BookMaintenance book) {
    books.remove(book);
  }

  /** Runs a task in the background; says whether it will. */
  boolean execute(Runnable task) {
    if (closed) {
      return false;
    }
    try {
      background.execute(task);
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError e) { // no thread to be had
      LOG.debug("No maintenance now", e);
      return false;
    }
  }

  /** A book holds more keys in memory, or, if negative, fewer. */
  void hotKeys(long change) {
    if (hotKeys.addAndGet(change) > hotKeysMax && relieving.compareAndSet(false, true)) {
      if (!execute(this::relieve)) {
        relieving.set(false);
      }
    }
  }

  private record Holding(BookMaintenance book, long keys) {}

  /** Has the books that hold most file their keys, until half of what may be in memory is. */
  private void relieve() {
    try {
      List<Holding> holdings = new ArrayList<>();
      for (BookMaintenance book : books) {
        holdings.add(new Holding(book, book.hotKeys())); // looked at once: it changes all the time
      }
      holdings.sort(Comparator.comparingLong(Holding::keys).reversed());
      long toFile = hotKeys.get() - hotKeysMax / 2;
      for (Holding holding : holdings) {
        if (toFile <= 0 || holding.keys == 0) {
          break;
        }
        holding.book.askToFile();
        toFile -= holding.keys;
      }
      unmapUnused();
    } finally {
      relieving.set(false);
    }
  }

  private void unmapUnused() {
    int mapped = 0;
    for (BookMaintenance book : books) {
      mapped += book.mappedFiles();
    }
    if (mapped > MAPPED_MAX) {
      books.forEach(BookMaintenance::unmapUnused);
    }
  }

  /**
   * Before closing: writes down what would make the next opening slow, and ends. Returns when
   * nothing runs in the background any more.
   */
  void finish() {
    awaitBackground();
    books.forEach(BookMaintenance::beginFinish);
    books.forEach(BookMaintenance::awaitFinish);
    closed = true;
    awaitBackground();
  }

  private void awaitBackground() {
    CountDownLatch reached = new CountDownLatch(1);
    try {
      background.execute(reached::countDown);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      LOG.warn("Maintenance is not waited for", e);
      return;
    }
    boolean interrupted = false;
    while (true) {
      try {
        reached.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // the files are in use until then
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
