// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.projections;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.embedded.Load;
import dev.talea.ledger.Event;
import dev.talea.ledger.StoreReader;
import dev.talea.projections.EngineSettings;
import dev.talea.projections.EventSource;
import dev.talea.projections.ProjectionEngine;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.StoreSource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A projection that begins with nothing while the ledger holds a long history, and the same rows
 * written by hand in batches of the same events. They take turns, each turn with a book of its own
 * and in an empty place. For one thread; the engine has its own.
 */
public final class CatchUp {
  private static final Duration LOOK = Duration.ofSeconds(30);

  private final StoreReader ledger;
  private final Database database;
  private final Subject subject;

  /**
   * What came of it.
   *
   * @param engine transactions applied
   * @param hand transactions whose rows were written
   * @param engineCpuMicros processor time of this process for a transaction, without the server's
   * @param handCpuMicros the same by hand
   * @param rows of the table, the same in both
   */
  public record Outcome(
      Measured engine, Measured hand, double engineCpuMicros, double handCpuMicros, long rows) {}

  /**
   * @param ledger with books of a {@link Load}
   */
  public CatchUp(StoreReader ledger, Database database, Subject subject) {
    this.ledger = ledger;
    this.database = database;
    this.subject = subject;
  }

  /** A turn of each with every one of the first books. */
  public Outcome run(int books) throws IOException, SQLException {
    List<Measured> byEngine = new ArrayList<>();
    List<Measured> byHand = new ArrayList<>();
    double engineCpu = 0;
    double handCpu = 0;
    long rows = 0;
    for (int turn = 0; turn < books; turn++) {
      String book = Load.book(turn);
      double before = cpuSeconds();
      long engineRows = engine(book, byEngine);
      double between = cpuSeconds();
      engineCpu += between - before;
      try (ByHand hand = new ByHand(subject, database)) {
        byHand.add(hand(hand, book));
        handCpu += cpuSeconds() - between;
        if (hand.rows() != engineRows) {
          throw new IOException(
              "projection %s has %d rows of %s, by hand there are %d: not the same work"
                  .formatted(subject, engineRows, book, hand.rows()));
        }
        rows += engineRows;
      }
    }
    Measured engine = Measured.sum(byEngine);
    Measured hand = Measured.sum(byHand);
    return new Outcome(
        engine,
        hand,
        engineCpu * 1e6 / engine.operations(),
        handCpu * 1e6 / hand.operations(),
        rows);
  }

  private static double cpuSeconds() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  /** Returns how many rows there are then. */
  private long engine(String book, List<Measured> measured) throws IOException, SQLException {
    long last = ledger.lastSeq(book);
    try (ProjectionTarget target = database.fresh();
        ProjectionEngine engine = engine(new OneBook(ledger, book), target)) {
      long from = System.nanoTime();
      engine.start();
      reach(engine, book, last);
      double seconds = (System.nanoTime() - from) / 1e9;
      measured.add(new Measured(last, 0, seconds, Measured.histogram()));
      try (Connection reader = target.read()) {
        return ByHand.rows(reader, subject);
      }
    }
  }

  /** The engine as a server runs it. */
  ProjectionEngine engine(EventSource source, ProjectionTarget target) {
    return new ProjectionEngine(
        source,
        target,
        List.of(subject.projection()),
        EngineSettings.of("bench"),
        System::nanoTime,
        () -> 0.5,
        Instant::now);
  }

  /** Waits until the projection has come to a seq. */
  void reach(ProjectionEngine engine, String book, long seq) throws IOException {
    long before = -1;
    long reached = 0;
    while (reached < seq) {
      reached = engine.await(subject.toString(), book, seq, LOOK).join();
      if (reached == before) {
        throw new IOException(
            "projection %s stands still at %d of %d in %s for %s; its tables say why"
                .formatted(subject, reached, seq, book, LOOK));
      }
      before = reached;
    }
  }

  private Measured hand(ByHand hand, String book) throws SQLException {
    EngineSettings settings = EngineSettings.of("bench");
    EventSource source = new StoreSource(ledger);
    long from = System.nanoTime();
    long after = 0;
    List<Event> batch;
    do {
      batch = source.events(book, after, settings.batchEvents(), settings.batchBytes());
      hand.write(book, batch);
      after += batch.size();
    } while (!batch.isEmpty());
    return new Measured(after, 0, (System.nanoTime() - from) / 1e9, Measured.histogram());
  }

  /** A store of which only one book, and {@code _system}, is to be seen. */
  private static final class OneBook implements EventSource {
    private final EventSource all;
    private final String book;

    OneBook(StoreReader ledger, String book) {
      this.all = new StoreSource(ledger);
      this.book = book;
    }

    @Override
    public List<String> books() {
      return all.books().stream()
          .filter(one -> one.equals(book) || !one.startsWith("book-"))
          .toList();
    }

    @Override
    public List<Event> events(String of, long afterSeq, int limit, int bytesMax) {
      return all.events(of, afterSeq, limit, bytesMax);
    }

    @Override
    public long lastSeq(String of) {
      return all.lastSeq(of);
    }

    @Override
    public Watch watch(Consumer<String> onNews) {
      return all.watch(onNews);
    }

    @Override
    public void close() {
      all.close();
    }
  }
}
