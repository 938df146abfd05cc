// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The text of the documents is wrapped, so that a change of a sentence is a small difference. */
class MarkdownTest {
  private static final int LINE_MAX = 100;

  /** What cannot be wrapped: rows of tables, headings, HTML, indented code, targets of links. */
  private static final Pattern ONE_LINE = Pattern.compile("\\s*(\\||#|<|\\[[^]]+]:).*| {4}.*");

  private static final Pattern FENCE = Pattern.compile("\\s*(```|~~~).*");

  @Test
  void textIsWrapped() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : files()) {
      List<String> lines = Files.readAllLines(file);
      for (int number : tooLong(lines)) {
        tooLong.add(Path.of("..").relativize(file) + ":" + number + ": " + lines.get(number - 1));
      }
    }
    assertEquals(List.of(), tooLong, "lines of more than " + LINE_MAX + " characters");
  }

  @Test
  void onlyTextIsLookedAt() {
    String words = "word ".repeat(20);
    assertEquals(List.of(1), tooLong(List.of(words + "and", words.strip())));
    assertEquals(List.of(), tooLong(List.of("| " + words + "|", "# " + words, "    " + words)));
    assertEquals(List.of(4), tooLong(List.of("```", words + "and", "```", words + "and")));
  }

  /** Numbers of the lines of text that are too long, from 1. */
  private static List<Integer> tooLong(List<String> lines) {
    List<Integer> found = new ArrayList<>();
    boolean code = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (FENCE.matcher(line).matches()) {
        code = !code;
      } else if (!code && line.length() > LINE_MAX && !ONE_LINE.matcher(line).matches()) {
        found.add(i + 1);
      }
    }
    return found;
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String folder : List.of("..", "../docs", "../docs/decisions")) {
      try (Stream<Path> names = Files.list(Path.of(folder))) {
        names.filter(name -> name.toString().endsWith(".md")).sorted().forEach(files::add);
      }
    }
    return files;
  }
}
