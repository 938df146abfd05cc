// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Other people's programs, where they are installed. */
public final class Programs {
  private static final Path GO_PATH = Path.of("/usr/share/gocode");
  private static final int PATIENCE_SECONDS = 120;

  private Programs() {}

  /** Whether there is a program of this name. */
  public static boolean has(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /** Whether there are Debian's golang-go and golang-golang-x-mod-dev. */
  public static boolean hasGoWithNotesAndLogs() {
    return has("go") && Files.isDirectory(GO_PATH.resolve("src/golang.org/x/mod/sumdb/tlog"));
  }

  /** Skips a test, aloud, if there is no program of this name. */
  static void assume(String program, String test) {
    if (!has(program)) {
      skip(program + " is not installed", test);
    }
  }

  /** Skips a test, aloud, if Go's own packages of notes and logs are not there. */
  public static void assumeGoWithNotesAndLogs(String test) {
    if (!hasGoWithNotesAndLogs()) {
      skip("golang-go and golang-golang-x-mod-dev are not installed", test);
    }
  }

  private static void skip(String why, String test) {
    System.out.println("SKIPPED " + test + ": " + why);
    Assumptions.abort(why);
  }

  /**
   * Runs a program of Go that knows notes and logs; what it says.
   *
   * @param expected how it has to end
   */
  public static String go(Path folder, int expected, String... program)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("go", "run"));
    command.addAll(List.of(program));
    return run(
        folder,
        expected,
        Map.of(
            "GO111MODULE",
            "off",
            "GOPATH",
            GO_PATH.toString(),
            "GOFLAGS",
            "",
            "GOCACHE",
            folder.resolve("cache").toString()),
        command);
  }

  /** What a page has become when its scripts have run. */
  public static String chromium(Path folder, String url) throws IOException, InterruptedException {
    return run(
        folder,
        List.of(
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--user-data-dir=" + folder.resolve("profile"),
            "--virtual-time-budget=60000",
            "--dump-dom",
            url));
  }

  /** What a program says on standard output and error together; it has to end well. */
  static String run(Path folder, List<String> command) throws IOException, InterruptedException {
    return run(folder, 0, Map.of(), command);
  }

  private static String run(
      Path folder, int expected, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    String said = Files.readString(output, StandardCharsets.UTF_8);
    if (!ended || process.exitValue() != expected) {
      throw new AssertionError(
          command
              + (ended ? " ended with " + process.exitValue() : " took too long")
              + ": "
              + said);
    }
    return said;
  }
}
