// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pastes the console sessions of the documents into a shell, line by line, next to a server started
 * with {@code ./talea up}, and compares what comes out with what the documents say. What differs
 * from run to run, ids and times, is compared by shape.
 */
@Tag("binary")
class DocSessionsTest {
  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3}|\\.\\d{6})?Z");
  private static final String SESSION_MARK = "<!-- session -->";
  private static final long STOP_SECONDS_MAX = 20;

  @TempDir Path folder;

  private record Step(String command, String expected) {}

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/tutorial-first-ledger.md"})
  void sessionPrintsWhatTheDocumentSays(String document) throws Exception {
    Path root = repositoryRoot();
    List<Step> steps = steps(root.resolve(document));
    assertFalse(steps.isEmpty(), document + " has no session");
    Files.createSymbolicLink(
        folder.resolve("talea"), root.resolve("tools/target/talea").toAbsolutePath());
    int port = freePort();
    Process server = shell("exec ./talea up", Map.of("TALEA_BIND", "127.0.0.1:" + port));
    try {
      awaitListening(server);
      StringBuilder exports = new StringBuilder();
      for (Step step : steps) {
        String said = run(exports + step.command, port).stripTrailing();
        assertEquals(shape(step.expected), shape(said), document + ": $ " + step.command);
        if (step.command.startsWith("export ")) {
          exports.append(step.command).append('\n');
        }
      }
    } finally {
      server.destroy();
      if (!server.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    }
  }

  private static String shape(String text) {
    return TIME.matcher(UUID.matcher(text).replaceAll("<id>")).replaceAll("<time>");
  }

  /** Commands start with {@code $ }; a heredoc's lines with {@code > }; the rest is output. */
  private static List<Step> steps(Path document) throws IOException {
    List<Step> steps = new ArrayList<>();
    boolean marked = false;
    boolean inside = false;
    StringBuilder command = new StringBuilder();
    List<String> output = new ArrayList<>();
    for (String line : Files.readAllLines(document)) {
      if (line.equals(SESSION_MARK)) {
        marked = true;
      } else if (marked && line.startsWith("```")) {
        if (inside) {
          add(steps, command, output);
          marked = false;
        }
        inside = !inside;
      } else if (inside && line.startsWith("$ ")) {
        add(steps, command, output);
        command.append(line.substring(2));
      } else if (inside && line.startsWith("> ") && output.isEmpty()) {
        command.append('\n').append(line.substring(2));
      } else if (inside) {
        output.add(line);
      }
    }
    return steps;
  }

  private static void add(List<Step> steps, StringBuilder command, List<String> output) {
    if (command.length() > 0) {
      steps.add(new Step(command.toString(), String.join("\n", output).stripTrailing()));
    }
    command.setLength(0);
    output.clear();
  }

  private Process shell(String command, Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", command)
            .directory(folder.toFile())
            .redirectErrorStream(true);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("TALEA_.*|POSTGRES_.*|DATABASE_URL"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private String run(String command, int port) throws IOException, InterruptedException {
    Process process =
        shell(command, Map.of("TALEA_URL", "http://127.0.0.1:" + port, "TALEA_OUTPUT", "table"));
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  /**
   * Reads what the server says until it says that it can be talked to, and then goes on reading.
   */
  private static void awaitListening(Process server) throws IOException {
    BufferedReader output =
        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      said.append(line).append('\n');
      if (line.contains("http://127.0.0.1:")) {
        Thread drain = new Thread(() -> drain(output), "drain");
        drain.setDaemon(true);
        drain.start();
        return;
      }
    }
    throw new IOException("the server ended before it listened; it said:\n" + said);
  }

  /** Nobody reads what else the server says, but it must be able to say it. */
  private static void drain(BufferedReader output) {
    try {
      output.transferTo(Writer.nullWriter());
    } catch (IOException e) {
      // The server has been stopped, and its output with it.
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Path repositoryRoot() {
    Path folder = Path.of("").toAbsolutePath();
    return folder.endsWith("tools") ? folder.resolveSibling("") : folder;
  }
}
