// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A server under test in a JVM of its own, so that the load generator's garbage and compilation do
 * not count as the server's. The child tells its port on the first line of its output and ends when
 * its input does, so that no child outlives a parent that died.
 *
 * <p>For one thread.
 */
public final class ServerProcess implements AutoCloseable {
  private static final long STOP_SECONDS_MAX = 30;

  /** What the child says when it has done what it was asked to. */
  private static final String DONE = "done";

  private final Process process;
  private final BufferedReader output;
  private final int port;

  private ServerProcess(Process process, BufferedReader output, int port) {
    this.process = process;
    this.output = output;
    this.port = port;
  }

  /** What a child can be asked to do while it serves. */
  interface Errand {
    void run() throws IOException;
  }

  /**
   * Starts {@code main} with this JVM's class path and waits for its port.
   *
   * @param flags for its virtual machine
   * @param environment added to this process's own
   * @throws IOException if it ends instead; its standard error, which is ours, says why
   */
  public static ServerProcess start(
      Class<?> main, List<String> flags, Map<String, String> environment) throws IOException {
    List<String> command = new ArrayList<>();
    // Ctrl-C goes to the whole group of processes, but only the parent must end by it: it still has
    // to ask the server whether all that was acknowledged is there. An ignored signal stays
    // ignored.
    command.addAll(List.of("sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    String first = output.readLine();
    if (first == null) {
      throw new IOException(
          main.getSimpleName() + " ended before it told its port; its standard error says why");
    }
    return new ServerProcess(process, output, Integer.parseInt(first));
  }

  /** The child's half of the protocol, for a child that has nothing to do but to serve. */
  static void announceAndWait(int port) throws IOException {
    announceAndWait(port, () -> {});
  }

  /**
   * The child's half of the protocol.
   *
   * @param errand run for every line of the input, before a line of output says that it is done, or
   *     why not
   */
  static void announceAndWait(int port, Errand errand) throws IOException {
    System.out.println(port);
    System.out.flush();
    for (int next = System.in.read(); next >= 0; next = System.in.read()) {
      if (next == '\n') {
        String said = DONE;
        try {
          errand.run();
        } catch (IOException e) {
          said = e.toString().replace('\n', ' ');
        }
        System.out.println(said);
        System.out.flush();
      }
    }
  }

  /**
   * Has the child do its errand, and waits until it is done.
   *
   * @throws IOException saying why it could not be done
   */
  public void errand() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    String said = output.readLine();
    if (!DONE.equals(said)) {
      throw new IOException(
          "the server under test could not do what it was asked to: "
              + (said == null ? "it has ended" : said));
    }
  }

  /** Where it listens, on the loopback interface. */
  public int port() {
    return port;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
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
