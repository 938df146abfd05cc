// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench;

import dev.talea.server.Daemon;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.io.IOException;
import java.util.Map;

/**
 * {@code talead} under test: the daemon that {@code talead serve} runs, with the settings of its
 * environment. Its own main class only because it has to tell its port, must not outlive the bench,
 * and notes what it waits for.
 */
public final class TaleaServer {
  private TaleaServer() {}

  /** Serves until its input ends. */
  public static void main(String[] args) throws IOException {
    ServerRecording recording = ServerRecording.begin();
    Daemon daemon;
    try {
      daemon = Daemon.start(Settings.of(System.getenv(), Map.of()));
    } catch (StartException e) {
      System.err.println("talead: " + e.getMessage());
      System.exit(1);
      return;
    }
    try {
      int port = daemon.address().getPort();
      if (recording == null) {
        ServerProcess.announceAndWait(port);
      } else {
        ServerProcess.announceAndWait(port, recording::dump);
      }
    } finally {
      daemon.stop();
    }
  }
}
