package dev.talea.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server under test in a JVM of its own, so that the load generator's garbage and compilation do
 * not count as the server's. The child tells its port on the first line of its output and ends when
 * its input does, so that no child outlives a parent that died.
 */
final class ServerProcess implements AutoCloseable {
  private static final long STOP_SECONDS_MAX = 20;

  private final Process process;
  private final int port;

  private ServerProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts {@code main} with this JVM's class path and waits for its port. */
  static ServerProcess start(Class<?> main, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    String first = output.readLine();
    if (first == null) {
      throw new IOException(main.getSimpleName() + " ended before it told its port");
    }
    return new ServerProcess(process, Integer.parseInt(first));
  }

  /** The child's half of the protocol. */
  static void announceAndWait(int port) throws IOException {
    System.out.println(port);
    System.out.flush();
    while (System.in.read() >= 0) {
      // Only the end of the input means anything.
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
