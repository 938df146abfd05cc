// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.Watches;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Opens a ledger on a simulated disk, with small files and nothing in the background. */
public final class SimulatedLedger {
  public static final Path DIRECTORY = Path.of("/data/talea");

  /** Segments, groups and space in steps that a short story gets through several of. */
  static final LogSettings SETTINGS =
      LogSettings.DEFAULTS
          .withSegmentBytesMax(1 << 16)
          .withGroupMax(1 << 13, 64)
          .withSpaceSteps(1 << 12, 1 << 14)
          .withIdleMillis(5);

  /** Checkpoints, files of keys and merges of them, all within a short story. */
  static final LogStoreSettings MAINTENANCE = LogStoreSettings.DEFAULTS.withMaintenance(12, 9);

  private static final AtomicLong RANDOM = new AtomicLong(20_261_120);
  private static final AtomicLong MICROS = new AtomicLong(1_700_000_000_000_000L);
  private static final AtomicLong NANOS = new AtomicLong();

  private SimulatedLedger() {}

  public static LogLedgerStore open(SimulatedDisk disk) {
    return open(disk, SETTINGS);
  }

  public static LogLedgerStore open(SimulatedDisk disk, LogSettings settings) {
    return LogLedgerStore.open(DIRECTORY, settings, MAINTENANCE, environment(disk), Runnable::run);
  }

  /**
   * Zero-filling in line, so that a crash point means the same thing every time; clocks that only
   * move when looked at, the monotonic one in steps that end every waiting period.
   */
  static LogEnvironment environment(SimulatedDisk disk) {
    return SystemLogEnvironment.create()
        .withDisk(disk)
        .withClock(() -> MICROS.addAndGet(100))
        .withNanos(() -> NANOS.addAndGet(1_000_000_000L))
        .withRandom(() -> RANDOM.addAndGet(0x9E3779B97F4A7C15L))
        .withBackground(Runnable::run);
  }

  /** A writer whose health is not reported. */
  static BookWriter writer(BookState state, BookMaintenance maintenance) {
    StoreHealth health = new StoreHealth((book, now) -> {});
    Notices notices = new Notices(new Watches((book, e) -> {}), Runnable::run);
    BookReport report = new BookReport(state.book, health, notices);
    StoreClock clock =
        new StoreClock(() -> MICROS.addAndGet(100), () -> 0, () -> 0, Long.MAX_VALUE / 2, health);
    return new BookWriter(state, maintenance, report, clock, new EveryMinute(System::nanoTime));
  }

  /** A segment file of a book whose name needs no encoding. */
  static Path segment(String book, long firstSeq) {
    return DIRECTORY.resolve("books").resolve(book).resolve(String.format("%020d.log", firstSeq));
  }
}
