// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.ServerProcess;
import dev.talea.bench.ServerRecording;
import dev.talea.bench.TaleaServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server that a scenario talks to: one that was running already, or a daemon of our own in a
 * new folder, which is gone afterwards. For one thread.
 */
final class Server implements AutoCloseable {
  private static final int TOKEN_BYTES = 32;

  private final URI uri;
  private final @Nullable String token;
  private final long pid;
  private final @Nullable ServerProcess process;
  private final @Nullable Path folder;
  private final boolean records;

  private Server(
      URI uri,
      @Nullable String token,
      long pid,
      @Nullable ServerProcess process,
      @Nullable Path folder,
      boolean records) {
    this.uri = uri;
    this.token = token;
    this.pid = pid;
    this.process = process;
    this.folder = folder;
    this.records = records;
  }

  /**
   * One that is running.
   *
   * @param pid 0 if it is not known
   */
  static Server running(URI uri, @Nullable String token, long pid) {
    return new Server(uri, token, pid, null, null, false);
  }

  /**
   * Starts a daemon. It gets a token, as it has in earnest, and whatever {@code TALEA_} settings
   * are in the environment.
   *
   * @param parent where its folder goes
   * @param store where it keeps the ledger: {@code log} or {@code sqlite} in that folder, or a URL
   * @param flags for its virtual machine
   * @param places how many requests it takes in at once; 0 for its own default
   * @param records whether it notes what its threads wait for
   */
  static Server start(
      Path parent, String store, String heap, List<String> flags, int places, boolean records)
      throws IOException {
    Path folder = Files.createTempDirectory(parent, "talea-bench-");
    boolean started = false;
    try {
      byte[] random = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(random);
      String token = HexFormat.of().formatHex(random);
      List<String> all = new ArrayList<>();
      all.add("-Xmx" + heap);
      all.add(PauseLog.flag(pauseLog(folder)));
      if (records) {
        all.addAll(ServerRecording.flags(recordingFile(folder)));
      }
      all.addAll(flags);
      Map<String, String> settings = new HashMap<>();
      settings.put("TALEA_DB_URL", dbUrl(store, folder));
      settings.put("TALEA_BIND", "127.0.0.1:0");
      settings.put("TALEA_CREATE", "true");
      settings.put("TALEA_API_TOKEN", token);
      if (places > 0) {
        settings.put("TALEA_MAX_INFLIGHT", Integer.toString(places));
      }
      ServerProcess process = ServerProcess.start(TaleaServer.class, all, settings);
      started = true;
      return new Server(
          URI.create("http://127.0.0.1:" + process.port()),
          token,
          process.pid(),
          process,
          folder,
          records);
    } finally {
      if (!started) {
        delete(folder);
      }
    }
  }

  private static String dbUrl(String store, Path folder) {
    return switch (store) {
      case LoadOptions.LOG -> "log://" + folder.resolve("ledger");
      case LoadOptions.SQLITE -> "sqlite://" + folder.resolve("ledger.db");
      default -> store;
    };
  }

  private static Path pauseLog(Path folder) {
    return folder.resolve("pauses.log");
  }

  private static Path recordingFile(Path folder) {
    return folder.resolve("recording.jfr");
  }

  String url() {
    return uri.toString();
  }

  String host() {
    return uri.getRawAuthority();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort());
  }

  @Nullable String token() {
    return token;
  }

  /** Its processor time so far; NaN if that is not known. */
  double cpuSeconds() {
    return pid == 0 ? Double.NaN : ProcessTime.cpuSeconds(pid);
  }

  /** The log of its pauses; null if it is not ours. */
  @Nullable Path pauseLog() {
    return folder == null ? null : pauseLog(folder);
  }

  /**
   * What its threads have waited for until now, as a recording; null if it does not record. To be
   * asked for when nothing is measured: it takes the server a while.
   */
  @Nullable Path recording() throws IOException {
    if (process == null || folder == null || !records) {
      return null;
    }
    process.errand();
    return recordingFile(folder);
  }

  /** Whether it notes what its threads wait for. */
  boolean records() {
    return records;
  }

  /** 0 if it is not known. */
  long pid() {
    return pid;
  }

  boolean isOurs() {
    return process != null;
  }

  @Override
  public void close() throws IOException {
    if (process != null) {
      process.close();
    }
    if (folder != null) {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
