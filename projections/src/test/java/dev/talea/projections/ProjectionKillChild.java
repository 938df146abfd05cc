// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.jdbc.SqlStoreObserver;
import dev.talea.jdbc.SqlStoreSettings;
import dev.talea.jdbc.TestPostgres;
import dev.talea.projections.target.PostgresTarget;
import dev.talea.projections.target.SqliteTarget;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The process that {@link ProjectionKillTest} kills: posts to a ledger, projects it, and every
 * other time builds a projection anew, until it dies.
 */
public final class ProjectionKillChild {
  private ProjectionKillChild() {}

  /** Which ledger, and where its projections are: files of SQLite, or a schema of a server. */
  public static SqlLedgerStore store(String[] place) {
    return place[0].equals("sqlite")
        ? SqlLedgerStore.openSqlite(
            Path.of(place[1]), SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)
        : SqlLedgerStore.openPostgres(
            TestPostgres.target(Integer.parseInt(place[1]), place[2], place[3]),
            SqlStoreSettings.DEFAULTS,
            SqlStoreObserver.NONE,
            true);
  }

  public static ProjectionTarget target(String[] place) {
    if (place[0].equals("sqlite")) {
      return new SqliteTarget(Path.of(place[1] + ".projections"));
    }
    dev.talea.jdbc.PostgresTarget login =
        TestPostgres.target(Integer.parseInt(place[1]), place[2], place[3]);
    return new PostgresTarget(
        login.jdbcUrl(),
        login.properties(),
        place[3] + "_projection",
        new PostgresTarget.Settings(1, 4, Duration.ofSeconds(10), Duration.ofSeconds(1), true));
  }

  /**
   * Starts one that is to be killed, and waits until it is at work.
   *
   * @param main whose arguments are the round, then the place
   */
  public static Process start(Class<?> main, int round, String[] place, Path log)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dlogback.configurationFile=projections-logback.xml",
                main.getName(),
                "" + round));
    command.addAll(Arrays.asList(place));
    Process child = new ProcessBuilder(command).redirectError(log.toFile()).start();
    assertEquals('.', child.getInputStream().read(), () -> "the child ended, see " + log);
    return child;
  }

  /** A round, then the place. */
  public static void main(String[] args) throws IOException {
    int round = Integer.parseInt(args[0]);
    String[] place = new String[args.length - 1];
    System.arraycopy(args, 1, place, 0, place.length);
    SqlLedgerStore store = store(place);
    ProjectionEngine engine =
        new ProjectionEngine(
            new StoreSource(store.reads()),
            target(place),
            ProjectedLedger.builtIn(),
            ProjectedLedger.settings("round " + round, 7),
            System::nanoTime,
            () -> 0.5,
            Instant::now);
    engine.start();
    if (round % 2 == 1) {
      // The kill may come in the middle of it, and the next process has to go on with it.
      engine.rebuild("daily-balances");
    }
    ProjectedLedger ledger = new ProjectedLedger(store, "round " + round + " ", round);
    System.out.write('.');
    System.out.flush();
    while (true) {
      ledger.post(5);
    }
  }
}
