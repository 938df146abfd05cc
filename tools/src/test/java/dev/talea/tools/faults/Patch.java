// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A planted bug: a unified diff of one file, behind a line that says which module is to catch what,
 * and one that names the tests which are likely to. Applied by its text alone, wherever the lines
 * stand now, so that no git is needed and a patch lasts as long as the lines that it breaks.
 *
 * <p>Immutable. Apart from what runs it, because {@code mvn verify} holds all patches against the
 * sources and runs none of them.
 */
record Patch(
    String name, String module, String breaks, List<String> tests, String file, List<Hunk> hunks) {

  /** Lines as they are in the sources, and as they are to be. */
  record Hunk(String before, String after) {}

  /** With which its name begins. */
  int number() {
    return Integer.parseInt(name.substring(0, name.indexOf('-')));
  }

  /** All patches in a folder, by name. */
  static List<Patch> all(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files = entries.filter(file -> file.toString().endsWith(".patch")).sorted().toList();
    }
    List<Patch> all = new ArrayList<>();
    for (Path file : files) {
      all.add(parse(String.valueOf(file.getFileName()), Files.readAllLines(file)));
    }
    return all;
  }

  static Patch parse(String name, List<String> lines) {
    String[] first = value(name, lines.get(0), "# ").split(": ", 2);
    List<String> tests = List.of(value(name, lines.get(1), "# tests: ").split(" "));
    value(name, lines.get(2), "--- a/");
    String file = value(name, lines.get(3), "+++ b/");
    List<Hunk> hunks = new ArrayList<>();
    StringBuilder before = new StringBuilder();
    StringBuilder after = new StringBuilder();
    for (String line : lines.subList(4, lines.size())) {
      String text = (line.isEmpty() ? "" : line.substring(1)) + '\n';
      switch (line.isEmpty() ? ' ' : line.charAt(0)) {
        case '@' -> {
          add(hunks, before, after);
          before.setLength(0);
          after.setLength(0);
        }
        case '-' -> before.append(text);
        case '+' -> after.append(text);
        case ' ' -> {
          before.append(text);
          after.append(text);
        }
        default -> throw new IllegalArgumentException(name + ": not a line of a diff: " + line);
      }
    }
    add(hunks, before, after);
    return new Patch(name, first[0], first[1], tests, file, List.copyOf(hunks));
  }

  private static void add(List<Hunk> hunks, StringBuilder before, StringBuilder after) {
    if (!before.isEmpty()) {
      hunks.add(new Hunk(before.toString(), after.toString()));
    }
  }

  private static String value(String name, String line, String prefix) {
    if (!line.startsWith(prefix)) {
      throw new IllegalArgumentException(name + ": expected '" + prefix + "...', got: " + line);
    }
    return line.substring(prefix.length());
  }

  /**
   * The source with the bug in it.
   *
   * @throws IllegalArgumentException if the lines of a hunk are not in it exactly once
   */
  String applyTo(String source) {
    String text = source;
    for (Hunk hunk : hunks) {
      int at = text.indexOf(hunk.before);
      if (at < 0 || text.indexOf(hunk.before, at + 1) >= 0) {
        throw new IllegalArgumentException(
            name
                + " does not apply to "
                + file
                + ": these lines are "
                + (at < 0 ? "not in it" : "in it more than once")
                + ". Plant the bug again where the code is now:\n"
                + hunk.before);
      }
      text = text.substring(0, at) + hunk.after + text.substring(at + hunk.before.length());
    }
    return text;
  }
}
