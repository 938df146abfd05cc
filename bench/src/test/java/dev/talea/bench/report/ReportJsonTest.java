// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report survives its file, and a file that is no report says so. */
class ReportJsonTest {
  @TempDir private Path dir;

  @Test
  void whatIsWrittenIsReadBackWhole() throws IOException {
    Report report = Examples.report();
    Path file = dir.resolve("report.json");
    ReportJson.write(report, file);
    assertEquals(report, ReportJson.read(file));
  }

  @Test
  void theFileShowsPercentilesToThoseWhoCannotDecodeAHistogram() throws IOException {
    Path file = dir.resolve("report.json");
    ReportJson.write(Examples.report(), file);
    String json = Files.readString(file);
    for (String name : List.of("p50_ns", "p90_ns", "p99_ns", "p99.9_ns", "p99.99_ns", "max_ns")) {
      assertTrue(json.contains("\"" + name + "\" : "), name);
    }
    assertTrue(json.contains("\"per_second\" : 2500.0"), json);
  }

  @Test
  void aReportFromBeforeWaitsWereExplainedIsReadAsWell() throws IOException {
    Path file = dir.resolve("report.json");
    ReportJson.write(Examples.report(), file);
    String json = Files.readString(file);
    String old = json.replaceFirst("(?s)\"waits\" : \\[.*?\"pauses\"", "\"pauses\"");
    assertTrue(old.length() < json.length(), "there was something to take out");
    Files.writeString(file, old);
    assertEquals(List.of(), ReportJson.read(file).results().get(0).waits());
  }

  @Test
  void aFileThatIsNoReportNamesTheFieldThatIsWrong() throws IOException {
    assertRefused("[]", "does not start with an object");
    assertRefused("{}", "talea_bench is missing");
    assertRefused("{\"talea_bench\":2}", "talea_bench is 2, this program reads 1");
    assertRefused("{\"talea_bench\":\"1\"}", "talea_bench should be Long and is String");
    assertRefused("{\"talea_bench\":1,\"title\":null}", "title should be String and is null");
    Path file = dir.resolve("report.json");
    ReportJson.write(Examples.report(), file);
    String json = Files.readString(file);
    assertRefused(json.replace("\"met\"", "\"so so\""), "verdict 'so so' is none of");
    assertRefused(json.replaceFirst("\"histogram\" : \"..", "\"histogram\" : \"AA"), "histogram");
    assertRefused(json + "{}", "something follows");
  }

  @Test
  void runsOfDifferentMachinesAreNotPutOnOnePage() {
    Report here = Examples.report();
    assertEquals(2, Report.merge("two", List.of(here, here)).results().size());
    Machine m = here.machine();
    Machine other =
        new Machine(
            m.processor(),
            m.cores() + 1,
            m.memoryBytes(),
            m.kernel(),
            m.jdk(),
            m.fileSystem(),
            m.disk(),
            m.commit(),
            m.date());
    Report there = new Report("there", other, List.of(), List.of());
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> Report.merge("two", List.of(here, there)));
    assertTrue(refused.toString().contains("different machines"), refused.toString());
  }

  @Test
  void theMachineTellsWhatItIs() throws IOException {
    Machine machine = Machine.observe(dir, Examples.DATE);
    assertEquals(Runtime.getRuntime().availableProcessors(), machine.cores());
    assertTrue(machine.jdk().contains(Runtime.version().toString()), machine.jdk());
    assertEquals(Files.getFileStore(dir).type(), machine.fileSystem());
  }

  private void assertRefused(String json, String reason) throws IOException {
    Path file = dir.resolve("wrong.json");
    Files.writeString(file, json);
    var refused = assertThrows(IOException.class, () -> ReportJson.read(file));
    assertTrue(refused.toString().contains(file.toString()), refused.toString());
    assertTrue(refused.toString().contains(reason), refused.toString());
  }
}
