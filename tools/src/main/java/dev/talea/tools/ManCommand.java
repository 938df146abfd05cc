// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code talea man}. */
@Command(
    name = "man",
    description = "Writes manual pages, one a command; 'man -l DIR/talea.1' shows one.")
final class ManCommand implements Callable<Integer> {
  @Option(
      names = "--out-dir",
      required = true,
      paramLabel = "DIR",
      description = "Where they go; made if it is not there.")
  private Path outDir = Path.of("");

  @Spec private @Nullable CommandSpec spec;

  private final Shell shell;

  ManCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("a command without its description");
    }
    try {
      Path directory = Files.createDirectories(shell.directory().resolve(outDir));
      for (Map.Entry<String, String> page : ManPages.of(spec.root()).entrySet()) {
        Files.writeString(
            directory.resolve(page.getKey() + ".1"), page.getValue(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new FailedException(
          "cannot write the pages into "
              + Terminal.safe(outDir.toString())
              + ": "
              + FileTrouble.words(e),
          e);
    }
    return Main.OK;
  }
}
