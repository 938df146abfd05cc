// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.json.ProjectionJson;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import dev.talea.projections.LedgerSource;
import dev.talea.server.CatchUp;
import dev.talea.server.Initializer;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.WorkerSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea projection}: the group of commands about tables that follow the ledger. */
@Command(
    name = "projection",
    description = "Tables that follow the ledger: how they are, and what they are to do.",
    subcommands = {
      ProjectionCommand.Listing.class,
      ProjectionCommand.Status.class,
      ProjectionCommand.Run.class,
      ProjectionCommand.Rebuild.class,
      ProjectionCommand.Verify.class,
      ProjectionCommand.Retry.class,
      ProjectionCommand.Skip.class,
      ProjectionCommand.Drop.class
    })
final class ProjectionCommand {
  private static final String NAME = "Of the projection, as 'list' prints it.";

  /** What all of them have in common. */
  private abstract static class Asking extends ClientCommand {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    Asking(Shell shell) {
      super(shell);
    }

    abstract int run(ProjectionClient client);

    @Override
    final int run(BlockingLedger ledger) {
      return run(new ProjectionClient(url(), token()));
    }

    /**
     * Looks until it is so. A projection that stands still, or that no process runs, is a refusal.
     */
    final ProjectionStatus until(
        ProjectionClient client, String name, String what, Predicate<ProjectionStatus> over) {
      while (true) {
        ProjectionStatus now = client.one(name);
        if (over.test(now)) {
          return now;
        }
        if (now.state() == ProjectionState.FAILED) {
          throw new FailedException(
              "Projection '%s' stands still, and is not %s: %s".formatted(name, what, now.error()));
        }
        if (now.state() == ProjectionState.STOPPED) {
          throw new FailedException(
              "No process runs projection '%s'; it is %s when one does.".formatted(name, what));
        }
        SystemTicker.pause(PAUSE_NANOS);
      }
    }
  }

  /** {@code talea projection list}. */
  @Command(name = "list", description = "Lists the projections that the server names.")
  static final class Listing extends Asking {
    Listing(Shell shell) {
      super(shell);
    }

    @Override
    int run(ProjectionClient client) {
      byte[] page = client.page();
      print(page, () -> table(ProjectionJson.readPage(page)));
      return Main.OK;
    }

    private static String table(List<ProjectionStatus> all) {
      Table table =
          new Table("projection", ">version", "state", ">events behind", ">seconds", "error");
      for (ProjectionStatus one : all) {
        table.row(
            one.name(),
            "" + one.version(),
            one.state().word(),
            "" + one.lagEvents(),
            "" + one.lagSeconds(),
            one.error() == null ? "" : one.error());
      }
      return table.toString();
    }
  }

  /** {@code talea projection status}. */
  @Command(
      name = "status",
      description = "Shows how far projections are in each book, and what they stand still for.")
  static final class Status extends Asking {
    @Parameters(paramLabel = "NAME", arity = "0..1", description = "Of one; all unless told.")
    private @Nullable String name;

    Status(Shell shell) {
      super(shell);
    }

    @Override
    int run(ProjectionClient client) {
      if (name == null) {
        byte[] page = client.page();
        print(page, () -> table(ProjectionJson.readPage(page)));
      } else {
        byte[] one = client.bytes(name);
        print(one, () -> table(List.of(ProjectionJson.read(one))));
      }
      return Main.OK;
    }

    private static String table(List<ProjectionStatus> all) {
      Table table = new Table("projection", "book", ">seq", "state", "run by", "error");
      for (ProjectionStatus one : all) {
        for (ProjectionStatus.Position position : one.positions()) {
          table.row(
              one.name(),
              position.book(),
              "" + position.seq(),
              position.state().word(),
              one.owner() == null ? "none" : one.owner(),
              position.error() == null ? "" : position.error());
        }
      }
      return table.toString();
    }
  }

  /** {@code talea projection run}. */
  @Command(
      name = "run",
      description = {
        "Brings it to where the books end now, in this process, and ends. Reads the ledger and opens"
            + " the database of the tables as 'worker' does.",
        "Another process that runs it is left to do so."
      })
  static final class Run extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "Of the projection.")
    private String name = "";

    @Option(
        names = "--once",
        required = true,
        description = "Has to be given; 'worker' is what goes on.")
    private boolean once;

    Run(Shell shell) {
      super(shell);
    }

    @Override
    public Integer call() {
      if (!once) {
        throw new UsageException("--once has to be given; 'worker' is what goes on");
      }
      Map<String, String> environment = new HashMap<>(WorkerCommand.environment(shell()));
      String url = urlOption();
      if (url != null) {
        environment.put("TALEA_URL", url);
      }
      String token = tokenOption();
      if (token != null) {
        environment.put("TALEA_TOKEN", token);
      }
      environment.put(Setting.PROJECTIONS.variable(), name);
      environment.put(Setting.PROJECTION_RUNNERS.variable(), "1");
      Settings settings =
          Settings.loadWorker(
              environment, shell().directory().resolve(Initializer.DEFAULT_ENV_FILE));
      WorkerSource source = settings.source();
      if (source == null) {
        return report(CatchUp.run(settings, null));
      }
      try (TaleaClient client = WorkerCommand.client(source);
          LedgerSource remote = new LedgerSource(client, WorkerCommand.PAUSE)) {
        return report(CatchUp.run(settings, remote));
      }
    }

    private int report(ProjectionStatus now) {
      shell()
          .out()
          .line(
              "Projection '%s' has come to the end, in %d books."
                  .formatted(now.name(), now.positions().size()));
      return Main.OK;
    }

    @Override
    int run(BlockingLedger ledger) {
      throw new IllegalStateException("it follows the ledger, and asks it nothing");
    }
  }

  /** {@code talea projection rebuild}. */
  @Command(
      name = "rebuild",
      description =
          "Builds it anew beside the rows that are read, which it then replaces; waits for that.")
  static final class Rebuild extends Asking {
    @Parameters(paramLabel = "NAME", description = NAME)
    private String name = "";

    Rebuild(Shell shell) {
      super(shell);
    }

    @Override
    int run(ProjectionClient client) {
      client.change(name, "rebuild", List.of());
      until(
          client,
          name,
          "rebuilt",
          now -> now.state() == ProjectionState.LIVE || now.state() == ProjectionState.CATCHING_UP);
      return Main.OK;
    }
  }

  /** {@code talea projection verify}. */
  @Command(
      name = "verify",
      description = {
        "Computes its rows again from the events and compares; waits for that.",
        "Exit code 3 if a row differs, which is named."
      })
  static final class Verify extends Asking {
    @Parameters(paramLabel = "NAME", description = NAME)
    private String name = "";

    Verify(Shell shell) {
      super(shell);
    }

    @Override
    int run(ProjectionClient client) {
      client.change(name, "verify", List.of());
      String verdict = "" + until(client, name, "verified", now -> now.verify() != null).verify();
      boolean right = verdict.equals("right");
      shell()
          .out()
          .line(
              right
                  ? "Every row of '" + name + "' is what the events give."
                  : Terminal.safe(verdict));
      return right ? Main.OK : Main.WRONG;
    }
  }

  /** {@code talea projection retry}. */
  @Command(name = "retry", description = "Lets it go on where it stands still.")
  static final class Retry extends Asking {
    @Parameters(paramLabel = "NAME", description = NAME)
    private String name = "";

    @Option(names = "--book", paramLabel = "B", description = "In this book; in all unless told.")
    private @Nullable String book;

    Retry(Shell shell) {
      super(shell);
    }

    @Override
    int run(ProjectionClient client) {
      client.change(name, "retry", book == null ? List.of() : List.of("book", book));
      return Main.OK;
    }
  }

  /** {@code talea projection skip}. */
  @Command(
      name = "skip",
      description =
          "Passes over an event for good; who has decided it and why stays in the tables.")
  static final class Skip extends Asking {
    @Parameters(paramLabel = "NAME", description = NAME)
    private String name = "";

    @Option(names = "--book", paramLabel = "B", required = true, description = "Of the event.")
    private String book = "";

    @Option(names = "--seq", paramLabel = "N", required = true, description = "Of the event.")
    private long seq;

    @Option(
        names = "--why",
        paramLabel = "TEXT",
        required = true,
        description = "For those who come after.")
    private String why = "";

    Skip(Shell shell) {
      super(shell);
    }

    @Override
    void check() {
      if (seq < 1) {
        throw new UsageException("--seq is " + seq + ", must be at least 1");
      }
    }

    @Override
    int run(ProjectionClient client) {
      client.change(name, "skip", List.of("book", book, "seq", "" + seq, "why", why));
      return Main.OK;
    }
  }

  /** {@code talea projection drop}. */
  @Command(
      name = "drop",
      description = "Removes its tables; the next start of the server begins it anew.")
  static final class Drop extends Asking {
    @Parameters(paramLabel = "NAME", description = NAME)
    private String name = "";

    Drop(Shell shell) {
      super(shell);
    }

    @Override
    int run(ProjectionClient client) {
      client.change(name, "drop", List.of());
      return Main.OK;
    }
  }
}
