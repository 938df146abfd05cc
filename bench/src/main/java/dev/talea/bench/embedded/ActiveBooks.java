// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.RawFile;
import dev.talea.ledger.TransactionDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * A ledger of very many books of which a few are written to, next to its best single book under the
 * same number of drafts under way, and next to as many raw files as there are active books, each
 * written and synced by a thread of its own in pieces as large as the groups of a book were: what
 * the disk allows.
 */
public final class ActiveBooks {
  /** Under way over all books together, in either case. */
  private static final int OUTSTANDING_DRAFTS = 16_000;

  private static final int ACCOUNTS_PER_BOOK = 2;
  private static final int RAW_FILE_BYTES = 4 << 20;

  /** Writers end after a second without work; this is twice that, and one for the scheduler. */
  private static final long IDLE_NANOS = 3_000_000_000L;

  private ActiveBooks() {}

  /**
   * What was seen. Latencies are empty except those of {@code rawFiles}.
   *
   * @param createSeconds for the asset, the books and their accounts
   * @param threadsIdle of this process when nothing had been written for a while
   * @param threadsActive with the active books under load
   * @param transactionsPerBlock of an active book
   */
  public record Outcome(
      int books,
      int active,
      double createSeconds,
      int threadsBefore,
      int threadsIdle,
      int threadsActive,
      Measured single,
      Measured aggregate,
      Measured rawFiles,
      double transactionsPerBlock) {

    /** Transactions a second that so many raw files allow. */
    public double diskAllows() {
      return rawFiles.perSecond() * transactionsPerBlock;
    }
  }

  /**
   * Measures.
   *
   * @param directory an empty folder
   * @param seconds for each of the three measurements
   */
  public static Outcome run(Path directory, int books, int active, double seconds)
      throws IOException, InterruptedException {
    int threadsBefore = threads();
    Load load = new Load(books, ACCOUNTS_PER_BOOK);
    try (EmbeddedLedger ledger = EmbeddedLedger.open(directory.resolve("ledger"))) {
      long from = System.nanoTime();
      ledger.prepare(load);
      double createSeconds = (System.nanoTime() - from) / 1e9;
      LockSupport.parkNanos(IDLE_NANOS);
      int threadsIdle = threads();

      Pour warmUp = new Pour(ledger, load, 0, active, OUTSTANDING_DRAFTS / active, 0);
      warmUp.run(seconds / 2);
      Pour one = new Pour(ledger, load, active, 1, OUTSTANDING_DRAFTS / active, 1);
      Measured single = one.run(seconds);
      SyncMeter.Sums before = ledger.sums();
      Pour many = new Pour(ledger, load, 0, active, OUTSTANDING_DRAFTS / active, 2);
      Measured aggregate = many.run(seconds);
      SyncMeter.Sums group = ledger.sums().minus(before);
      Measured raw = rawFiles(directory, active, group.bytesPerSync(), seconds);
      return new Outcome(
          books,
          active,
          createSeconds,
          threadsBefore,
          threadsIdle,
          many.threadsSeen,
          single,
          aggregate,
          raw,
          group.recordsPerSync());
    }
  }

  private static int threads() {
    return Thread.getAllStackTraces().size();
  }

  private static Measured rawFiles(Path directory, int count, int bytes, double seconds)
      throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    List<RawFile> files = new ArrayList<>();
    try {
      Path folder = Files.createDirectory(directory.resolve("raw"));
      for (int i = 0; i < count; i++) {
        files.add(new RawFile(folder.resolve("raw-" + i), Math.max(RAW_FILE_BYTES, 4L * bytes)));
      }
      List<Future<Measured>> running = new ArrayList<>();
      for (RawFile file : files) {
        running.add(threads.submit(() -> file.repeat(bytes, 0, seconds)));
      }
      List<Measured> all = new ArrayList<>();
      for (Future<Measured> one : running) {
        all.add(one.get());
      }
      Measured sum = Measured.sum(all);
      // The threads ran beside each other, not one after the other.
      return new Measured(sum.operations(), sum.bytes(), sum.seconds() / count, sum.latency());
    } catch (ExecutionException e) {
      throw new IOException("a raw file could not be measured", e.getCause());
    } finally {
      threads.shutdownNow();
      for (RawFile file : files) {
        file.close();
      }
    }
  }

  /** Keeps the same number of drafts under way in each of some books, from one thread. */
  private static final class Pour {
    private static final long NUMBERS_PER_BOOK = 1L << 32;

    private final EmbeddedLedger ledger;
    private final Load load;
    private final int books;
    private final int draftsPerCommit;
    private final long[] next;
    private final EmbeddedLedger.Pipeline[] lines;
    private int threadsSeen;

    /**
     * @param pass keeps the keys of one pass apart from those of another
     */
    Pour(EmbeddedLedger ledger, Load load, int firstBook, int books, int outstanding, int pass) {
      this.ledger = ledger;
      this.load = load;
      this.books = books;
      this.draftsPerCommit = Math.max(1, outstanding / 2);
      this.next = new long[books];
      this.lines = new EmbeddedLedger.Pipeline[books];
      int perBook = books == 1 ? OUTSTANDING_DRAFTS : outstanding;
      for (int i = 0; i < books; i++) {
        next[i] = firstBook + i + load.books() * (pass * (NUMBERS_PER_BOOK / load.books()));
        lines[i] = new EmbeddedLedger.Pipeline(perBook);
      }
    }

    /** Goes round the books; a book whose room is taken is waited for, which keeps them level. */
    Measured run(double seconds) {
      long recordsBefore = ledger.sums().records();
      long bytesBefore = ledger.sums().bytes();
      long from = System.nanoTime();
      long until = from + (long) (seconds * 1e9);
      while (System.nanoTime() < until) {
        for (int i = 0; i < books; i++) {
          List<TransactionDraft> drafts = new ArrayList<>(draftsPerCommit);
          for (int j = 0; j < draftsPerCommit; j++) {
            drafts.add(load.draft(next[i]));
            next[i] += load.books();
          }
          lines[i].send(drafts.size(), () -> EmbeddedLedger.posted(ledger.store(), drafts));
        }
      }
      for (EmbeddedLedger.Pipeline line : lines) {
        line.await();
      }
      threadsSeen = threads();
      double taken = (System.nanoTime() - from) / 1e9;
      return new Measured(
          ledger.sums().records() - recordsBefore,
          ledger.sums().bytes() - bytesBefore,
          taken,
          Measured.histogram());
    }
  }
}
