// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Other people's programs, where they are installed. */
final class Programs {
  private static final Path GO_PATH = Path.of("/usr/share/gocode");
  private static final int PATIENCE_SECONDS = 120;

  private Programs() {}

  static boolean has(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /** Debian's golang-go and golang-golang-x-mod-dev. */
  static boolean hasGoWithNotesAndLogs() {
    return has("go") && Files.isDirectory(GO_PATH.resolve("src/golang.org/x/mod/sumdb/tlog"));
  }

  static void skipped(String what, String test) {
    System.out.println("SKIPPED " + test + ", " + what + ": it is not installed");
  }

  /** Runs a program of Go; what it prints. */
  static String go(Path folder, int expected, String... program)
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
  static String chromium(Path folder, String url) throws IOException, InterruptedException {
    return run(
        folder,
        0,
        Map.of(),
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
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    int exit = process.waitFor();
    String said = Files.readString(output);
    assertEquals(expected, exit, () -> command + ": " + said);
    return said;
  }
}
