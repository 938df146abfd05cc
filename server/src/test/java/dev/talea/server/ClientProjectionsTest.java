// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.client.TaleaClient;
import dev.talea.client.TaleaProjections;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.projection.DailyBalance;
import dev.talea.ledger.projection.Freshness;
import dev.talea.ledger.projection.PostingRow;
import dev.talea.ledger.projection.ProjectionApi;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import dev.talea.ledger.projection.Statement;
import dev.talea.projections.EngineSettings;
import dev.talea.projections.LedgerSource;
import dev.talea.projections.ProjectionEngine;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.builtin.DailyBalancesProjection;
import dev.talea.projections.builtin.PostingsProjection;
import dev.talea.projections.builtin.PrefixTotalsProjection;
import dev.talea.projections.read.ReadModels;
import dev.talea.projections.target.SqliteTarget;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the client reads of projections is what their tables hold, and it waits as an engine does.
 */
@Timeout(120)
@Tag("slow")
class ClientProjectionsTest {
  private static final LocalDate FROM = LocalDate.parse("2020-01-01");
  private static final LocalDate TO = LocalDate.parse("2100-01-01");
  private static final AccountId CASH = new AccountId("b c/d", "cash");
  private static final AccountId NONE = new AccountId("b c/d", "none");

  @TempDir private Path directory;
  private TestDaemon daemon;
  private TaleaClient client;
  private ProjectionTarget target;

  @BeforeEach
  void start() {
    daemon =
        TestDaemon.at("log://" + directory.resolve("ledger"), "TALEA_PROJECTIONS", "all")
            .withBook(CASH.book());
    client = TaleaClient.builder(daemon.url()).build();
    target = new SqliteTarget(directory.resolve("projections.db"));
  }

  @AfterEach
  void stop() {
    client.close();
    daemon.close();
    target.close();
  }

  /** Returns the seq of the last one. */
  private long post(int from, int to) {
    for (int i = from; i < to; i++) {
      String body = draft(CASH.book(), "k" + i, "5");
      assertEquals(200, daemon.post("/v1/transactions", body).status());
    }
    return client.book(CASH.book()).join().lastSeq();
  }

  private static LedgerError refusal(CompletableFuture<?> call) {
    CompletionException failure = assertThrows(CompletionException.class, call::join);
    return ((LedgerException) LedgerErrors.unwrap(failure)).error();
  }

  @Test
  void itReadsWhatTheTablesHold() {
    TaleaProjections read = client.projections();
    ReadModels tables = new ReadModels(target);
    Freshness fresh = Freshness.of(post(0, 7));
    ZoneId zone = ZoneId.of("Pacific/Auckland");
    Statement whole = read.statement(CASH, FROM, TO, zone, null, 100, fresh).join();
    assertEquals(tables.statement(CASH.book(), "cash", FROM, TO, zone, null, 100), whole);
    assertEquals(7, whole.lines().size());
    List<Statement.Line> lines = new ArrayList<>();
    String after = null;
    do {
      Statement page = read.statement(CASH, FROM, TO, zone, after, 3, Freshness.ANY).join();
      lines.addAll(page.lines());
      after = page.next();
    } while (after != null);
    assertEquals(whole.lines(), lines);
    assertEquals(
        ZoneOffset.UTC.normalized(),
        read.statement(CASH, FROM, TO, null, null, 1, fresh).join().zone().normalized());

    Page<DailyBalance, LocalDate> days = read.dailyBalances(CASH, FROM, TO, 1, fresh).join();
    assertEquals(tables.daily(CASH.book(), "cash", FROM, TO, 1), days.items());
    assertEquals(days.items().get(0).day().plusDays(1), days.next());
    assertEquals(
        tables.prefixTotals(CASH.book(), "cash"),
        read.prefixTotals(CASH.book(), "cash", fresh).join());
    Page<PostingRow, Long> postings = read.postings(CASH.book(), null, 0, 5, fresh).join();
    assertEquals(tables.postings(CASH.book(), null, 0, 5), postings);
    assertEquals(
        tables.postings(CASH.book(), "cash", 5, 100),
        read.postings(CASH.book(), "cash", 5, 100, Freshness.ANY).join());

    assertEquals(
        new LedgerError.UnknownAccount("none"),
        refusal(read.statement(NONE, FROM, TO, null, null, 1, Freshness.ANY)));
    assertEquals(List.of(), read.prefixTotals("", "cash", Freshness.ANY).join());
    assertEquals(new Page<>(List.of(), null), read.dailyBalances(NONE, FROM, TO, 1, fresh).join());
    assertEquals(
        new LedgerError.Stale("postings", fresh.minSeq()),
        refusal(
            read.postings(
                CASH.book(), null, 0, 5, new Freshness(fresh.minSeq() + 1, Duration.ZERO))));
  }

  @Test
  void anEngineAndTheClientWaitAlike() throws Exception {
    long end = post(0, 3);
    try (LedgerSource source = new LedgerSource(client, Duration.ofMillis(100));
        ProjectionEngine engine =
            new ProjectionEngine(
                source,
                target,
                List.of(
                    new PostingsProjection(),
                    new DailyBalancesProjection(ZoneId.of("UTC")),
                    new PrefixTotalsProjection()),
                EngineSettings.of("reader"),
                System::nanoTime,
                () -> 0.5,
                Instant::now)) {
      for (ProjectionApi api : List.of(engine, client.projections())) {
        Duration minute = Duration.ofMinutes(1);
        for (String name : List.of("postings", "daily-balances", "prefix-totals")) {
          assertTrue(api.await(name, CASH.book(), end, minute).join() >= end);
        }
        assertEquals(
            end, api.await("postings", CASH.book(), end + 1, Duration.ofMillis(50)).join());
        assertEquals(0, api.await("postings", "none", 1, Duration.ZERO).join());
        CompletableFuture<Long> later = api.await("prefix-totals", CASH.book(), end + 2, minute);
        end = post((int) end, (int) end + 2);
        assertEquals(end, later.join());
        api.await("postings", CASH.book(), end, minute).join();
        List<ProjectionStatus> all = api.projections().join();
        assertEquals(
            List.of("postings", "daily-balances", "prefix-totals"),
            all.stream().map(ProjectionStatus::name).toList());
        ProjectionStatus postings = all.get(0);
        assertEquals(ProjectionState.LIVE, postings.state(), postings::toString);
        assertEquals(CASH.book(), postings.positions().get(1).book());
        assertEquals(end, postings.positions().get(1).seq());
      }
    }
    assertEquals("postings", client.projections().projection("postings").join().name());
    for (CompletableFuture<?> unknown :
        List.of(
            client.projections().projection("none"),
            client.projections().projection(""),
            client.projections().await("none", "b", 1, Duration.ZERO))) {
      assertTrue(refusal(unknown) instanceof LedgerError.NotFound);
    }
    assertEquals(400, daemon.get("/v1/projections/postings?min_seq=1").status());
  }
}
