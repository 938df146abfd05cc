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

  @Test
  void everyRoomThatKeepsMoneyHasSome() throws IOException {
    Set<String> rooms = new TreeSet<>();
    List<Patch> all = Patch.all(PATCHES);
    all.forEach(patch -> rooms.add(patch.module()));
    assertTrue(all.size() >= 15, all.size() + " patches");
    assertEquals(
        Set.of("audit", "index", "jdbc-store", "ledger", "log-store", "net", "server"), rooms);
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
