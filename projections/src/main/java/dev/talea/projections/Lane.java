// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.projections.ProjectionCatalog.Position;
import dev.talea.projections.work.Turns;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One book on its way into one build of a projection: reads a page behind the position, applies it
 * and moves the position in one transaction, again and again until nothing is left; then sleeps
 * until it is woken. Catching up and keeping up are the same.
 *
 * <p>A worker of the engine runs one turn at a time; any thread may wake it. Apart from {@link
 * Runner}, because books advance, fail and are retried each on its own.
 */
final class Lane {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

  private final Runner runner;
  private final Runner.BuildRun build;
  private final String book;
  private final Turns turns;
  private volatile Position position;

  /** When to try again after a failure that may pass, by the engine's clock; 0 for not. */
  private volatile long retryNanos;

  /** Up to this seq events are applied one by one, to find the one that fails. */
  private long alone;

  Lane(Runner runner, Runner.BuildRun build, String book, Position position) {
    this.runner = runner;
    this.build = build;
    this.book = book;
    this.position = position;
    this.turns = new Turns(runner::submit, this::turn);
  }

  String book() {
    return book;
  }

  Position position() {
    return position;
  }

  /** What another process, or a person, has written down about a lane that stands still. */
  void replaced(Position stored) {
    if (position.state() == ProjectionState.FAILED && stored.state() != ProjectionState.FAILED) {
      position = stored;
      wake();
    }
  }

  /** Has it look for events soon. */
  void wake() {
    if (position.state() != ProjectionState.FAILED) {
      turns.wake();
    }
  }

  /** Wakes it if the time has come to try again. */
  void wakeIfDue(long nanos) {
    long due = retryNanos;
    if (due != 0 && nanos - due >= 0) {
      retryNanos = 0;
      wake();
    }
  }

  private boolean turn() {
    try {
      return retryNanos == 0 && runner.whileOpen(build, this::step);
    } catch (RuntimeException | Error e) {
      LOG.error("Projection {} of book {} has a fault of its own", runner.name(), book, e);
      putOff(String.valueOf(e));
      return false;
    }
  }

  /** Applies a page. Returns whether there may be more. */
  private boolean step() {
    Position before = position;
    if (before.state() == ProjectionState.FAILED) {
      return false;
    }
    boolean single = before.seq() < alone;
    List<Event> events;
    try {
      events = page(before.seq(), single ? 1 : runner.settings().batchEvents());
    } catch (LedgerException e) {
      if (e.error() instanceof LedgerError.CursorBeyondEnd end) {
        fail(
            before,
            before.seq(),
            "The book ends with seq "
                + end.lastSeq()
                + ", before the "
                + before.seq()
                + " that has been applied: this is another history of it, or a restored one."
                + " Rebuild the projection.");
        return false;
      }
      putOff("Events cannot be read: " + e.getMessage());
      return false;
    }
    if (events.isEmpty()) {
      return false;
    }
    try {
      apply(before, events);
      return true;
    } catch (LostLeaseException e) {
      runner.lost();
    } catch (SQLException e) {
      if (runner.target().mayPass(e)) {
        putOff("The database says: " + e.getMessage());
      } else if (single || events.size() == 1) {
        fail(before, events.get(0).seq(), String.valueOf(e.getMessage()));
      } else {
        alone = events.get(events.size() - 1).seq();
        return true;
      }
    } catch (RuntimeException e) {
      if (single || events.size() == 1) {
        fail(before, events.get(0).seq(), e.toString());
      } else {
        alone = events.get(events.size() - 1).seq();
        return true;
      }
    }
    return false;
  }

  private List<Event> page(long after, int limit) {
    long upTo = build.upTo(book);
    if (upTo <= after) {
      return List.of();
    }
    List<Event> events =
        runner
            .source()
            .events(
                book, after, (int) Math.min(limit, upTo - after), runner.settings().batchBytes());
    if (!events.isEmpty() && events.get(0).seq() != after + 1) {
      throw new IllegalStateException(
          "Events of book '%s' after seq %d begin with seq %d."
              .formatted(book, after, events.get(0).seq()));
    }
    return events;
  }

  private void apply(Position before, List<Event> events) throws SQLException {
    Event last = events.get(events.size() - 1);
    boolean live = runner.source().lastSeq(book) <= last.seq();
    ProjectionState state = live ? ProjectionState.LIVE : ProjectionState.CATCHING_UP;
    List<Event> wanted = wanted(events);
    ProjectionCatalog catalog = runner.catalog();
    try (Connection connection = runner.target().write()) {
      try {
        if (before.seq() == 0) {
          catalog.addPosition(connection, runner.name(), build.build(), book);
        }
        if (!catalog.move(
            connection,
            runner.name(),
            build.build().generation(),
            book,
            before.seq(),
            last.seq(),
            last.at(),
            state,
            runner.settings().owner())) {
          throw new LostLeaseException();
        }
        if (!wanted.isEmpty()) {
          try (BuildTables tables =
              new BuildTables(connection, runner.target().dialect(), build.names())) {
            runner.projection().apply(new EventBatch(book, wanted), tables);
            tables.flush();
          }
        }
        connection.commit();
      } catch (SQLException | RuntimeException | Error e) {
        rollback(connection, e);
        throw e;
      }
    }
    position = new Position(last.seq(), state, null, 0, 0);
    runner.advanced(build, book, last.seq());
  }

  private static void rollback(Connection connection, Throwable because) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      because.addSuppressed(e);
    }
  }

  private List<Event> wanted(List<Event> events) {
    Selection selection = runner.projection().selects();
    List<Event> wanted = new ArrayList<>(events.size());
    for (Event event : events) {
      if (selection.wants(event) && !runner.isSkipped(book, event.seq())) {
        wanted.add(event.published());
      }
    }
    return wanted;
  }

  /** What fails may pass: later, more and more so. */
  private void putOff(String why) {
    Position now = position;
    int retries = now.retries() + 1;
    if (retries == 1 || Integer.bitCount(retries) == 1) {
      LOG.warn(
          "Projection {} does not get on with book {} behind seq {}, and tries again: {}",
          runner.name(),
          book,
          now.seq(),
          why);
    }
    position = new Position(now.seq(), ProjectionState.CATCHING_UP, why, 0, retries);
    long due = runner.afterPause(retries);
    retryNanos = due == 0 ? 1 : due;
  }

  /** It would fail again: stands still until a person has looked. */
  private void fail(Position before, long seq, String why) {
    Position failed =
        new Position(before.seq(), ProjectionState.FAILED, why, seq, before.retries());
    if (!build.isCheck()) { // which then is over, and says why
      LOG.error(
          "Projection {} stands still at seq {} of book {}. Mend the cause and 'retry' it, or"
              + " 'skip' the event: {}",
          runner.name(),
          seq,
          book,
          why);
    }
    try (Connection connection = runner.target().write()) {
      if (before.seq() == 0) {
        runner.catalog().addPosition(connection, runner.name(), build.build(), book);
      }
      runner
          .catalog()
          .setState(
              connection,
              runner.name(),
              build.build().generation(),
              book,
              failed,
              runner.settings().owner());
      connection.commit();
      position = failed;
    } catch (SQLException e) {
      // Then the same is found out again, when the database is back.
      putOff("The database says: " + e.getMessage());
    }
  }

  /** Another process has it now, or this one has slept too long. */
  private static final class LostLeaseException extends SQLException {
    LostLeaseException() {
      super("the position was moved, or the lease is over", "25000");
    }
  }
}
