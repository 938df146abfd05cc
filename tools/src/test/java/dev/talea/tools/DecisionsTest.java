// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The index of the decisions names each page, by its number and title. */
class DecisionsTest {
  private static final Path FOLDER = Path.of("../docs/decisions");

  @Test
  void theIndexNamesEveryPageByItsTitle() throws IOException {
    String index = Files.readString(FOLDER.resolve("README.md"));
    List<Path> pages;
    try (Stream<Path> all = Files.list(FOLDER)) {
      pages = all.filter(page -> !page.endsWith("README.md")).sorted().toList();
    }
    for (Path page : pages) {
      String name = page.getFileName().toString();
      String number = name.substring(0, 4);
      String title = Files.readAllLines(page).get(0);
      assertTrue(title.startsWith("# " + number + " - "), name + " begins with: " + title);
      String row = "| [%s](%s) | %s |\n".formatted(number, name, title.substring(9));
      assertTrue(index.contains(row), "docs/decisions/README.md lacks " + row);
    }
    assertEquals(pages.size(), index.split("\\| \\[0", -1).length - 1, "rows of the index");
  }
}
