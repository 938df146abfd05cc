// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The main code and the documents name who acts: a thread, a caller, a client, a process, the
 * operator. Words that leave it open, and a few phrases that stand for a term of the field, are
 * counted. A name that holds such a word among others is not.
 */
class WordsTest {
  private static final int COUNT_MAX = 20;

  /** In code and in documents, whatever their case; a line break may stand for a space. */
  private static final Pattern WORDS =
      Pattern.compile(
          "\\b(?:nobody|somebody|whoever|anybody|upkeep|stays? awake|hopes|(?:is|are) not to be had)\\b"
              .replace(" ", "(?:\\s+(?:\\*\\s+|//\\s+)?)"),
          Pattern.CASE_INSENSITIVE);

  @Test
  void textsNameWhoActs() throws IOException {
    int sum = 0;
    List<String> counts = new ArrayList<>();
    for (Path file : files()) {
      String text = Files.readString(file);
      int count = count(text);
      if (count > 0) {
        sum += count;
        counts.add(count + " " + Path.of("..").relativize(file));
      }
    }
    assertTrue(
        sum < COUNT_MAX,
        sum + " of at most " + (COUNT_MAX - 1) + ":\n" + String.join("\n", counts));
  }

  @Test
  void wordsAreCountedAcrossLinesAndInEitherCase() {
    assertEquals(3, count("Nobody waits. It is\n * not to be had // whoever"));
    assertEquals(0, count("nobodyDependsOnTools"));
  }

  private static int count(String text) {
    return Math.toIntExact(WORDS.matcher(text).results().count());
  }

  private static List<Path> files() throws IOException {
    List<Path> folders = new ArrayList<>(List.of(Path.of("../docs")));
    try (Stream<Path> modules = Files.list(Path.of(".."))) {
      modules
          .map(each -> each.resolve("src/main/java"))
          .filter(Files::isDirectory)
          .forEach(folders::add);
    }
    List<Path> files = new ArrayList<>();
    for (Path folder : folders) {
      try (Stream<Path> all = Files.walk(folder)) {
        all.filter(each -> each.toString().matches(".*\\.(java|md)")).sorted().forEach(files::add);
      }
    }
    assertTrue(files.size() > 100, "the modules are not beside this one: " + files.size());
    return files;
  }
}
