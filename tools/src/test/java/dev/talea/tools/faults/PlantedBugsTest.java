// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every planted bug can still be planted, and the tests that are to catch it exist. */
class PlantedBugsTest {
  private static final Path ROOT = Path.of("..");
  private static final Path PATCHES = Path.of("src/test/planted");

  @TestFactory
  Stream<DynamicTest> everyPatchApplies() throws IOException {
    return Patch.all(PATCHES).stream()
        .map(
            patch ->
                dynamicTest(
                    patch.name(),
                    () -> {
                      String source = Files.readString(ROOT.resolve(patch.file()));
                      assertNotEquals(source, patch.applyTo(source));
                      assertTrue(patch.file().startsWith(patch.module() + "/src/main/"));
                      for (String test : patch.tests()) {
                        Module.at(ROOT, patch.module()).className(test);
                      }
                    }));
  }

  /** The page is what the last run of all of them printed. */
  @Test
  void everyPatchHasItsRowInThePageAndTheTestOfTheRowIsThere() throws IOException {
    List<String> rows =
        Files.readAllLines(ROOT.resolve("docs/planted-bugs.md")).stream()
            .filter(line -> line.matches("\\| \\d+ \\|.*"))
            .toList();
    List<Patch> all = Patch.all(PATCHES);
    assertEquals(all.size(), rows.size(), "rows of docs/planted-bugs.md");
    for (int i = 0; i < rows.size(); i++) {
      Patch patch = all.get(i);
      String[] cells = rows.get(i).split(" *\\| *", -1);
      assertEquals(i + 1, patch.number(), patch.name());
      assertEquals("" + patch.number(), cells[1], rows.get(i));
      assertEquals(patch.breaks(), cells[2], rows.get(i));
      assertEquals("`" + patch.module() + "`", cells[3], rows.get(i));
      String[] test = cells[4].replace("`", "").split("\\.", -1);
      Module module = Module.at(ROOT, patch.module());
      String source = module.className(test[0]).replace('.', '/') + ".java";
      assertTrue(
          Files.readString(module.folder().resolve("src/test/java").resolve(source))
              .contains(test[test.length - 1] + "("),
          rows.get(i));
    }
  }

  @Test
  void everyRoomThatKeepsMoneyHasSome() throws IOException {
    Set<String> rooms = new TreeSet<>();
    List<Patch> all = Patch.all(PATCHES);
    all.forEach(patch -> rooms.add(patch.module()));
    assertTrue(all.size() >= 15, all.size() + " patches");
    assertEquals(
        Set.of(
            "audit", "index", "jdbc-store", "ledger", "log-store", "net", "projections", "server"),
        rooms);
  }

  @Test
  void aPatchWhoseLinesAreGoneOrDoubledIsRefused() {
    Patch patch =
        Patch.parse(
            "x.patch",
            List.of(
                "# ledger: breaks", "# tests: A", "--- a/f", "+++ b/f", "@@", " a", "-b", "+c"));
    assertEquals("0\na\nc\n", patch.applyTo("0\na\nb\n"));
    assertThrows(IllegalArgumentException.class, () -> patch.applyTo("a\nc\n"));
    assertThrows(IllegalArgumentException.class, () -> patch.applyTo("a\nb\na\nb\n"));
  }
}
