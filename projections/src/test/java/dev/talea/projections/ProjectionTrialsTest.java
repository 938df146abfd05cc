// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.InMemoryStore;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A changed version is built over many rows, while those of the old one are read and transactions
 * are posted, and the process that builds it dies half-way. All of it: {@code
 * -Dtalea.projections.postings=1000000}.
 */
@Tag("slow")
class ProjectionTrialsTest {
  private static final int POSTINGS = Integer.getInteger("talea.projections.postings", 20_000);
  private static final int AT_ONCE = 500;

  /** Seqs of the book's accounts come before its transactions. */
  private static final int ACCOUNTS = 2;

  @TempDir Path folder;

  /** A row a posting, which says by which version it was written. */
  private record Rows(int version) implements Projection {
    @Override
    public String name() {
      return "rows";
    }

    @Override
    public Selection selects() {
      return new Selection(null, EnumSet.of(Event.Kind.TRANSACTION_POSTED), List.of());
    }

    @Override
    public List<String> tables() {
      return List.of("rows");
    }

    @Override
    public List<String> schema(Dialect dialect) {
      return List.of(
          "CREATE TABLE {rows} (seq BIGINT, posting INTEGER, version INTEGER, more"
              + version
              + " TEXT, PRIMARY KEY (seq, posting))");
    }

    @Override
    public void apply(EventBatch batch, Tables tables) throws SQLException {
      for (Event event : batch.events()) {
        TransactionPosted posted = (TransactionPosted) event.payload();
        for (int i = 0; i < posted.draft().postings().size(); i++) {
          tables.update(
              "INSERT INTO {rows} (seq, posting, version) VALUES (?, ?, ?)",
              event.seq(),
              i,
              version);
        }
      }
    }
  }

  private static void post(Store store, int from, int to) {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      drafts.add(
          new TransactionDraft(
              "a",
              "k" + i,
              List.of(
                  new Posting("x", Int128.of(1), "EUR", Side.DEBIT),
                  new Posting("y", Int128.of(1), "EUR", Side.CREDIT)),
              List.of(),
              null,
              null));
    }
    store.commit("a", drafts, false).join();
  }

  /** What a reader sees is one version, from the first posting on, without a hole. */
  private static int version(ProjectionTarget target) throws SQLException {
    String[] seen =
        ProjectedLedger.rows(
                target, "SELECT count(*), max(seq), min(version), max(version) FROM rows")
            .split("\\|", -1);
    assertEquals(seen[2], seen[3], "of one version");
    assertEquals(
        2 * (Long.parseLong(seen[1]) - ACCOUNTS), Long.parseLong(seen[0]), "without a hole");
    return Integer.parseInt(seen[2]);
  }

  private static ProjectionEngine engine(
      ProjectedLedger ledger, ProjectionTarget target, String owner, int version) {
    return ledger.engine(target, ProjectedLedger.settings(owner, 1000), List.of(new Rows(version)));
  }

  private static String position(ProjectionTarget target, int generation) throws SQLException {
    return ProjectedLedger.rows(
        target,
        "SELECT seq FROM talea_projection_position WHERE book = 'a' AND generation = "
            + generation);
  }

  private static long seq(ProjectionTarget target, int generation) throws SQLException {
    String seq = position(target, generation);
    return seq.isEmpty() ? 0 : Long.parseLong(seq);
  }

  @ParameterizedTest
  @EnumSource
  void aChangedVersionIsBuiltWhileItIsReadAndWritten(Targets kind) throws Exception {
    Store store = new InMemoryStore();
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account("a", "x", "EUR")).join();
    store.openAccount(account("a", "y", "EUR")).join();
    int posted = 0;
    for (; posted < POSTINGS / 2; posted += AT_ONCE) {
      post(store, posted, posted + AT_ONCE);
    }
    long begun = store.reads().lastSeq("a");
    ProjectedLedger ledger = ProjectedLedger.over(store);
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    try (ProjectionTarget target = place.get()) {
      try (ProjectionEngine first = engine(ledger, target, "first", 1)) {
        first.start();
        ProjectedLedger.awaitLong(() -> position(target, 1), () -> seq(target, 1) == begun);
      }
      assertEquals(1, version(target));

      // Dies half-way: nothing that it does later is done.
      AtomicBoolean dead = new AtomicBoolean();
      try (ProjectionTarget real = place.get();
          HookedTarget dying =
              new HookedTarget(
                  real,
                  (call, method) -> {
                    if (dead.get()) {
                      throw HookedTarget.cutOff();
                    }
                  });
          ProjectionEngine second = engine(ledger, dying, "second", 2)) {
        second.start();
        ProjectedLedger.awaitLong(() -> position(target, 2), () -> seq(target, 2) >= POSTINGS / 4);
        dead.set(true);
      }
      ProjectedLedger.endLeases(target);
      long left = seq(target, 2);
      assertTrue(left >= POSTINGS / 4);
      assertEquals(1, version(target), "half of it is read by none");

      try (ProjectionEngine third = engine(ledger, target, "third", 2)) {
        third.start();
        int next = posted;
        while (version(target) == 1) {
          post(store, next, next + 10);
          next += 10;
          assertTrue(version(target) == 2 || seq(target, 2) >= left, "it goes on where it was");
        }
        post(store, next, next + 10);
        long end = store.reads().lastSeq("a");
        ProjectedLedger.awaitLong(() -> position(target, 2), () -> seq(target, 2) == end);
        assertEquals(2, version(target));
        assertEquals("right", third.verdict("rows"));
        assertEquals(
            "" + 2 * (end - ACCOUNTS), ProjectedLedger.rows(target, "SELECT count(*) FROM rows"));
      }
    }
  }
}
