// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TableTest {

  @Test
  void noTwoLinesOfTheTableHaveOneNameAndNoTwoSectionsEither() {
    Set<String> names = new HashSet<>();
    Set<String> ids = new HashSet<>();
    int lines = 0;
    for (Section section : Targets.sections(Path.of("bench"))) {
      assertTrue(ids.add(section.id()), section.id());
      section.lines().forEach(line -> names.add(line.name()));
      lines += section.lines().size();
    }
    assertEquals(lines, names.size());
  }
}
