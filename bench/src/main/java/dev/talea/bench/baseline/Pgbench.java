// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's own benchmark against a running server: its standard transaction, which reads and
 * changes three balances and notes a history row. A client that cannot be suspected of being slow.
 */
public final class Pgbench {
  private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+)");
  private static final Pattern LATENCY = Pattern.compile("latency average = ([0-9.]+) ms");

  private final Path program;

  private Pgbench(Path program) {
    this.program = program;
  }

  /**
   * What one run said.
   *
   * @param averageMillis latency of a transaction
   */
  public record Outcome(double transactionsPerSecond, double averageMillis) {}

  /** The installed program, or null if there is none. */
  public static @Nullable Pgbench find() throws IOException {
    List<Path> folders = new ArrayList<>();
    String path = System.getenv("PATH");
    if (path != null) {
      Stream.of(path.split(":", -1)).map(Path::of).forEach(folders::add);
    }
    Path packaged = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(packaged)) {
      try (Stream<Path> versions = Files.list(packaged)) {
        versions.sorted().map(version -> version.resolve("bin")).forEach(folders::add);
      }
    }
    for (Path folder : folders) {
      Path program = folder.resolve("pgbench");
      if (Files.isExecutable(program)) {
        return new Pgbench(program);
      }
    }
    return null;
  }

  /** Fills the server's tables; once per server. */
  public void initialize(int port, int scale) throws IOException {
    run(List.of("-i", "-q", "-s", "" + scale), port);
  }

  /** Runs the standard transaction from so many connections. */
  public Outcome measure(int port, int clients, int seconds) throws IOException {
    String output =
        run(
            List.of("-n", "-c", "" + clients, "-j", "1", "-M", "prepared", "-T", "" + seconds),
            port);
    return new Outcome(number(TPS, output), number(LATENCY, output));
  }

  private static double number(Pattern pattern, String output) throws IOException {
    Matcher matcher = pattern.matcher(output);
    if (!matcher.find()) {
      throw new IOException("pgbench did not say '" + pattern + "': " + output);
    }
    return Double.parseDouble(matcher.group(1));
  }

  private String run(List<String> arguments, int port) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(arguments);
    command.addAll(List.of("-h", "localhost", "-p", "" + port, "-U", "postgres", "postgres"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + " failed: " + output);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException(command + " was interrupted", e);
    }
    return output;
  }
}
