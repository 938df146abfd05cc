// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.server.Initializer;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the settings of a server in this folder say to its clients: its address and its token.
 *
 * <p>The token is shown to that server and no other. A file in the working directory must not
 * decide that a secret goes to wherever {@code --url} leads.
 *
 * <p>Immutable.
 */
final class FoundSettings {
  private static final String DEFAULT_WORKER_URL = "http://127.0.0.1:8081";

  private final String url;

  /** Where a worker listens that runs with these settings. */
  private final String workerUrl;

  private final String token;

  private FoundSettings(String url, String workerUrl, String token) {
    this.url = url;
    this.workerUrl = workerUrl;
    this.token = token;
  }

  /** Of the {@code .env} in the shell's directory; nothing if there is none that can be read. */
  static FoundSettings in(Shell shell) {
    try {
      Map<String, String> variables =
          Settings.variablesIn(shell.directory().resolve(Initializer.DEFAULT_ENV_FILE));
      String bind = variables.getOrDefault(Setting.BIND.variable(), "");
      String worker = variables.getOrDefault(Setting.WORKER_BIND.variable(), "");
      return new FoundSettings(
          bind.isEmpty() ? ClientCommand.DEFAULT_URL : url(bind),
          worker.isEmpty() ? DEFAULT_WORKER_URL : url(worker),
          variables.getOrDefault(Setting.API_TOKEN.variable(), ""));
    } catch (StartException e) {
      // 'serve' says what is wrong with it; a client may know its way without.
      return new FoundSettings(ClientCommand.DEFAULT_URL, DEFAULT_WORKER_URL, "");
    }
  }

  /**
   * What the names of the logs of a ledger begin with that is served with these settings: the
   * environment's {@code TALEA_ORIGIN} goes before that of the {@code .env}.
   *
   * @throws FailedException if it can be no origin
   */
  static LedgerOrigin origin(Shell shell) {
    try {
      return Settings.ledgerOrigin(text(shell, Setting.ORIGIN));
    } catch (StartException e) {
      throw new FailedException("" + e.getMessage(), e);
    }
  }

  /**
   * The folder of reconciliation of a ledger in logs or SQLite that is served with these settings:
   * what {@code TALEA_RECONCILE_DIR} says, in the same order, or a folder beside the ledger.
   *
   * @throws FailedException if the {@code .env} cannot be read: evidence must not be passed over
   */
  static Path reconcileDir(Shell shell, Path ledger) {
    try {
      String text = text(shell, Setting.RECONCILE_DIR);
      return text == null || text.isEmpty()
          ? ledger.toAbsolutePath().normalize().resolveSibling(ReconcileFolder.NAME)
          : shell.directory().resolve(text);
    } catch (StartException e) {
      throw new FailedException("" + e.getMessage(), e);
    }
  }

  private static @Nullable String text(Shell shell, Setting setting) {
    String text = shell.environment().get(setting.variable());
    return text != null
        ? text
        : Settings.variablesIn(shell.directory().resolve(Initializer.DEFAULT_ENV_FILE))
            .get(setting.variable());
  }

  private static String url(String bind) {
    int colon = bind.lastIndexOf(':');
    String host = colon < 0 ? bind : bind.substring(0, colon);
    // A server on all interfaces is also on this one.
    boolean any = host.equals("0.0.0.0") || host.equals("[::]");
    return "http://" + (any ? "127.0.0.1" : host) + (colon < 0 ? "" : bind.substring(colon));
  }

  /** Where the server listens, if it runs with these settings. */
  String url() {
    return url;
  }

  /** Whether there is a token at all. */
  boolean hasToken() {
    return !token.isEmpty();
  }

  /**
   * The token for the server or worker at this address; empty if there is none, or none for that
   * address.
   */
  String tokenFor(String address) {
    return sameServer(url, address) || sameServer(workerUrl, address) ? token : "";
  }

  private static boolean sameServer(String of, String address) {
    try {
      URI ours = URI.create(of);
      URI theirs = URI.create(address);
      String ourHost = String.valueOf(ours.getHost());
      String theirHost = String.valueOf(theirs.getHost());
      return "http".equals(theirs.getScheme())
          && port(ours) == port(theirs)
          && (ourHost.equals(theirHost) || (isLoopback(ourHost) && isLoopback(theirHost)));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static int port(URI uri) {
    return uri.getPort() < 0 ? 80 : uri.getPort();
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]");
  }
}
