// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import dev.talea.projections.ProjectionCatalog.Build;
import dev.talea.projections.ProjectionCatalog.Position;
import dev.talea.projections.ProjectionCatalog.Registered;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Says how a projection is doing, from what is written down of it, what its lanes know that run
 * here, and where the books end: also of one that has never started. Stateless.
 */
final class StatusReader {
  private StatusReader() {}

  static ProjectionStatus of(
      Connection connection,
      ProjectionCatalog catalog,
      EventSource source,
      List<String> books,
      Runner runner,
      Instant now)
      throws SQLException {
    String name = runner.name();
    Registered known = catalog.registered(connection, name);
    Map<String, Position> positions = new TreeMap<>();
    if (known != null) {
      positions.putAll(catalog.positions(connection, name, known.generation()));
    }
    Runner.BuildRun build = runner.current();
    if (runner.owned() && build != null) {
      build.lanes().forEach((book, lane) -> positions.put(book, lane.position()));
    }
    List<Build> builds = known == null ? List.of() : catalog.builds(connection, name);
    Build coming = known == null ? null : Builds.coming(builds, known);
    String trouble =
        known == null || coming == null
            ? null
            : trouble(connection, catalog, known, builds, coming);
    boolean held = known != null && known.held();
    long lag = 0;
    double seconds = 0;
    String error = null;
    ProjectionState worst =
        !held
            ? ProjectionState.STOPPED
            : coming != null ? ProjectionState.REBUILDING : ProjectionState.LIVE;
    List<ProjectionStatus.Position> told = new ArrayList<>();
    for (String book : books(books, runner, positions)) {
      Position position = positions.getOrDefault(book, Position.START);
      long left = Math.max(0, source.lastSeq(book) - position.seq());
      ProjectionState state =
          position.state() == ProjectionState.FAILED
              ? ProjectionState.FAILED
              : left == 0 ? ProjectionState.LIVE : ProjectionState.CATCHING_UP;
      lag += left;
      if (left > 0) {
        seconds = Math.max(seconds, age(source, book, position.seq(), now));
      }
      if (position.error() != null && (error == null || state == ProjectionState.FAILED)) {
        error = position.error();
      }
      worst = state.compareTo(worst) > 0 ? state : worst;
      told.add(
          new ProjectionStatus.Position(
              book, position.seq(), state, position.error(), position.errorSeq()));
    }
    if (coming != null) {
      // What fails in the build that is read is to go with it; what fails in the new one stays.
      worst =
          trouble != null
              ? ProjectionState.FAILED
              : held ? ProjectionState.REBUILDING : ProjectionState.STOPPED;
      error = trouble != null ? "In the build that is to be read next: " + trouble : error;
    }
    return new ProjectionStatus(
        name,
        known == null ? runner.projection().version() : known.version(),
        worst,
        lag,
        seconds,
        told,
        error,
        known == null || !held ? null : known.owner(),
        known == null ? null : known.heartbeatAt(),
        Builds.lastVerified(builds));
  }

  private static @Nullable String trouble(
      Connection connection,
      ProjectionCatalog catalog,
      Registered known,
      List<Build> builds,
      Build coming)
      throws SQLException {
    String verdict = Builds.verdict(builds, coming);
    if (verdict != null && !verdict.equals(Builds.RIGHT)) {
      return verdict;
    }
    for (Position position :
        catalog.positions(connection, known.name(), coming.generation()).values()) {
      if (position.state() == ProjectionState.FAILED) {
        return position.error();
      }
    }
    return null;
  }

  private static Set<String> books(
      List<String> all, Runner runner, Map<String, Position> positions) {
    Set<String> books = new TreeSet<>(positions.keySet());
    all.stream().filter(runner.projection().selects()::wantsBook).forEach(books::add);
    return books;
  }

  private static double age(EventSource source, String book, long seq, Instant now) {
    @Nullable Event oldest;
    try {
      List<Event> events = source.events(book, seq, 1, 1);
      oldest = events.isEmpty() ? null : events.get(0);
    } catch (LedgerException e) {
      return 0;
    }
    return oldest == null
        ? 0
        : Math.max(0, Duration.between(oldest.at(), now).toNanos() / 1_000_000_000.0);
  }
}
