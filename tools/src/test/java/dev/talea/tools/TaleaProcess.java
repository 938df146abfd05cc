// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The one binary, started the way a person starts it. Its output is collected as it comes, so the
 * process never waits for us.
 */
final class TaleaProcess implements AutoCloseable {
  /** Generous: the machine may be busy with something else. */
  private static final long PATIENCE_SECONDS = 120;

  private final Process process;
  private final Collector out;
  private final Collector err;

  private TaleaProcess(Process process) {
    this.process = process;
    this.out = new Collector(process.getInputStream());
    this.err = new Collector(process.getErrorStream());
  }

  /** The binary that the build has just made. */
  static Path binary() {
    Path binary = Path.of("target", "talea").toAbsolutePath();
    if (!Files.isExecutable(binary)) {
      throw new IllegalStateException(binary + " is not there: these tests come after the package");
    }
    return binary;
  }

  static TaleaProcess start(Path directory, Map<String, String> environment, String... arguments)
      throws IOException {
    return start(binary(), directory, environment, arguments);
  }

  static TaleaProcess start(
      Path binary, Path directory, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(binary.toString());
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    // Whatever ledger the machine of the build names is not to be touched by a test.
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("TALEA_.*|POSTGRES_.*|DATABASE_URL"));
    environment.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    return new TaleaProcess(builder.start());
  }

  /** A port nobody listens on. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  Process process() {
    return process;
  }

  /** Waits for its end. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("still running after " + PATIENCE_SECONDS + " s: " + this);
    }
    out.awaitEnd();
    err.awaitEnd();
    return process.exitValue();
  }

  /** Waits for a line on standard output or standard error that contains this. */
  TaleaProcess awaitLine(String part) throws InterruptedException {
    CompletableFuture<Object> found =
        CompletableFuture.anyOf(out.lineWith(part), err.lineWith(part), ended());
    try {
      if (found.get(PATIENCE_SECONDS, TimeUnit.SECONDS).equals("ended")) {
        out.awaitEnd();
        err.awaitEnd();
        if (!out.text().contains(part) && !err.text().contains(part)) {
          throw new AssertionError("ended without saying '" + part + "': " + this);
        }
      }
    } catch (TimeoutException | ExecutionException e) {
      throw new AssertionError("did not say '" + part + "': " + this, e);
    }
    return this;
  }

  private CompletableFuture<Object> ended() {
    return process.onExit().thenApply(p -> "ended");
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** Standard output so far. */
  String out() {
    return out.text();
  }

  /** Standard error so far. */
  String err() {
    return err.text();
  }

  @Override
  public String toString() {
    return "exit code "
        + (process.isAlive() ? "none yet" : process.exitValue())
        + "\n--- stdout\n"
        + out()
        + "\n--- stderr\n"
        + err();
  }

  /** Leaves nothing running behind a test, however it ended. */
  @Override
  public void close() {
    process.destroyForcibly();
  }

  private static final class Collector {
    private final StringBuilder text = new StringBuilder();
    private final List<Waiter> waiters = new ArrayList<>();
    private final Thread thread;

    private record Waiter(String part, CompletableFuture<Object> found) {}

    Collector(InputStream stream) {
      thread = new Thread(() -> read(stream), "collector");
      thread.setDaemon(true);
      thread.start();
    }

    private void read(InputStream stream) {
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          add(line);
        }
      } catch (IOException e) {
        // The process was killed; what it said before is kept.
      }
    }

    private synchronized void add(String line) {
      text.append(line).append('\n');
      for (Waiter waiter : waiters) {
        if (line.contains(waiter.part())) {
          waiter.found().complete("found");
        }
      }
    }

    synchronized CompletableFuture<Object> lineWith(String part) {
      CompletableFuture<Object> found = new CompletableFuture<>();
      if (text.indexOf(part) >= 0) {
        found.complete("found");
      } else {
        waiters.add(new Waiter(part, found));
      }
      return found;
    }

    synchronized String text() {
      return text.toString();
    }

    void awaitEnd() throws InterruptedException {
      thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }
  }
}
