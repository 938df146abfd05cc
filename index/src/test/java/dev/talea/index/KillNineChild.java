// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;

import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
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
 * The process that {@link KillNineTest} kills: several threads that write to several books until
 * they die, and a line on standard output for every commit that was acknowledged, written before
 * the next one of that thread is waited for.
 *
 * <p>What it sends is a function of round, thread and number, so that the parent knows it too.
 */
final class KillNineChild {
  static final List<String> BOOKS = List.of("b0", "b1", "b2");
  static final int THREADS = 4;

  private static final List<String> PATHS = List.of("p0", "p1", "p2", "p3");
  private static final LogStoreSettings SETTINGS =
      LogStoreSettings.DEFAULTS.withLog(1 << 18, 1000, 200).withMaintenance(500, 300);
  private static final int OUTSTANDING_MAX = 8;
  private static final int SENT_AGAIN = 20;

  private final LogLedgerStore store;
  private final int round;
  private final OutputStream out;

  private KillNineChild(LogLedgerStore store, int round, OutputStream out) {
    this.store = store;
    this.round = round;
    this.out = out;
  }

  /** Waits for a byte on standard input before it touches the ledger: starting a JVM takes time. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (System.in.read() < 0) {
      return;
    }
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    KillNineChild child = new KillNineChild(open(Path.of(args[0])), Integer.parseInt(args[1]), out);
    child.store.registerAsset(fiat("EUR")).join();
    for (String book : BOOKS) {
      for (String path : PATHS) {
        child.store.openAccount(account(book, path, "EUR")).join();
      }
    }
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      threads.add(new Thread(() -> child.write(thread), "client " + i));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  static LogLedgerStore open(Path directory) {
    return LogLedgerStore.open(directory, SETTINGS);
  }

  private void write(int thread) {
    Semaphore outstanding = new Semaphore(OUTSTANDING_MAX);
    for (int number = 0; number < SENT_AGAIN; number++) {
      send(round - 1, thread, number, outstanding);
    }
    for (int number = 0; ; number++) {
      send(round, thread, number, outstanding);
    }
  }

  private void send(int ofRound, int thread, int number, Semaphore outstanding) {
    List<TransactionDraft> drafts = drafts(ofRound, thread, number);
    outstanding.acquireUninterruptibly();
    CompletableFuture<?> unused =
        store
            .commit(drafts.get(0).book(), drafts, isAtomic(number))
            .whenComplete(
                (results, failure) -> {
                  outstanding.release();
                  if (failure != null) {
                    tell("E|" + failure);
                    return;
                  }
                  for (int i = 0; i < results.size(); i++) {
                    tell(ofRound, thread, number, i, results.get(i));
                  }
                });
  }

  private void tell(int ofRound, int thread, int number, int index, PostResult result) {
    if (result instanceof Posted posted) {
      tell(
          String.join(
              "|",
              "A",
              "" + ofRound,
              "" + thread,
              "" + number,
              "" + index,
              "" + posted.txId(),
              "" + posted.seq(),
              "" + Micros.floor(posted.at())));
    } else {
      tell("E|" + result);
    }
  }

  /** One line at a time; the semicolon tells a whole line from a torn one. */
  private void tell(String line) {
    synchronized (out) {
      try {
        out.write((line + ";\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static boolean isAtomic(int number) {
    return number % 10 == 5;
  }

  /** Mostly one; sometimes a batch, sometimes one that is to be posted whole. */
  static List<TransactionDraft> drafts(int round, int thread, int number) {
    Random random = new Random(round * 1_000_003L + thread * 10_007L + number);
    String book = BOOKS.get(random.nextInt(BOOKS.size()));
    int count = isAtomic(number) ? 4 : number % 10 == 0 ? 10 : 1;
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Int128 amount =
          random.nextInt(30) == 0
              ? Int128.ofParts(random.nextInt(1000), random.nextLong())
              : Int128.of(1 + random.nextInt(1000));
      boolean extras = random.nextInt(5) == 0;
      drafts.add(
          new TransactionDraft(
              book,
              round + "/" + thread + "/" + number + "/" + i,
              List.of(
                  new Posting(path(random), amount, "EUR", Side.DEBIT),
                  new Posting(path(random), amount, "EUR", Side.CREDIT)),
              extras ? List.of(new ExternalRef("n", "" + number)) : List.of(),
              extras ? new JsonText("\"" + "m".repeat(random.nextInt(300)) + "\"") : null,
              null));
    }
    return drafts;
  }

  private static String path(Random random) {
    return PATHS.get(random.nextInt(PATHS.size()));
  }
}
