// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs commands in this process and keeps what they print. One command at a time. */
final class TestShell {
  /** What a command left behind. */
  record Result(int exitCode, String out, String err) {}

  private final Path directory;
  private final Map<String, String> environment;

  TestShell(Path directory, Map<String, String> environment) {
    this.directory = directory;
    this.environment = environment;
  }

  Result talea(String... arguments) {
    return run("talea", "", false, arguments);
  }

  Result taleaWithInput(String input, String... arguments) {
    return run("talea", input, false, arguments);
  }

  Result taleaOnTerminal(String... arguments) {
    return run("talea", "", true, arguments);
  }

  Result talead(String... arguments) {
    return run("talead", "", false, arguments);
  }

  private Result run(String name, String input, boolean terminal, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Shell shell =
        new Shell(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new Out(out),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            environment,
            directory,
            terminal,
            false);
    int code = Main.run(name, List.of(arguments), shell);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
