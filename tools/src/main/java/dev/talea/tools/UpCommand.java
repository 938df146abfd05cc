// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.Daemon;
import dev.talea.server.Initializer;
import dev.talea.server.settings.DbUrl;
import dev.talea.server.settings.LedgerChoice;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code talea up}. */
@Command(
    name = "up",
    description = {
      "From nothing to a ledger that answers: prepares ./.env and ./talea-data if they are not"
          + " there, then serves, and says what to try.",
      "Ctrl-C or SIGTERM stop it: requests in flight are answered, then it exits with 0."
    })
final class UpCommand implements Callable<Integer> {
  private final Shell shell;

  UpCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Path envFile = shell.directory().resolve(Initializer.DEFAULT_ENV_FILE);
    if (!Files.exists(envFile)) {
      LedgerChoice ledger = LedgerChoice.of(shell.environment());
      InitCommand.report(
          Initializer.run(InitCommand.request(ledger, null, envFile, false, true, shell)), shell);
    }
    LogSetup.asDaemon(Settings.logLevel(shell.environment(), Settings.variablesIn(envFile)));
    HeapGuard.install();
    Settings settings = Settings.load(shell.environment(), envFile);
    Daemon daemon = Daemon.start(settings);
    welcome(settings, daemon);
    return RunningDaemon.await(daemon);
  }

  private void welcome(Settings settings, Daemon daemon) {
    String url = url(daemon.address());
    Out out = shell.out();
    out.line("");
    out.line("talea is up.");
    out.line("  it listens on  " + url);
    out.line("  the ledger is  " + settings.dbUrl());
    out.line("  the token is   " + whereTheTokenIs(settings));
    String tables = daemon.projectionTables();
    if (tables != null) {
      out.line("  its tables are " + tables);
    }
    out.line("");
    out.line("Try, from another terminal in this folder:");
    FoundSettings found = FoundSettings.in(shell);
    // What a client finds in .env needs no saying; what came from elsewhere does.
    if (!found.tokenFor(url).isEmpty() || found.url().equals(url)) {
      if (!found.url().equals(url)) {
        out.line("  export TALEA_URL=" + url);
      }
    } else {
      out.line("  export TALEA_URL=" + url);
      if (found.hasToken() && origin(settings, Setting.API_TOKEN) == Settings.Origin.ENV_FILE) {
        out.line("  export TALEA_TOKEN=$(sed -n 's/^TALEA_API_TOKEN=//p' .env)");
      }
    }
    String talea = CommandName.ofClient();
    out.line("  " + talea + " asset register --id EUR --class fiat --precision 2 --name Euro");
    out.line("  " + talea + " account open --book shop --path till --asset EUR --kind asset");
    out.line("  " + talea + " balance --book shop --path till");
    DbUrl target = settings.projections().target();
    if (tables != null && target != null) {
      out.line("  " + tryTables(target, settings.projections().schema(), tables));
    }
    out.line("");
    out.line("Ctrl-C stops it.");
    out.flush();
  }

  /** What has been posted, in a reader of the database's own. */
  private static String tryTables(DbUrl target, @Nullable String schema, String file) {
    String query =
        "SELECT book, account, amount, asset, key FROM "
            + (schema == null ? "" : schema + ".")
            + "postings_decimal ORDER BY book, seq DESC LIMIT 10";
    return target.scheme().equals(DbUrl.SQLITE)
        ? "sqlite3 " + CommandName.word(file) + " \"" + query + "\""
        : "psql: " + query + ";";
  }

  private static String whereTheTokenIs(Settings settings) {
    return switch (origin(settings, Setting.API_TOKEN)) {
      case ENV_FILE -> "in .env, as TALEA_API_TOKEN";
      case ENVIRONMENT -> "in the environment, as TALEA_API_TOKEN";
      case DATABASE_URL, POSTGRES_VARIABLES, OPTION, RUST_LOG, DEFAULT, IGNORED, UNSET ->
          settings.tokensFile() == null
              ? "none: every client that reaches this address may do everything"
              : "one of those in " + settings.tokensFile();
    };
  }

  private static Settings.Origin origin(Settings settings, Setting setting) {
    return settings.describe().stream()
        .filter(line -> line.variable().equals(setting.variable()))
        .map(Settings.Line::origin)
        .findFirst()
        .orElse(Settings.Origin.UNSET);
  }

  /** An address that can be connected to: a server on all interfaces is also on this one. */
  private static String url(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    String name = host == null || host.isAnyLocalAddress() ? "127.0.0.1" : host.getHostAddress();
    return "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + address.getPort();
  }
}
