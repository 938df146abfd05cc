// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.Daemon;
import java.util.function.BooleanSupplier;

/**
 * Lets a daemon run until the process is told to end, and ends it properly. Stateless.
 *
 * <p>Exit code 0 for a stop on SIGINT or SIGTERM in which every request got an answer: what the
 * operator or a process manager asked for has happened. 1 if a request was cut off.
 */
final class RunningDaemon {
  private RunningDaemon() {}

  /** Does not return while the process lives. */
  static int await(Daemon daemon) {
    stopWithProcess(daemon::stop);
    daemon.awaitStop();
    return Main.OK;
  }

  /**
   * Has the process stop it before it ends.
   *
   * @param stopped stops, and says whether all is well
   */
  static void stopWithProcess(BooleanSupplier stopped) {
    Thread stop =
        new Thread(
            () -> {
              boolean clean = stopped.getAsBoolean();
              // Without this the JVM would report the signal, 130 or 143, however clean the end.
              Runtime.getRuntime().halt(clean ? Main.OK : Main.FAILED);
            },
            "talea-stop");
    Runtime.getRuntime().addShutdownHook(stop);
  }
}
