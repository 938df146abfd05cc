// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Runs a program of others that reads what we write. Tests are skipped where it is missing. */
final class OtherTool {
  private final Path directory;

  OtherTool(Path directory) {
    this.directory = directory;
  }

  /** Skips the test, and says so, if one of the programs is not there. */
  static void require(String... programs) {
    for (String program : programs) {
      boolean there =
          Pattern.compile(File.pathSeparator, Pattern.LITERAL)
              .splitAsStream(System.getenv().getOrDefault("PATH", ""))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
      if (!there) {
        System.err.println("SKIPPED: there is no " + program + "; 'apt-get install' has it.");
      }
      assumeTrue(there, "there is no " + program);
    }
  }

  /** Runs a command that has to succeed without a complaint; the lines it prints. */
  List<String> run(String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(directory, "out", ".txt");
    Path err = Files.createTempFile(directory, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("LC_ALL", "C.UTF-8");
    int code = builder.start().waitFor();
    String complaint = beginning(err) + beginning(out);
    assertEquals(0, code, complaint);
    assertEquals("", beginning(err));
    return Files.readAllLines(out, UTF_8);
  }

  private static String beginning(Path file) throws IOException {
    String text = Files.readString(file, UTF_8);
    return text.substring(0, Math.min(2000, text.length()));
  }
}
