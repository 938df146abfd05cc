// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.tools.TestShell.Result;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a person types it, and what its evidence is worth. */
@Tag("slow")
class ReconcileCommandsTest {
  @TempDir private Path directory;

  @Test
  void theDemoMatchesWhatItSaysAndOneChangedByteIsFound() throws Exception {
    TestShell shell = new TestShell(directory, Map.of());
    Result demo = shell.talea("reconcile", "demo", "--dir", "demo");
    assertEquals(0, demo.exitCode(), demo.err() + demo.out());
    for (String line :
        List.of(
            "left     11         0        6          1          4         0",
            "right    12         0        7          1          3         1",
            "consumed",
            "no_candidate",
            "window")) {
      assertTrue(demo.out().contains(line), demo.out());
    }
    for (String file : List.of("bank.csv", "profile.json", "recipe.json")) {
      assertTrue(Files.exists(directory.resolve("demo").resolve(file)), file);
    }

    Path evidence = directory.resolve("demo/reconcile/evidence/1");
    Result right = shell.talea("reconcile", "verify", evidence.toString());
    assertEquals(0, right.exitCode(), right.err() + right.out());

    Path changed = Files.createDirectory(directory.resolve("changed"));
    try (Stream<Path> files = Files.list(evidence)) {
      for (Path file : files.toList()) {
        Files.copy(file, changed.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Path matched = changed.resolve("matched.csv");
    String text = Files.readString(matched);
    Files.write(matched, text.replaceFirst("108000", "108001").getBytes(StandardCharsets.UTF_8));
    Result wrong = shell.talea("reconcile", "verify", changed.toString());
    assertEquals(3, wrong.exitCode(), wrong.err() + wrong.out());
    assertTrue(wrong.out().contains("matched.csv was changed"), wrong.out());

    Result again = shell.talea("reconcile", "demo", "--dir", "demo");
    assertEquals(2, again.exitCode());
    assertTrue(again.err().contains("is there already"), again.err());
  }
}
