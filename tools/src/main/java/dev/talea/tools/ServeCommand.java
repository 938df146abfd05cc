package dev.talea.tools;

import dev.talea.server.Daemon;
import dev.talea.server.Initializer;
import dev.talea.server.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code talead serve}. */
@Command(
    name = "serve",
    description = {
      "Serves the ledger. Settings come from the environment and from ./.env, variable by variable;"
          + " 'config' shows them.",
      "Ctrl-C or SIGTERM stop it: requests in flight are answered, then it exits with 0."
    })
final class ServeCommand implements Callable<Integer> {
  private final Shell shell;

  ServeCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    LogSetup.asDaemon();
    HeapGuard.install();
    Settings settings =
        Settings.load(shell.environment(), shell.directory().resolve(Initializer.DEFAULT_ENV_FILE));
    return RunningDaemon.await(Daemon.start(settings));
  }
}
