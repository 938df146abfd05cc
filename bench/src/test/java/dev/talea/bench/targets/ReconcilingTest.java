// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.talea.bench.report.Target;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measures with few rows: every line gets a value, whatever it is. */
@Tag("slow")
class ReconcilingTest {
  @TempDir private Path folder;

  @Test
  void everyLineIsMeasured() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Reconciling section = new Reconciling();
    Run run =
        new Run(
            folder,
            new Run.Size(1, 1, 1000, 1000, 1),
            new PrintStream(out, true, StandardCharsets.UTF_8));
    section.measure(run);
    assertEquals(
        section.lines().stream().map(Section.Line::name).toList(),
        run.targets().stream().map(Target::name).toList());
    for (Target target : run.targets()) {
      assertNotEquals(Target.Verdict.NOT_MEASURED, target.verdict(), target.name());
    }
    assertEquals(
        List.of("reconciliation", "bare DuckDB", "reconciliation", "bare DuckDB"),
        run.results().stream().map(result -> result.name()).toList());
  }
}
