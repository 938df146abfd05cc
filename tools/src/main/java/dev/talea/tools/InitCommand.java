// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.Initializer;
import dev.talea.server.settings.LedgerChoice;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talead init}. */
@Command(
    name = "init",
    description = {
      "Prepares a ledger: opens or creates the store, applies the seed, writes the settings with a"
          + " fresh token.",
      "Safe to run again: settings that are there are kept unless --force."
    })
final class InitCommand implements Callable<Integer> {
  @Option(
      names = "--db-url",
      paramLabel = "URL",
      description =
          "Where the ledger lives: log://DIR, sqlite://FILE or"
              + " postgres://USER:PASSWORD@HOST/DATABASE. Else what the environment names, else"
              + " what the settings do that are there, else log://./talea-data.")
  private @Nullable String dbUrl;

  @Option(
      names = "--seed",
      paramLabel = "FILE",
      description = "Assets and accounts to begin with, TOML; talea.seed.toml if it is there.")
  private @Nullable Path seed;

  @Option(
      names = "--env-out",
      paramLabel = "FILE",
      description = "Where the settings go; .env unless told.")
  private Path envOut = Initializer.DEFAULT_ENV_FILE;

  @Option(
      names = "--force",
      description = "Replaces settings that are there; their token is then good for nothing.")
  private boolean force;

  private final Shell shell;

  InitCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    LedgerChoice ledger =
        dbUrl == null
            ? LedgerChoice.of(shell.environment(), kept())
            : LedgerChoice.named("--db-url", dbUrl, shell.environment());
    report(Initializer.run(request(ledger, seed, envOut, force, false, shell)), shell);
    return Main.OK;
  }

  /** What stands in settings that are there; nothing of those that cannot be read. */
  private Map<String, String> kept() {
    try {
      return Settings.variablesIn(envOut);
    } catch (StartException e) {
      return Map.of(); // the initializer reports it where it keeps the file
    }
  }

  /** What 'init' is to do here. */
  static Initializer.Request request(
      LedgerChoice ledger,
      @Nullable Path seed,
      Path envFile,
      boolean force,
      boolean projections,
      Shell shell) {
    String bind = shell.environment().getOrDefault(Setting.BIND.variable(), "");
    return new Initializer.Request(
        ledger, seed, envFile, force, bind.isEmpty() ? null : bind, projections);
  }

  /** What was done goes to standard output, what must not be overlooked to standard error. */
  static void report(Initializer.Report report, Shell shell) {
    report.messages().forEach(shell.out()::line);
    shell.out().flush();
    report.warnings().forEach(warning -> shell.err().println("WARNING: " + warning));
  }
}
