// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.client.RetryPolicy;
import dev.talea.client.TaleaClient;
import dev.talea.projections.LedgerSource;
import dev.talea.server.Initializer;
import dev.talea.server.Worker;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import dev.talea.server.settings.WorkerSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code talea worker}. */
@Command(
    name = "worker",
    description = {
      "Runs projections and nothing else: follows the ledger of the server at TALEA_URL, or that in"
          + " the PostgreSQL database of TALEA_DB_URL. Settings come from the environment and from"
          + " ./.env, variable by variable.",
      "A ledger or a database that is away is waited for. Ctrl-C or SIGTERM stop it: what is being"
          + " applied is ended, then it exits with 0."
    })
final class WorkerCommand implements Callable<Integer> {
  /** The ledger may be away for long; then it is looked for so often. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  /** A page of a thousand events is a megabyte. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(15);

  private final Shell shell;

  WorkerCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Path envFile = shell.directory().resolve(Initializer.DEFAULT_ENV_FILE);
    Map<String, String> environment = environment(shell);
    LogSetup.asDaemon(Settings.logLevel(environment, Settings.variablesIn(envFile)));
    HeapGuard.install();
    Settings settings = Settings.loadWorker(environment, envFile);
    WorkerSource source = settings.source();
    if (source == null) {
      return run(Worker.start(settings, null));
    }
    try (TaleaClient client = client(source)) {
      return run(Worker.start(settings, new LedgerSource(client, PAUSE)));
    }
  }

  private int run(Worker worker) {
    RunningDaemon.stopWithProcess(() -> worker.stop() && worker.fault() == null);
    String fault = worker.awaitEnd();
    if (fault == null) {
      return Main.OK;
    }
    worker.stop();
    throw new FailedException(fault);
  }

  /** With the token of this folder's server, if that is the one to be followed. */
  static Map<String, String> environment(Shell shell) {
    Map<String, String> environment = new HashMap<>(shell.environment());
    Path envFile = shell.directory().resolve(Initializer.DEFAULT_ENV_FILE);
    Map<String, String> file = Settings.variablesIn(envFile);
    String url = environment.getOrDefault("TALEA_URL", file.getOrDefault("TALEA_URL", ""));
    if (!environment.containsKey("TALEA_TOKEN") && !file.containsKey("TALEA_TOKEN")) {
      String token = FoundSettings.in(shell).tokenFor(url);
      if (!token.isEmpty()) {
        environment.put("TALEA_TOKEN", token);
      }
    }
    return environment;
  }

  /**
   * A client for a source. It tries once: what follows a ledger tries again by itself, and others
   * wait for it.
   *
   * @throws StartException naming the variable that is wrong
   */
  static TaleaClient client(WorkerSource source) {
    String variable = "TALEA_URL";
    try {
      TaleaClient.Builder builder = TaleaClient.builder(source.url());
      @Nullable String token = source.token();
      if (token != null) {
        variable = "TALEA_TOKEN";
        builder.token(token);
      }
      return builder.timeout(ANSWER_MAX).retries(RetryPolicy.NONE).build();
    } catch (IllegalArgumentException e) {
      throw new StartException(variable + ": " + e.getMessage(), e);
    }
  }
}
