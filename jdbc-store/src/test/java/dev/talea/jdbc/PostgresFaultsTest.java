// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.service.LedgerService;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A PostgreSQL server that does everything servers do to their clients: it ends connections, at the
 * worst moments too, stops, dies, fills up, refuses, and says nothing. The ledger answers that it
 * is not available, for no longer than that is so, and loses and doubles nothing.
 *
 * <p>Most of the time is spent waiting for something that does not come, so the tests do it side by
 * side.
 */
@Execution(ExecutionMode.CONCURRENT)
@Tag("slow")
class PostgresFaultsTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Duration CLOSING_MAX = Duration.ofSeconds(20);
  private static final AccountId ACCOUNT = new AccountId("b0", "p0");

  @TempDir private Path directory;
  private int drafts;

  private static SqlLedgerStore open(PostgresTarget target, boolean mustAnswer) {
    return SqlLedgerStore.openPostgres(
        target, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, mustAnswer);
  }

  private static SqlLedgerStore opened(PostgresTarget target) {
    SqlLedgerStore store = open(target, true);
    Traffic.world(store);
    return store;
  }

  private TransactionDraft draft() {
    return Drafts.move("b0", "draft " + drafts++, "p0", "p1", 1, "EUR");
  }

  private static CompletableFuture<List<PostResult>> send(
      SqlLedgerStore store, TransactionDraft... drafts) {
    return store.commit("b0", List.of(drafts), false);
  }

  private static Posted posted(CompletableFuture<List<PostResult>> answer) {
    return assertInstanceOf(Posted.class, answer.orTimeout(60, TimeUnit.SECONDS).join().get(0));
  }

  /** The first time a caller sends a draft it is his, however often we had to send it. */
  private static void isFirst(Posted posted) {
    assertFalse(posted.deduplicated(), posted::toString);
  }

  private void isUnavailable(SqlLedgerStore store) {
    TransactionDraft draft = draft();
    assertTimeout(
        SOON,
        () ->
            assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> send(store, draft).join())));
  }

  private static void readsAreUnavailable(SqlLedgerStore store) {
    assertTimeout(
        SOON,
        () ->
            assertInstanceOf(
                Unavailable.class, Traffic.errorOf(() -> store.reads().balance(ACCOUNT, null))));
  }

  /**
   * Comes again until it works, which it must before long; a new draft each time. Readers have a
   * pool of their own, whose pauses between attempts double while the database is away: it may find
   * out later than the writers.
   */
  private void recovers(SqlLedgerStore store) throws InterruptedException {
    worksSoon(
        () -> {
          TransactionDraft draft = draft();
          isFirst(posted(send(store, draft)));
        });
    worksSoon(() -> store.reads().balance(ACCOUNT, null));
  }

  private static void worksSoon(Runnable request) throws InterruptedException {
    long until = System.nanoTime() + SOON.toNanos();
    for (Object error = Traffic.errorOf(request); error != null; error = Traffic.errorOf(request)) {
      assertTrue(System.nanoTime() < until, error::toString);
      Thread.sleep(20);
    }
  }

  /** Makes the accounts as soon as the database can be reached. */
  private static void isThereSoon(SqlLedgerStore store) throws InterruptedException {
    long until = System.nanoTime() + SOON.toNanos();
    while (Traffic.errorOf(() -> Traffic.world(store)) != null) {
      assertTrue(System.nanoTime() < until, "does not recover");
      Thread.sleep(20);
    }
  }

  private static void closes(SqlLedgerStore store) {
    assertTimeout(CLOSING_MAX, store::close);
  }

  @Test
  void openingWaitsForEachHostAsLongAsTheUrlSays() throws Exception {
    PostgresTarget there = TestPostgres.newDatabase();
    // A port of its own: the driver passes over one that failed within the last ten seconds, in
    // whichever test.
    try (ServerSocket silent = new ServerSocket(0);
        TcpProxy answering = new TcpProxy(TestPostgres.port())) {
      String url =
          "postgres://postgres@localhost:%d,localhost:%d/%s?connect_timeout=1"
              .formatted(
                  silent.getLocalPort(),
                  answering.port(),
                  there.jdbcUrl().replaceFirst(".*/([^?]*).*", "$1"));
      PostgresTarget target = PostgresUrl.parse("the test's URL", url).target("the test's URL");
      try (SqlLedgerStore store = open(target, true)) { // which the first host never answers
        isThereSoon(store); // connections of the pool wait for the first host as well
        isFirst(posted(send(store, draft())));
      }
    }
  }

  @Test
  void aReadThatWaitsForALockGivesUpAndLeavesTheOthersAlone() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = opened(target);
        Connection other = TestPostgres.connect(target);
        Statement lock = other.createStatement()) {
      other.setAutoCommit(false);
      lock.execute("LOCK TABLE talea_account IN ACCESS EXCLUSIVE MODE");
      readsAreUnavailable(store);
      store.reads().trialBalance("b0", null);
      other.rollback();
      store.reads().balance(ACCOUNT, null);
    }
  }

  @Test
  void tablesThatAreGoneForAWhileAreAnOutage() throws Exception {
    PostgresTarget target = TestPostgres.newSchema();
    try (SqlLedgerStore store = opened(target)) {
      isFirst(posted(send(store, draft())));
      TestPostgres.execute(target, "ALTER SCHEMA " + target.schema() + " RENAME TO moved");
      readsAreUnavailable(store);
      isUnavailable(store);
      TestPostgres.execute(target, "ALTER SCHEMA moved RENAME TO " + target.schema());
      recovers(store);
    }
  }

  /** Ends connections to a database, as an administrator may. */
  private static void terminate(PostgresTarget target, String which) throws SQLException {
    terminate(TestPostgres.ask(target, "SELECT current_database()"), which);
  }

  private static void terminate(String database, String which) throws SQLException {
    TestPostgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s' AND %s"
            .formatted(database, which));
  }

  private static void await(PostgresTarget target, String condition) throws Exception {
    long until = System.nanoTime() + SOON.toNanos();
    while (!TestPostgres.ask(target, "SELECT " + condition).equals("t")) {
      assertTrue(System.nanoTime() < until, condition);
      Thread.sleep(10);
    }
  }

  private static final String LISTENS = "application_name LIKE '%listens'";

  private static String waitsForLock(PostgresTarget target) throws SQLException {
    return "datname = '%s' AND wait_event_type = 'Lock'"
        .formatted(TestPostgres.ask(target, "SELECT current_database()"));
  }

  @Test
  void eventsArriveAfterTheListenerHasBeenTerminated() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore here = opened(target);
        SqlLedgerStore there = open(target, true);
        EventStream stream = new LedgerService(here, Runnable::run).subscribe("b0", 1)) {
      long seq = 0;
      for (int round = 0; round < 4; round++) {
        await(
            target,
            "count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() AND " + LISTENS);
        terminate(target, LISTENS);
        long last = posted(send(there, draft())).seq();
        while (seq < last) {
          Event event = stream.poll(SOON);
          assertNotNull(event, "no event in time");
          assertEquals(++seq, event.seq());
        }
      }
    }
  }

  @Test
  void aWriterThatWaitsForItsBookIsTerminated() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = opened(target);
        Connection holder = TestPostgres.connect(target)) {
      holder.setAutoCommit(false);
      CompletableFuture<List<PostResult>> answer;
      try (Statement statement = holder.createStatement()) {
        statement.execute("SELECT 1 FROM talea_book WHERE name = 'b0' FOR UPDATE");
        answer = send(store, draft());
        await(target, "count(*) > 0 FROM pg_stat_activity WHERE " + waitsForLock(target));
        terminate(target, "wait_event_type = 'Lock'");
        store
            .reads()
            .balance(ACCOUNT, null); // at once, by a connection that lay ready or a new one
      }
      holder.rollback();
      isFirst(posted(answer));
    }
  }

  /** What the lock did not find must not be read either, though later statements see it. */
  @Test
  void aBookIsMadeByAnotherInstanceBehindTheLock() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = opened(target);
        Connection other = TestPostgres.connect(target);
        Statement makes = other.createStatement()) {
      isFirst(posted(send(store, Drafts.move("b0", "known", "p0", "p1", 1, "EUR"))));
      other.setAutoCommit(false);
      makes.execute("LOCK TABLE talea_account, talea_transaction IN ACCESS EXCLUSIVE MODE");
      CompletableFuture<?> opening = store.openAccount(Drafts.account("new", "p0", "EUR"));
      CompletableFuture<List<PostResult>> post =
          store.commit(
              "newer", List.of(Drafts.move("newer", "known", "p0", "p1", 1, "EUR")), false);
      await(target, "count(*) = 2 FROM pg_stat_activity WHERE " + waitsForLock(target));
      for (String book : List.of("new", "newer")) {
        makes.execute(
            "INSERT INTO talea_book (name, last_seq, last_at, accounts)"
                + " SELECT '%s', last_seq, last_at, accounts FROM talea_book WHERE name = 'b0'"
                    .formatted(book));
        copy(makes, "talea_account", "account_seq, at, path, asset_seq, kind", book);
        copy(makes, "talea_transaction", "seq, at, idempotency_key, draft", book);
      }
      other.commit();
      opening.orTimeout(60, TimeUnit.SECONDS).join(); // it was open already
      PostResult refused = post.orTimeout(60, TimeUnit.SECONDS).join().get(0);
      assertInstanceOf(
          UnknownAccount.class, assertInstanceOf(PostResult.Refused.class, refused).error());
      assertEquals(store.reads().lastSeq("b0"), store.reads().lastSeq("new"));
    }
  }

  /** Copies rows of b0 into another book. */
  private static void copy(Statement statement, String table, String columns, String book)
      throws SQLException {
    boolean transactions = table.equals("talea_transaction");
    statement.execute(
        "INSERT INTO %1$s (book_id, %2$s%3$s) SELECT (SELECT book_id FROM talea_book WHERE name ="
                .formatted(table, columns, transactions ? ", tx_id" : "")
            + " '%s'), %s%s FROM %s WHERE book_id = (SELECT book_id FROM talea_book WHERE name = 'b0')"
                .formatted(book, columns, transactions ? ", gen_random_uuid()" : "", table));
  }

  /** The commit time is taken when the lock has been got, not when it was asked for. */
  @Test
  void timeSpentWaitingForTheLockIsNotTurnedBack() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = opened(target);
        Connection holder = TestPostgres.connect(target)) {
      holder.setAutoCommit(false);
      CompletableFuture<List<PostResult>> answer;
      Instant released;
      try (Statement statement = holder.createStatement()) {
        statement.execute("SELECT 1 FROM talea_book WHERE name = 'b0' FOR UPDATE");
        answer = send(store, draft());
        await(target, "count(*) > 0 FROM pg_stat_activity WHERE " + waitsForLock(target));
        released = Instant.parse(now(target));
      }
      holder.rollback();
      Posted posted = posted(answer);
      assertFalse(posted.at().isBefore(released), posted + " before " + released);
    }
  }

  private static String now(PostgresTarget target) throws SQLException {
    return TestPostgres.ask(
        target,
        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
  }

  /** Makes every commit wait, at its very end, for the session that holds advisory lock 42. */
  private static void commitsWaitFor42(PostgresTarget target) throws SQLException {
    TestPostgres.execute(
        target,
        "CREATE FUNCTION wait42() RETURNS trigger LANGUAGE plpgsql AS"
            + " $$BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END$$");
    TestPostgres.execute(
        target,
        "CREATE CONSTRAINT TRIGGER wait42 AFTER INSERT ON talea_commit DEFERRABLE INITIALLY"
            + " DEFERRED FOR EACH ROW EXECUTE FUNCTION wait42()");
  }

  @Test
  void aWriterIsTerminatedInTheMiddleOfItsCommit() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = opened(target);
        Connection holder = TestPostgres.connect(target);
        Statement statement = holder.createStatement()) {
      commitsWaitFor42(target);
      for (int round = 0; round < 3; round++) {
        statement.execute("SELECT pg_advisory_lock(42)");
        TransactionDraft draft = draft();
        CompletableFuture<List<PostResult>> answer = send(store, draft, draft);
        await(target, "count(*) > 0 FROM pg_stat_activity WHERE " + waitsForLock(target));
        terminate(target, "wait_event_type = 'Lock'");
        statement.execute("SELECT pg_advisory_unlock(42)");
        isFirst(posted(answer));
        assertTrue(assertInstanceOf(Posted.class, answer.join().get(1)).deduplicated());
      }
      Traffic.audit(store, List.of());
      assertEquals(4 + 3, store.reads().lastSeq("b0"));
    }
  }

  @Test
  void theAnswerToTheCommitIsLost() throws Exception {
    PostgresTarget direct = TestPostgres.newDatabase();
    String database = TestPostgres.ask(direct, "SELECT current_database()");
    try (TcpProxy proxy = new TcpProxy(TestPostgres.port());
        SqlLedgerStore store =
            opened(TestPostgres.target(proxy.port(), database, null, "sslmode=disable"))) {
      for (int round = 1; round <= 20; round++) {
        proxy.cutCommits(1 + round % 3); // so that what is tried again is cut as well
        TransactionDraft draft = draft();
        CompletableFuture<List<PostResult>> answer;
        if (round % 2 == 0) {
          answer = store.commit("b0", List.of(draft, draft(), draft), true);
          assertTrue(assertInstanceOf(Posted.class, answer.join().get(2)).deduplicated());
          isFirst(assertInstanceOf(Posted.class, answer.join().get(1)));
        } else {
          answer = send(store, draft);
        }
        isFirst(posted(answer));
        proxy.cutCommits(0);
        // A caller that sends it again is another one.
        assertTrue(posted(send(store, draft)).deduplicated());
      }
      assertTrue(proxy.cutsDone() >= 20, "the proxy cut only " + proxy.cutsDone());
      assertEquals(4 + 30, store.reads().lastSeq("b0"));
      Traffic.audit(store, List.of());
    }
  }

  /** What was refused stays refused, though by now its neighbours have brought the money. */
  @Test
  void afterALostAnswerWhatWasRefusedIsNotDecidedAgain() throws Exception {
    PostgresTarget direct = TestPostgres.newDatabase();
    String database = TestPostgres.ask(direct, "SELECT current_database()");
    try (TcpProxy proxy = new TcpProxy(TestPostgres.port());
        SqlLedgerStore store =
            opened(TestPostgres.target(proxy.port(), database, null, "sslmode=disable"))) {
      store.openAccount(Drafts.account("b0", "poor", "EUR", Side.DEBIT, 0)).join();
      for (int round = 0; round < 5; round++) {
        proxy.cutCommits(1);
        List<PostResult> results =
            store
                .commit(
                    "b0",
                    List.of(
                        Drafts.move("b0", "spend " + round, "p0", "p1", 1, "EUR"),
                        Drafts.draft(
                            "b0",
                            "too early " + round,
                            Drafts.credit("poor", 10 + 5L * round, "EUR"),
                            Drafts.debit("p1", 10 + 5L * round, "EUR")),
                        Drafts.draft(
                            "b0",
                            "money " + round,
                            Drafts.credit("p1", 10, "EUR"),
                            Drafts.debit("poor", 10, "EUR"))),
                    false)
                .join();
        isFirst(assertInstanceOf(Posted.class, results.get(0)));
        assertInstanceOf(PostResult.Refused.class, results.get(1));
        isFirst(assertInstanceOf(Posted.class, results.get(2)));
        // Sent again it is decided again, now that it can be.
        isFirst(
            posted(
                send(
                    store,
                    Drafts.draft(
                        "b0",
                        "too early " + round,
                        Drafts.credit("poor", 5, "EUR"),
                        Drafts.debit("p1", 5, "EUR")))));
      }
      assertEquals(5, proxy.cutsDone());
      Traffic.audit(store, List.of());
    }
  }

  @Test
  void answersToCommitsGetLostUnderLoad() throws Exception {
    PostgresTarget direct = TestPostgres.newDatabase();
    String database = TestPostgres.ask(direct, "SELECT current_database()");
    try (TcpProxy proxy = new TcpProxy(TestPostgres.port());
        SqlLedgerStore store =
            opened(TestPostgres.target(proxy.port(), database, null, "sslmode=disable"));
        Traffic traffic = new Traffic(List.of(store), 6)) {
      for (int round = 0; round < 15; round++) {
        proxy.cutCommits(1);
        traffic.awaitMore(15);
      }
      traffic.audit(store);
      assertTrue(proxy.cutsDone() >= 10, "the proxy cut only " + proxy.cutsDone());
    }
  }

  @Test
  void allConnectionsAreTerminatedUnderLoad() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = opened(target);
        EventStream stream = new LedgerService(store, Runnable::run).subscribe("b1", 1);
        Traffic traffic = new Traffic(List.of(store), 6)) {
      for (int round = 0; round < 10; round++) {
        traffic.awaitMore(20);
        terminate(target, "true");
        store.reads().balance(ACCOUNT, null); // reads do not notice
      }
      traffic.audit(store);
      for (long seq = 1; seq <= store.reads().lastSeq("b1"); seq++) {
        Event event = stream.poll(SOON);
        assertNotNull(event, "no event in time");
        assertEquals(seq, event.seq());
      }
    }
  }

  @Test
  void theDatabaseIsRestartedAndCrashesUnderLoad() throws Exception {
    try (RestartablePostgres server = new RestartablePostgres(directory.resolve("data"))) {
      server.start();
      PostgresTarget target = TestPostgres.target(server.port(), "postgres", null);
      try (SqlLedgerStore store = opened(target);
          Traffic traffic = new Traffic(List.of(store), 6)) {
        traffic.awaitMore(30);
        server.stop();
        readsAreUnavailable(store);
        server.start();
        traffic.awaitMore(30);
        server.kill();
        isUnavailable(store);
        server.start();
        traffic.awaitMore(30);
        traffic.audit(store);
        server.stop();
        closes(store);
      }
    }
  }

  @Test
  void theDatabaseIsDownAtTheStart() throws Exception {
    try (RestartablePostgres server = new RestartablePostgres(directory.resolve("data"))) {
      PostgresTarget target = TestPostgres.target(server.port(), "postgres", null);
      SqlStoreException refusal = assertThrows(SqlStoreException.class, () -> open(target, true));
      assertTrue(String.valueOf(refusal.getMessage()).contains("refused"), refusal::getMessage);
      try (SqlLedgerStore store = open(target, false);
          EventStream stream = new LedgerService(store, Runnable::run).subscribe("b0", 1)) {
        isUnavailable(store);
        readsAreUnavailable(store);
        server.start();
        isThereSoon(store);
        recovers(store);
        assertNotNull(stream.poll(SOON));
      }
    }
  }

  /** Many books, few threads: they must not be told one after the other. */
  @Test
  void whileTheDatabaseIsAwayEverybodyIsToldSoon() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    SqlLedgerStore store = open(TestPostgres.target(port, "x", null), false);
    isUnavailable(store);
    isUnavailable(store);
    assertTimeout(
        SOON,
        () -> {
          List<CompletableFuture<?>> answers = new ArrayList<>();
          for (int i = 0; i < 300; i++) {
            String book = "book " + i;
            answers.add(
                store.commit(book, List.of(Drafts.move(book, "key", "p0", "p1", 1, "EUR")), false));
            assertInstanceOf(
                Unavailable.class, Traffic.errorOf(() -> store.reads().balance(ACCOUNT, null)));
          }
          for (CompletableFuture<?> each : answers) {
            assertInstanceOf(Unavailable.class, Traffic.errorOf(each::join));
          }
        });
    closes(store);
  }

  @Test
  void aDatabaseThatTakesNoWritesIsNotAvailableAndRecovers() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String database = TestPostgres.ask(target, "SELECT current_database()");
    try (SqlLedgerStore store = opened(target)) {
      TestPostgres.execute(
          "ALTER DATABASE " + database + " SET default_transaction_read_only = on");
      terminate(database, "true");
      isUnavailable(store);
      readsAreUnavailable(store); // they may be behind, as far as we know
      SqlStoreException refusal = assertThrows(SqlStoreException.class, () -> open(target, true));
      assertTrue(String.valueOf(refusal.getMessage()).contains("primary"), refusal::getMessage);
      TestPostgres.execute("ALTER DATABASE " + database + " RESET default_transaction_read_only");
      recovers(store);
    }
  }

  @Test
  void aPasswordThatIsWrongIsSaidAndNotRepeated() throws Exception {
    PostgresTarget asOwner = TestPostgres.newDatabase();
    String database = TestPostgres.ask(asOwner, "SELECT current_database()");
    TestPostgres.execute("CREATE ROLE guarded LOGIN PASSWORD 'right' SUPERUSER");
    Path rules = Path.of(TestPostgres.ask(asOwner, "SHOW hba_file"));
    String before = Files.readString(rules);
    Files.writeString(
        rules,
        "host all guarded all scram-sha-256\n" + before,
        StandardOpenOption.TRUNCATE_EXISTING);
    TestPostgres.execute("SELECT pg_reload_conf()");
    String url = "postgres://guarded:%s@localhost:" + TestPostgres.port() + "/" + database;
    PostgresTarget wrong = PostgresUrl.parse("test", url.formatted("s3cret")).target("test");
    SqlStoreException refusal = assertThrows(SqlStoreException.class, () -> open(wrong, true));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains("password authentication failed"), message);
    assertFalse(message.contains("s3cret"), message);
    try (SqlLedgerStore store = open(wrong, false)) {
      isUnavailable(store);
      TestPostgres.execute("ALTER ROLE guarded PASSWORD 's3cret'");
      long until = System.nanoTime() + SOON.toNanos();
      while (Traffic.errorOf(() -> Traffic.world(store)) != null) {
        assertTrue(System.nanoTime() < until, "does not recover");
        Thread.sleep(20);
      }
      recovers(store);
      closes(store);
    }
  }

  @Test
  void aDatabaseThatIsMissingIsSaid() throws Exception {
    PostgresTarget missing = TestPostgres.target("missing", null);
    SqlStoreException refusal = assertThrows(SqlStoreException.class, () -> open(missing, true));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains("\"missing\" does not exist"), message);
    try (SqlLedgerStore store = open(missing, false)) {
      isUnavailable(store);
      closes(store);
    }
  }

  @Test
  void theDiskIsFullForAWhile() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = opened(target)) {
      TestPostgres.execute(
          target,
          "CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION"
              + " 'could not extend file: No space left on device' USING ERRCODE = '53100'; END$$");
      TestPostgres.execute(
          target,
          "CREATE TRIGGER full_disk BEFORE INSERT ON talea_posting"
              + " FOR EACH ROW EXECUTE FUNCTION full()");
      long before = store.reads().lastSeq("b0");
      isUnavailable(store);
      store.reads().balance(ACCOUNT, null);
      assertEquals(before, store.reads().lastSeq("b0"));
      TestPostgres.execute(target, "DROP TRIGGER full_disk ON talea_posting");
      recovers(store);
      Traffic.audit(store, List.of());
    }
  }

  /** One draft that the database refuses is no trouble of the others. */
  @Test
  void whatTheDatabaseRefusesDoesNotHarmItsNeighbours() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = opened(target)) {
      TestPostgres.execute(
          target, "ALTER TABLE talea_transaction ADD CHECK (idempotency_key NOT LIKE 'poison%')");
      List<CompletableFuture<List<PostResult>>> good = new ArrayList<>();
      List<CompletableFuture<List<PostResult>>> bad = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        bad.add(send(store, Drafts.withKey(draft(), "poison " + i)));
        good.add(send(store, draft()));
        good.add(send(store, draft()));
      }
      for (CompletableFuture<List<PostResult>> each : good) {
        isFirst(posted(each));
      }
      for (CompletableFuture<List<PostResult>> each : bad) {
        assertNotNull(Traffic.errorOf(each::join));
      }
      assertEquals(4 + 20, store.reads().lastSeq("b0"));
      Traffic.audit(store, List.of());
    }
  }

  @Test
  void aServerThatSaysNothingIsNotWaitedForLong() throws Exception {
    PostgresTarget direct = TestPostgres.newDatabase();
    String database = TestPostgres.ask(direct, "SELECT current_database()");
    try (TcpProxy proxy = new TcpProxy(TestPostgres.port())) {
      PostgresTarget target =
          TestPostgres.target(
              proxy.port(), database, null, "sslmode=disable", "socketTimeout=3", "loginTimeout=3");
      try (SqlLedgerStore store = opened(target)) {
        recovers(store);
        proxy.fallSilent();
        isUnavailable(store);
        readsAreUnavailable(store);
        proxy.speak();
        recovers(store);
        proxy.fallSilent();
        TransactionDraft draft = draft();
        CompletableFuture<List<PostResult>> answer = send(store, draft);
        closes(store);
        assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> answer.join()));
      }
    }
  }

  @Test
  void aServerThatHasNeverSaidAnythingIsNotWaitedForLong() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 200)) {
      PostgresTarget target =
          TestPostgres.target(mute.getLocalPort(), "x", null, "sslmode=disable", "loginTimeout=3");
      assertTimeout(SOON, () -> assertThrows(SqlStoreException.class, () -> open(target, true)));
      SqlLedgerStore store = open(target, false);
      isUnavailable(store);
      closes(store);
    }
  }

  /** Another session may hold a book for long; but not us with it, nor other books. */
  @Test
  void aBookThatAnotherSessionHoldsIsNotWaitedForLong() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    SqlLedgerStore store = opened(target);
    try (Connection holder = TestPostgres.connect(target);
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("SELECT 1 FROM talea_book WHERE name = 'b0' FOR UPDATE");
      CompletableFuture<List<PostResult>> held = send(store, draft());
      TransactionDraft other = Drafts.move("b1", "other", "p0", "p1", 1, "EUR");
      isFirst(posted(store.commit("b1", List.of(other), false)));
      assertTimeout(
          SOON, () -> assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> held.join())));
      holder.rollback();
      recovers(store);
      statement.execute("SELECT 1 FROM talea_book WHERE name = 'b0' FOR UPDATE");
      CompletableFuture<List<PostResult>> last = send(store, draft());
      closes(store);
      assertNotNull(Traffic.errorOf(() -> last.join()));
    }
  }

  /** Databases can be told to isolate more than we need. */
  @Test
  void aStricterDefaultIsolationChangesNothing() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String database = TestPostgres.ask(target, "SELECT current_database()");
    TestPostgres.execute(
        "ALTER DATABASE " + database + " SET default_transaction_isolation = 'serializable'");
    try (SqlLedgerStore here = opened(target);
        SqlLedgerStore there = open(target, true);
        Traffic traffic = new Traffic(List.of(here, there), 3)) {
      assertEquals("serializable", TestPostgres.ask(target, "SHOW default_transaction_isolation"));
      traffic.awaitMore(300);
      traffic.audit(there);
    }
  }

  /** A role may be set not to wait for the disk; a ledger does. */
  @Test
  void aCommitWaitsForTheDiskWhateverTheRoleSays() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String database = TestPostgres.ask(target, "SELECT current_database()");
    TestPostgres.execute("ALTER DATABASE " + database + " SET synchronous_commit = off");
    try (SqlLedgerStore store = opened(target)) {
      TestPostgres.execute(target, "CREATE TABLE seen (synchronous_commit text)");
      TestPostgres.execute(
          target,
          "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO seen"
              + " VALUES (current_setting('synchronous_commit')); RETURN NULL; END$$");
      TestPostgres.execute(
          target,
          "CREATE CONSTRAINT TRIGGER see AFTER INSERT ON talea_commit DEFERRABLE INITIALLY"
              + " DEFERRED FOR EACH ROW EXECUTE FUNCTION see()");
      recovers(store);
      assertEquals("on", TestPostgres.ask(target, "SELECT min(synchronous_commit) FROM seen"));
    }
  }

  @Test
  void closingTwiceIsClosing() throws IOException, SQLException {
    SqlLedgerStore store = opened(TestPostgres.newDatabase());
    store.close();
    store.close();
    assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> send(store, draft()).join()));
    assertInstanceOf(
        Unavailable.class, Traffic.errorOf(() -> store.reads().balance(ACCOUNT, null)));
  }
}
