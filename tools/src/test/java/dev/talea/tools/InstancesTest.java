// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TrialBalance;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers on one PostgreSQL database, under load from both sides, while one of them is killed
 * three times and the database is restarted once. Then the book has no gap and nothing twice,
 * everything acknowledged is in it, the balances are those of the events, and subscribers of both
 * servers have seen every event.
 */
@Tag("binary")
class InstancesTest {
  private static final String BOOK = "shared";
  private static final int ACCOUNTS = 10;
  private static final int LOADERS_PER_SIDE = 3;
  private static final int KILLS = 3;

  /** Every so many drafts come from both sides with the same key. */
  private static final int SHARED_EVERY = 4;

  @TempDir private Path directory;

  private final long seed = SystemTicker.nanos();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();

  /** One of the two servers, wherever its process is. */
  private final class Server implements AutoCloseable {
    final String name;
    final int port;
    final TaleaClient client;
    final List<Event> seen = new CopyOnWriteArrayList<>();
    TaleaProcess process;

    Server(String name, String token) throws IOException, InterruptedException {
      this.name = name;
      this.port = TaleaProcess.freePort();
      this.client = TaleaClient.builder("http://127.0.0.1:" + port).token(token).build();
      this.process = serve();
    }

    private TaleaProcess serve() throws IOException, InterruptedException {
      return TaleaProcess.start(directory, Map.of("TALEA_BIND", "127.0.0.1:" + port), "serve")
          .awaitLine("serving postgres://");
    }

    void killAndRestart() throws IOException, InterruptedException {
      process.kill();
      process = serve();
    }

    @Override
    public void close() {
      client.close();
      process.close();
    }
  }

  private static EmbeddedPostgres database(Path data, int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setPort(port)
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("fsync", "on")
        .start();
  }

  @Test
  @Timeout(240)
  void twoServersOnOneDatabaseLoseNothingWhateverDies() throws Exception {
    int databasePort = TaleaProcess.freePort();
    Path data = directory.resolve("data");
    EmbeddedPostgres database = database(data, databasePort);
    try {
      String url = "postgres://postgres@localhost:" + databasePort + "/postgres";
      try (TaleaProcess init = TaleaProcess.start(directory, Map.of(), "init", "--db-url", url)) {
        assertEquals(0, init.exitCode(), init::toString);
      }
      String token =
          Files.readString(directory.resolve(".env"))
              .lines()
              .filter(line -> line.startsWith("TALEA_API_TOKEN="))
              .findFirst()
              .orElseThrow()
              .substring("TALEA_API_TOKEN=".length());
      try (Server a = new Server("a", token);
          Server b = new Server("b", token)) {
        prepare(new BlockingLedger(a.client));
        List<Thread> watchers = List.of(watch(a), watch(b));
        List<Thread> loaders = new ArrayList<>();
        for (Server side : List.of(a, b)) {
          for (int i = 0; i < LOADERS_PER_SIDE; i++) {
            loaders.add(load(side, i));
          }
        }
        for (int kill = 1; kill <= KILLS; kill++) {
          awaitAcknowledged(acknowledged.size() + 300);
          a.killAndRestart();
        }
        awaitAcknowledged(acknowledged.size() + 300);
        database.close();
        database = database(data, databasePort);
        awaitAcknowledged(acknowledged.size() + 300);
        stop.set(true);
        for (Thread loader : loaders) {
          loader.join();
        }
        checkNoFailure();
        check(a, b, watchers);
      }
    } finally {
      stop.set(true);
      database.close();
    }
  }

  private static void prepare(BlockingLedger ledger) {
    ledger.registerAsset(new Asset("USD", AssetClass.FIAT, 2, "US dollar"));
    for (int i = 0; i < ACCOUNTS; i++) {
      ledger.openAccount(
          new Account(new AccountId(BOOK, "a" + i), "USD", AccountKind.ASSET, null, null));
    }
  }

  private Thread thread(String name, ThrowingRunnable work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception | AssertionError e) {
                failure.compareAndSet(null, e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  private Thread watch(Server side) {
    return thread(
        "watcher-" + side.name,
        () -> {
          try (EventStream events = side.client.subscribe(BOOK, 1)) {
            while (!Thread.currentThread().isInterrupted()) {
              Event event = events.poll(Duration.ofSeconds(1));
              if (event != null) {
                side.seen.add(event);
              }
            }
          } catch (InterruptedException e) {
            return; // that was all
          }
        });
  }

  private Thread load(Server side, int number) {
    BlockingLedger ledger = new BlockingLedger(side.client);
    return thread(
        "loader-" + side.name + number,
        () -> {
          for (int n = 0; !stop.get(); n++) {
            boolean shared = n % SHARED_EVERY == 0;
            String key = (shared ? "both" : side.name) + "-" + number + "-" + n;
            acknowledged.put(key, post(ledger, draft(key)));
          }
        });
  }

  /** The same key is always the same money. */
  private TransactionDraft draft(String key) {
    SplittableRandom random = new SplittableRandom(seed ^ key.hashCode());
    int from = random.nextInt(ACCOUNTS);
    int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
    Int128 minor = Int128.of(1 + random.nextInt(1_000));
    return new TransactionDraft(
        BOOK,
        key,
        List.of(
            new Posting("a" + to, minor, "USD", Side.DEBIT),
            new Posting("a" + from, minor, "USD", Side.CREDIT)),
        List.of(),
        null,
        null);
  }

  /** As a careful caller does: the same key until there is an answer. Returns the seq. */
  private long post(BlockingLedger ledger, TransactionDraft draft) throws InterruptedException {
    long until = SystemTicker.nanos() + Duration.ofSeconds(60).toNanos();
    while (true) {
      try {
        return ledger.post(draft).seq();
      } catch (RuntimeException e) {
        boolean refused =
            e instanceof LedgerException answer
                && !answer.error().code().matches("unavailable|overloaded|timeout|internal");
        if (refused || SystemTicker.nanos() > until) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }

  private void awaitAcknowledged(int count) throws InterruptedException {
    long until = SystemTicker.nanos() + Duration.ofSeconds(60).toNanos();
    while (acknowledged.size() < count) {
      checkNoFailure();
      assertTrue(
          SystemTicker.nanos() < until,
          "no progress for a minute: " + acknowledged.size() + " of " + count);
      Thread.sleep(20);
    }
  }

  private void checkNoFailure() {
    Throwable found = failure.get();
    if (found != null) {
      throw new AssertionError("seed " + seed, found);
    }
  }

  private void check(Server a, Server b, List<Thread> watchers) throws InterruptedException {
    BlockingLedger ledgerA = new BlockingLedger(a.client);
    BlockingLedger ledgerB = new BlockingLedger(b.client);
    long last = ledgerA.book(BOOK).lastSeq();
    assertEquals(last, ledgerB.book(BOOK).lastSeq());
    long until = SystemTicker.nanos() + Duration.ofSeconds(30).toNanos();
    while ((a.seen.size() < last || b.seen.size() < last) && SystemTicker.nanos() < until) {
      Thread.sleep(20);
    }
    watchers.forEach(Thread::interrupt);
    assertEquals(List.copyOf(a.seen), List.copyOf(b.seen), "what subscribers of both have seen");
    assertEquals(last, a.seen.size());

    Map<String, Long> seqs = new HashMap<>();
    Map<String, Long> balances = new HashMap<>();
    Set<Object> ids = new HashSet<>();
    long seq = 0;
    for (Event event : a.seen) {
      assertEquals(++seq, event.seq());
      if (event.payload() instanceof TransactionPosted posted) {
        String key = posted.draft().idempotencyKey();
        assertEquals(draft(key).occurredAt(event.at()), posted.draft(), key);
        assertEquals(null, seqs.put(key, event.seq()), "posted twice: " + key);
        assertTrue(ids.add(posted.id()), "an id twice: " + posted.id());
        for (Posting posting : posted.draft().postings()) {
          long minor = posting.minor().toLong();
          balances.merge(
              posting.account(), posting.direction() == Side.DEBIT ? minor : -minor, Long::sum);
        }
      }
    }
    acknowledged.forEach((key, at) -> assertEquals(at, seqs.get(key), "acknowledged: " + key));
    for (BlockingLedger ledger : List.of(ledgerA, ledgerB)) {
      balances.forEach(
          (path, minor) ->
              assertEquals(
                  Int128.of(minor),
                  ledger.balance(new AccountId(BOOK, path), null).effective(),
                  path));
      List<TrialBalance.Line> lines = ledger.trialBalance(BOOK, null).lines();
      assertEquals(1, lines.size());
      assertEquals(lines.get(0).debits(), lines.get(0).credits());
    }
    System.out.println(
        acknowledged.size()
            + " transactions acknowledged by two servers, "
            + KILLS
            + " kills and a restart of the database, none lost, none twice (seed "
            + seed
            + ")");
  }
}
