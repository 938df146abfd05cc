// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Other people's programs, where they are installed. */
final class Programs {
  private static final int PATIENCE_SECONDS = 120;

  private Programs() {}

  /** Whether there is a program of this name; if not, says that a test is skipped for it. */
  static void assume(String program, String test) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return;
      }
    }
    skip(program + " is not installed", test);
  }

  /** Skips a test, aloud. */
  static void skip(String why, String test) {
    System.out.println("SKIPPED " + test + ": " + why);
    Assumptions.abort(why);
  }

  /** What a program says on standard output and error together; it has to end well. */
  static String run(Path folder, Map<String, String> environment, List<String> command)
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
    if (!ended || process.exitValue() != 0) {
      throw new AssertionError(
          command
              + (ended ? " ended with " + process.exitValue() : " took too long")
              + ": "
              + said);
    }
    return said;
  }
}
