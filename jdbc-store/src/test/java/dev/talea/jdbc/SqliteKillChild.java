// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * The process that {@link SqliteFaultsTest} kills: posts to a SQLite file until it dies, and writes
 * a line for every commit that was acknowledged. What it posts follows from round, thread and
 * number, so that the parent knows it too.
 */
final class SqliteKillChild {
  private static final int THREADS = 3;
  private static final int OUTSTANDING_MAX = 8;
  private static final int SENT_AGAIN = 10;

  private SqliteKillChild() {}

  /** Waits for a byte before it touches the ledger: starting a JVM takes time. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (System.in.read() < 0) {
      return;
    }
    SqlLedgerStore store =
        SqlLedgerStore.openSqlite(
            Path.of(args[0]), SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE);
    Traffic.world(store);
    int round = Integer.parseInt(args[1]);
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      threads.add(new Thread(() -> write(store, round, thread, out)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void write(SqlLedgerStore store, int round, int thread, OutputStream out) {
    Semaphore outstanding = new Semaphore(OUTSTANDING_MAX);
    for (int number = -SENT_AGAIN; ; number++) {
      // First what the round before may have left undone.
      int of = number < 0 ? round - 1 : round;
      int what = number < 0 ? number + SENT_AGAIN : number;
      List<TransactionDraft> drafts = drafts(of, thread, what);
      outstanding.acquireUninterruptibly();
      CompletableFuture<?> unused =
          store
              .commit(drafts.get(0).book(), drafts, true)
              .whenComplete(
                  (results, failure) -> {
                    outstanding.release();
                    tell(out, of, thread, what, results, failure);
                  });
    }
  }

  private static void tell(
      OutputStream out,
      int round,
      int thread,
      int number,
      List<PostResult> results,
      Throwable failure) {
    StringBuilder lines = new StringBuilder();
    if (failure != null) {
      lines.append("E|").append(failure).append(";\n");
    } else {
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i) instanceof Posted posted) {
          lines.append(
              String.join(
                  "|",
                  "A",
                  "" + round,
                  "" + thread,
                  "" + number,
                  "" + i,
                  "" + posted.txId(),
                  "" + posted.seq(),
                  "" + posted.at() + ";\n"));
        } else {
          lines.append("E|").append(results.get(i)).append(";\n");
        }
      }
    }
    synchronized (out) {
      try {
        out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** One, or three that are posted whole. */
  static List<TransactionDraft> drafts(int round, int thread, int number) {
    Random random = new Random(round * 1_000_003L + thread * 10_007L + number);
    String book = Traffic.BOOKS.get(random.nextInt(Traffic.BOOKS.size()));
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = number % 4 == 0 ? 3 : 1; i > 0; i--) {
      drafts.add(
          Drafts.move(
              book,
              round + "/" + thread + "/" + number + "/" + drafts.size(),
              "p" + random.nextInt(4),
              "p" + random.nextInt(4),
              1 + random.nextInt(1000),
              "EUR"));
    }
    return drafts;
  }
}
