// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Store;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Builds beside the one that is read: when they take its place, when not, and how that is said. */
@Tag("slow")
class RebuildTest {
  @TempDir Path folder;

  private static ProjectionStatus status(ProjectionEngine engine, String name) throws SQLException {
    return engine.status().stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String read(ProjectionTarget target, String name) throws SQLException {
    return ProjectedLedger.rows(
        target, "SELECT generation FROM talea_projection WHERE name = '" + name + "'");
  }

  private static boolean isOf(Event event, String book) {
    return event.payload() instanceof TransactionPosted posted
        && posted.draft().book().equals(book);
  }

  private static String awaitVerdict(ProjectionEngine engine, String name) throws SQLException {
    ProjectedLedger.await(() -> "" + status(engine, name), () -> engine.verdict(name) != null);
    return String.valueOf(engine.verdict(name));
  }

  /** Numbers its rows as they come: computed twice, they are others. */
  private record Numbering(AtomicLong numbers, AtomicBoolean right) implements Projection {
    @Override
    public String name() {
      return "numbering";
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public Selection selects() {
      return new Selection(null, EnumSet.of(Event.Kind.TRANSACTION_POSTED), List.of());
    }

    @Override
    public List<String> tables() {
      return List.of("numbering");
    }

    @Override
    public List<String> schema(Dialect dialect) {
      return List.of("CREATE TABLE {numbering} (book TEXT, seq BIGINT, number BIGINT)");
    }

    @Override
    public void apply(EventBatch batch, Tables tables) throws SQLException {
      for (Event event : batch.events()) {
        tables.update(
            "INSERT INTO {numbering} (book, seq, number) VALUES (?, ?, ?)",
            batch.book(),
            event.seq(),
            right.get() ? event.seq() : numbers.incrementAndGet());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsComputedTwiceAndDiffersIsNotRead(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(20);
    ledger.post(60);
    AtomicBoolean right = new AtomicBoolean();
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(
                target,
                ProjectedLedger.settings("one", 9),
                List.of(new Numbering(new AtomicLong(), right)))) {
      engine.start();
      ledger.awaitLive(engine);
      String before = ProjectedLedger.rows(target, "SELECT * FROM numbering");
      engine.rebuild("numbering");
      ProjectedLedger.await(
          () -> "" + status(engine, "numbering"),
          () -> status(engine, "numbering").state() == ProjectionState.FAILED);
      String why = String.valueOf(status(engine, "numbering").error());
      assertTrue(why.contains("a row that the events do not give"), why);
      assertEquals("1", read(target, "numbering"));
      assertEquals(before, ProjectedLedger.rows(target, "SELECT * FROM numbering"));
      ProjectionException refused =
          assertThrows(ProjectionException.class, () -> engine.verify("numbering"));
      assertTrue(String.valueOf(refused.getMessage()).contains("Rebuild it again"), why);

      right.set(true);
      ledger.post(10);
      engine.rebuild("numbering");
      ProjectedLedger.await(
          () -> "" + status(engine, "numbering"), () -> read(target, "numbering").equals("4"));
      ledger.awaitLive(engine);
      assertEquals("right", engine.verdict("numbering"));
      assertEquals(
          "0", ProjectedLedger.rows(target, "SELECT count(*) FROM numbering WHERE number <> seq"));
      assertEquals(
          "4\n5",
          ProjectedLedger.rows(target, "SELECT generation FROM talea_projection_build"),
          "what came before is gone");
      assertThrows(
          SQLException.class, () -> ProjectedLedger.rows(target, "SELECT * FROM numbering_g5"));
    }
  }

  /** What was applied once cannot be applied again: that is what a verification has found. */
  @ParameterizedTest
  @EnumSource
  void anEventThatCannotBeAppliedAgainIsAVerdict(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(21);
    ledger.post(60);
    AtomicBoolean poisoned = new AtomicBoolean();
    Projection picky =
        new Counting(
            "picky",
            event -> {
              if (poisoned.get() && event.seq() == 15 && isOf(event, "a")) {
                throw new IllegalStateException("does not like it any more");
              }
            });
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 9), List.of(picky))) {
      engine.start();
      ledger.awaitLive(engine);
      poisoned.set(true);
      engine.verify("picky");
      String verdict = awaitVerdict(engine, "picky");
      assertTrue(verdict.contains("seq 15 of book 'a'"), verdict);
      assertTrue(verdict.contains("does not like it any more"), verdict);
      assertEquals(ProjectionState.LIVE, status(engine, "picky").state());
      poisoned.set(false);
      engine.verify("picky");
      ProjectedLedger.await(
          () -> "" + engine.verdict("picky"), () -> "right".equals(engine.verdict("picky")));
      engine.rebuild("picky");
      ProjectedLedger.await(
          () -> "" + status(engine, "picky"), () -> read(target, "picky").equals("4"));
    }
  }

  /** One that stands still at an event can be verified as far as it has come. */
  @ParameterizedTest
  @EnumSource
  void whatStandsStillIsVerifiedAsFarAsItIs(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(22);
    ledger.post(60);
    Projection picky =
        new Counting(
            "picky",
            event -> {
              if (event.seq() == 15 && isOf(event, "a")) {
                throw new IllegalStateException("does not like it");
              }
            });
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 3), List.of(picky))) {
      engine.start();
      ProjectedLedger.await(
          () -> "" + status(engine, "picky"),
          () -> status(engine, "picky").state() == ProjectionState.FAILED);
      engine.verify("picky");
      assertEquals("right", awaitVerdict(engine, "picky"));
    }
  }

  /** The ledger was restored to an earlier moment: a verification says so, and a rebuild mends. */
  @ParameterizedTest
  @EnumSource
  void aBookThatEndsEarlierIsAVerdictAndIsRebuilt(Targets kind) throws Exception {
    Store store = new InMemoryStore();
    ProjectedLedger ledger = new ProjectedLedger(store, "k", 23);
    ledger.post(30);
    long end = store.reads().lastSeq("a");
    AtomicLong hidden = new AtomicLong(Long.MAX_VALUE);
    EventSource cut = new CutSource(new StoreSource(store.reads()), hidden);
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            new ProjectionEngine(
                cut,
                target,
                List.of(new Counting("plain", event -> {})),
                ProjectedLedger.settings("one", 9),
                System::nanoTime,
                () -> 0.5,
                Instant::now)) {
      engine.start();
      ledger.awaitLive(engine);
      hidden.set(end - 4);
      engine.verify("plain");
      String verdict = awaitVerdict(engine, "plain");
      assertTrue(verdict.contains("ends with seq " + (end - 4)), verdict);
      engine.rebuild("plain");
      ProjectedLedger.await(
          () -> "" + status(engine, "plain"), () -> read(target, "plain").equals("3"));
      assertEquals(
          "" + (end - 4 - 6),
          ProjectedLedger.rows(target, "SELECT transactions FROM plain WHERE book = 'a'"));
    }
  }

  /** A ledger whose books end early. */
  private record CutSource(EventSource real, AtomicLong end) implements EventSource {
    @Override
    public List<String> books() {
      return real.books();
    }

    @Override
    public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
      if (book.equals("a") && afterSeq > end.get()) {
        throw new dev.talea.ledger.LedgerException(
            new dev.talea.ledger.LedgerError.CursorBeyondEnd(end.get()));
      }
      return real.events(book, afterSeq, limit, bytesMax).stream()
          .filter(event -> !book.equals("a") || event.seq() <= end.get())
          .toList();
    }

    @Override
    public long lastSeq(String book) {
      long last = real.lastSeq(book);
      return book.equals("a") ? Math.min(last, end.get()) : last;
    }

    @Override
    public Watch watch(java.util.function.Consumer<String> onNews) {
      return real.watch(onNews);
    }

    @Override
    public void close() {
      real.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereNoTablesAreToBeMadeNoneAre(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(24);
    ledger.post(30);
    List<Projection> one = List.of(new Counting("plain", event -> {}));
    try (ProjectionTarget target = place.get();
        ProjectionEngine maker = ledger.engine(target, ProjectedLedger.settings("maker", 9), one)) {
      maker.start();
      ledger.awaitLive(maker);
    }
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine = ledger.engine(target, ProjectedLedger.settings("two", 9), one);
        // Runs nothing, and so cannot know what those do who run it.
        ProjectionEngine other = ledger.engine(target, ProjectedLedger.settings("x", 9), one)) {
      engine.start(false);
      ledger.awaitLive(engine);
      for (ProjectionException refused :
          List.of(
              assertThrows(ProjectionException.class, () -> engine.rebuild("plain")),
              assertThrows(ProjectionException.class, () -> engine.verify("plain")))) {
        assertTrue(refused.isForWantOfTables(), refused::toString);
        assertTrue(("" + refused.getMessage()).contains("none are to be made"), refused::toString);
      }
      other.verify("plain");
      String verdict = awaitVerdict(engine, "plain");
      assertTrue(verdict.contains("none are to be made"), verdict);
      other.rebuild("plain");
      ProjectedLedger.await(
          () -> "" + status(engine, "plain"),
          () -> status(engine, "plain").state() == ProjectionState.FAILED);
      String why = String.valueOf(status(engine, "plain").error());
      assertTrue(why.contains("none are to be made"), why);
      assertEquals("1", read(target, "plain"));
      assertThrows(
          SQLException.class, () -> ProjectedLedger.rows(target, "SELECT * FROM plain_g3"));
    }
    // Another process makes them, for the next version too.
    List<Projection> next = List.of(new Counting("plain", 2, null, ", note TEXT", event -> {}));
    try (ProjectionTarget target = place.get();
        Connection connection = target.write()) {
      ProjectionCatalog catalog = new ProjectionCatalog(target.dialect());
      new Builds(next.get(0), target, catalog, "maker").register(connection);
      connection.commit();
    }
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("three", 9), next)) {
      engine.start(false);
      ProjectedLedger.await(
          () -> "" + status(engine, "plain"), () -> status(engine, "plain").version() == 2);
    }
  }
}
