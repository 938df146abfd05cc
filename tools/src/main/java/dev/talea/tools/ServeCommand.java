// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.Daemon;
import dev.talea.server.Initializer;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talead serve}. */
@Command(
    name = "serve",
    description = {
      "Serves the ledger. Settings come from the environment and from ./.env, variable by variable;"
          + " 'config' shows them.",
      "Ctrl-C or SIGTERM stop it: requests in flight are answered, then it exits with 0."
    })
final class ServeCommand implements Callable<Integer> {
  @Option(
      names = "--create",
      description =
          "Makes the ledger if there is none, as 'init' does; else that is an error. For platforms"
              + " that start one process. Also TALEA_CREATE=true.")
  private boolean create;

  private final Shell shell;

  ServeCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Path envFile = shell.directory().resolve(Initializer.DEFAULT_ENV_FILE);
    Map<String, String> environment = new HashMap<>(shell.environment());
    if (create) {
      environment.put(Setting.CREATE.variable(), "true");
    }
    LogSetup.asDaemon(Settings.logLevel(environment, Settings.variablesIn(envFile)));
    HeapGuard.install();
    Settings settings = Settings.load(environment, envFile);
    return RunningDaemon.await(Daemon.start(settings));
  }
}
