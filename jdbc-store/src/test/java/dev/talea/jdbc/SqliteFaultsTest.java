// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.service.LedgerService;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A SQLite file that others use too, that is damaged, missing, of another program, and whose
 * process is killed.
 */
@Tag("slow")
class SqliteFaultsTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final AccountId ACCOUNT = new AccountId("b0", "p0");
  private static final int KILLS = Integer.getInteger("talea.kill.rounds", 10);
  private static final long SEED = Long.getLong("talea.kill.seed", 20_261_121L);

  @TempDir private Path directory;
  private int drafts;

  private Path file() {
    return directory.resolve("ledger.db");
  }

  private static SqlLedgerStore open(Path file) {
    return SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE);
  }

  private SqlLedgerStore opened() {
    SqlLedgerStore store = open(file());
    Traffic.world(store);
    return store;
  }

  private Connection around() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file());
  }

  private TransactionDraft draft() {
    return Drafts.move("b0", "draft " + drafts++, "p0", "p1", 1, "EUR");
  }

  private static CompletableFuture<List<PostResult>> send(
      SqlLedgerStore store, TransactionDraft draft) {
    return store.commit("b0", List.of(draft), false);
  }

  private static Posted posted(CompletableFuture<List<PostResult>> answer) {
    return assertInstanceOf(Posted.class, answer.orTimeout(60, TimeUnit.SECONDS).join().get(0));
  }

  @Test
  void anotherProcessHoldsTheWriteLockForALittleWhile() throws Exception {
    try (SqlLedgerStore store = opened();
        Connection other = around();
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      CompletableFuture<List<PostResult>> answer = send(store, draft());
      store.reads().balance(ACCOUNT, null); // readers wait for no writer
      Thread.sleep(200); // not for something to happen, but so that it has begun to wait
      assertFalse(answer.isDone());
      statement.execute("COMMIT");
      assertFalse(posted(answer).deduplicated());
    }
  }

  @Test
  void anotherProcessHoldsTheWriteLockForLong() throws Exception {
    SqlLedgerStore store = opened();
    try (Connection other = around();
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      TransactionDraft draft = draft();
      CompletableFuture<List<PostResult>> answer = send(store, draft);
      assertTimeout(
          SOON, () -> assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> answer.join())));
      store.reads().balance(ACCOUNT, null);
      statement.execute("COMMIT");
      assertFalse(posted(send(store, draft)).deduplicated());
      statement.execute("BEGIN IMMEDIATE");
      CompletableFuture<List<PostResult>> last = send(store, draft());
      assertTimeout(SOON, store::close);
      assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> last.join()));
    }
  }

  /** What fails half-way must not go on holding the lock that all writers need. */
  @Test
  void afterAFailureNoWriterIsLockedOut() throws Exception {
    try (SqlLedgerStore store = opened();
        Connection other = around();
        Statement statement = other.createStatement()) {
      statement.execute(
          "CREATE TRIGGER full BEFORE INSERT ON talea_posting BEGIN SELECT RAISE(ABORT, 'no'); END");
      assertNotNull(Traffic.errorOf(() -> send(store, draft()).join()));
      statement.execute("PRAGMA busy_timeout = 100");
      statement.execute("DROP TRIGGER full");
      assertFalse(posted(send(store, draft())).deduplicated());
      Traffic.audit(store, List.of());
    }
  }

  @Test
  void parallelBooksAndReadersMeetNoLock() throws Exception {
    try (SqlLedgerStore here = opened();
        SqlLedgerStore there = open(file());
        Traffic traffic = new Traffic(List.of(here, there), 6)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        SqlLedgerStore store = i % 2 == 0 ? here : there;
        FutureTask<?> reader =
            new FutureTask<>(
                () -> {
                  for (int n = 0; n < 1_000; n++) {
                    String book = Traffic.BOOKS.get(n % Traffic.BOOKS.size());
                    store.reads().balance(new AccountId(book, "p1"), null);
                    store.reads().trialBalance(book, null);
                    store
                        .reads()
                        .events(book, Math.max(0, store.reads().lastSeq(book) - 10), 10, 10_000);
                  }
                  return null;
                });
        new Thread(reader).start();
        readers.add(reader);
      }
      traffic.awaitMore(1_000);
      for (Future<?> reader : readers) {
        reader.get();
      }
      traffic.audit(there);
    }
  }

  @Test
  void aCommitByAnotherProcessIsNoticedWithinASecond() throws Exception {
    try (SqlLedgerStore here = opened();
        SqlLedgerStore there = open(file());
        EventStream stream = new LedgerService(here, Runnable::run).subscribe("b0", 5)) {
      for (int i = 0; i < 5; i++) {
        Posted posted = posted(send(there, draft()));
        Event event = stream.poll(Duration.ofSeconds(1));
        assertNotNull(event, "not noticed");
        assertEquals(posted.seq(), event.seq());
      }
    }
  }

  @Test
  void commitsAreSyncedAndTheLogOfChangesIsOn() throws Exception {
    try (SqlLedgerStore store = opened();
        Connection other = around();
        Statement statement = other.createStatement()) {
      assertEquals("sqlite", store.backend());
      try (ResultSet row = statement.executeQuery("PRAGMA journal_mode")) {
        assertEquals("wal", row.getString(1));
      }
      posted(send(store, draft()));
      assertTrue(Files.size(directory.resolve("ledger.db-wal")) > 0);
    }
    SqliteDatabase database =
        new SqliteDatabase(
            file(),
            SqlStoreSettings.DEFAULTS,
            SqliteClock.ofMachine(SqlStoreSettings.DEFAULTS),
            SystemTime.MACHINE);
    try {
      database.prepare(true);
      // What its writer really runs with, not what it was told.
      assertEquals("2", database.writerPragma("synchronous"));
      assertEquals("wal", database.writerPragma("journal_mode"));
    } finally {
      database.close();
    }
  }

  private static String refusal(Path file) {
    SqlStoreException e = assertThrows(SqlStoreException.class, () -> open(file).close());
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains(file.toString()), message);
    return message;
  }

  @Test
  void aDirectoryThatIsMissingIsSaid() {
    String message = refusal(directory.resolve("nowhere").resolve("ledger.db"));
    assertTrue(message.contains("there is no directory"), message);
  }

  @Test
  void aDirectoryIsNoFile() {
    String message = refusal(directory);
    assertTrue(message.contains("neither opened nor made"), message);
  }

  @Test
  void aFileThatIsNotOneIsLeftAlone() throws Exception {
    Path foreign = directory.resolve("foreign");
    String text = "This is not a database, but a diary. ".repeat(200);
    Files.writeString(foreign, text);
    String message = refusal(foreign);
    assertTrue(message.contains("not a database"), message);
    assertEquals(text, Files.readString(foreign));
  }

  @Test
  void aDamagedFileIsSaid() throws Exception {
    opened().close();
    byte[] bytes = Files.readAllBytes(file());
    Arrays.fill(bytes, 100, bytes.length, (byte) 0x5a);
    Files.write(file(), bytes);
    String message = refusal(file());
    assertTrue(message.contains("malformed") || message.contains("CORRUPT"), message);
  }

  @Test
  void whatCannotBeWrittenIsSaid() throws Exception {
    opened().close();
    assumeFalse(System.getProperty("user.name").equals("root"), "root may write anywhere");
    assertTrue(file().toFile().setWritable(false));
    assertTrue(refusal(file()).contains("readonly"));
    assertTrue(directory.toFile().setWritable(false));
    try {
      refusal(directory.resolve("new.db"));
    } finally {
      assertTrue(directory.toFile().setWritable(true));
    }
  }

  @Test
  void manyOpenANewFileAtTheSameMoment() throws Exception {
    for (int round = 0; round < 40; round++) {
      Path file = directory.resolve("new " + round);
      List<FutureTask<SqlLedgerStore>> openings = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        FutureTask<SqlLedgerStore> opening = new FutureTask<>(() -> open(file));
        openings.add(opening);
        new Thread(opening).start();
      }
      for (FutureTask<SqlLedgerStore> opening : openings) {
        opening.get().close();
      }
    }
  }

  @Test
  void nothingAcknowledgedIsLostOrDoubledHoweverOftenTheProcessIsKilled() throws Exception {
    Random random = new Random(SEED);
    List<Traffic.Ack> acks = new ArrayList<>();
    Process next = start(1);
    try {
      for (int round = 1; round <= KILLS; round++) {
        Process child = next;
        try {
          next = start(round + 1);
          runAndKill(child, random.nextInt(5) == 0 ? 0 : random.nextInt(300), acks);
        } finally {
          child.destroyForcibly();
        }
        if (round % 3 == 0 || round == KILLS) {
          audit(acks);
        }
      }
    } finally {
      next.destroyForcibly();
    }
    assertTrue(acks.size() > KILLS, "the children got nothing done");
    System.out.printf(
        "[talea] SqliteFaultsTest: killed %d times, %d commits acknowledged, seed %d%n",
        KILLS, acks.size(), SEED);
  }

  private void audit(List<Traffic.Ack> acks) {
    try (SqlLedgerStore store = open(file())) {
      Traffic.audit(store, acks);
      for (String book : Traffic.BOOKS) {
        Set<String> keys = new HashSet<>();
        List<TransactionDraft> there = new ArrayList<>();
        for (Event event : Traffic.events(store, book)) {
          if (event.payload() instanceof TransactionPosted posted) {
            keys.add(posted.draft().idempotencyKey());
            there.add(posted.draft());
          }
        }
        for (TransactionDraft draft : there) {
          String[] key = draft.idempotencyKey().split("/", -1);
          List<TransactionDraft> sent =
              SqliteKillChild.drafts(
                  Integer.parseInt(key[0]), Integer.parseInt(key[1]), Integer.parseInt(key[2]));
          assertEquals(sent.get(Integer.parseInt(key[3])), draft);
          sent.forEach(each -> assertTrue(keys.contains(each.idempotencyKey()), "half a batch"));
        }
      }
    }
  }

  private Process start(int round) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-cp",
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.contains("logback"))
                .collect(Collectors.joining(File.pathSeparator)),
            SqliteKillChild.class.getName(),
            file().toString(),
            "" + round)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void runAndKill(Process child, int enough, List<Traffic.Ack> acks)
      throws IOException {
    OutputStream in = child.getOutputStream();
    in.write('g');
    in.flush();
    BufferedReader lines = child.inputReader(StandardCharsets.UTF_8);
    int before = acks.size();
    if (enough == 0) {
      child.toHandle().destroyForcibly();
    }
    // What the child wrote before it died is still in the pipe after that.
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.endsWith(";")) {
        acks.add(ack(line.substring(0, line.length() - 1)));
      }
      if (acks.size() - before >= enough) {
        child.toHandle().destroyForcibly();
      }
    }
    assertEquals(137, child.onExit().join().exitValue(), "the child ended by itself");
  }

  private static Traffic.Ack ack(String line) {
    String[] words = line.split("\\|", -1);
    assertEquals("A", words[0], () -> "the child reports an error: " + line);
    List<TransactionDraft> drafts =
        SqliteKillChild.drafts(
            Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
    return new Traffic.Ack(
        drafts.get(Integer.parseInt(words[4])),
        new Posted(
            UUID.fromString(words[5]), Long.parseLong(words[6]), Instant.parse(words[7]), false));
  }
}
