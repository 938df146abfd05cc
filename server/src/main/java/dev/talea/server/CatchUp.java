// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.ledger.Store;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import dev.talea.projections.EventSource;
import dev.talea.projections.LedgerSource;
import dev.talea.projections.StoreSource;
import dev.talea.projections.TargetException;
import dev.talea.server.metrics.Metrics;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings one projection to where the books end, and leaves it there: a worker for those who have a
 * timer and want no process that stays. Apart from {@link Worker}, which never comes to an end and
 * waits for what is away; here that is a refusal.
 *
 * <p>One thread, which waits.
 */
public final class CatchUp {
  private static final Duration LOOK = Duration.ofMillis(100);

  /** Beyond the lease: a process that stands by takes over within this. */
  private static final Duration TAKE_OVER = Duration.ofSeconds(2);

  private CatchUp() {}

  /**
   * Runs it until it holds all events that there are now.
   *
   * @param settings of a worker that names this one projection
   * @param remote the ledger of {@link Settings#source}; null where its database is read
   * @return how it is now
   * @throws StartException if it cannot be run, stands still, or is run by another process that
   *     does not bring it there
   * @throws dev.talea.ledger.LedgerException if the ledger does not answer
   */
  public static ProjectionStatus run(Settings settings, @Nullable LedgerSource remote) {
    ProjectionService.Surroundings around = SystemSurroundings.ofProjections();
    ProjectionService projections = ProjectionService.of(settings, around);
    if (projections == null) {
      throw new IllegalArgumentException("not the settings of a worker");
    }
    String name = String.join(",", settings.projections().names());
    Store store = null;
    try {
      if (!projections.knows(name)) {
        throw new StartException("'" + name + "' is no projection that comes to an end");
      }
      EventSource source = remote;
      if (source == null) {
        store = Stores.open(settings, new Metrics());
        source = new StoreSource(store.reads());
      }
      Map<String, Long> ends = new HashMap<>();
      for (String book : source.books()) {
        ends.put(book, source.lastSeq(book));
      }
      projections.start(source);
      String outage = projections.outage();
      if (outage != null) {
        throw new StartException(outage);
      }
      return await(projections, ends, around.owner(), settings);
    } catch (TargetException e) {
      throw new StartException("" + e.getMessage(), e);
    } finally {
      projections.close(settings.timing().stopGrace());
      if (store != null) {
        store.close();
      }
    }
  }

  private static ProjectionStatus await(
      ProjectionService projections, Map<String, Long> ends, String us, Settings settings) {
    long start = SystemSurroundings.nanos();
    long patience = settings.duration(Setting.PROJECTION_LEASE).plus(TAKE_OVER).toNanos();
    while (true) {
      ProjectionStatus now = projections.status().get(0);
      if (now.state() == ProjectionState.FAILED) {
        throw new StartException(
            "Projection '%s' stands still: %s. Mend the cause and 'retry' it, or 'skip' the event"
                .formatted(now.name(), now.error()));
      }
      boolean read =
          now.state() == ProjectionState.LIVE || now.state() == ProjectionState.CATCHING_UP;
      if (read
          && now.positions().stream()
              .allMatch(at -> at.seq() >= ends.getOrDefault(at.book(), 0L))) {
        return now;
      }
      String owner = now.owner();
      if (owner != null && !owner.equals(us) && SystemSurroundings.nanos() - start > patience) {
        throw new StartException(
            "Projection '%s' is run by %s, which has not brought it to the end yet; it was left to"
                    .formatted(now.name(), owner)
                + " that process");
      }
      pauseUnless(projections.fault());
    }
  }

  private static void pauseUnless(CompletableFuture<String> fault) {
    String found = fault.completeOnTimeout("", LOOK.toMillis(), TimeUnit.MILLISECONDS).join();
    if (!found.isEmpty()) {
      throw new StartException(found);
    }
  }
}
