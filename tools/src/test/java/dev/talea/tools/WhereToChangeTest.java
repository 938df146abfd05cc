// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page that names the class to change names classes that are there. */
class WhereToChangeTest {
  private static final Path ROOT = Path.of("..");
  private static final Path PAGE = ROOT.resolve("docs/where-to-change-what.md");

  /** In back quotes: one or more words in one, with a method or a nested class behind it. */
  private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z0-9]+[A-Za-z0-9]*)(\\.\\w+)?`");

  private static Set<String> classes() throws IOException {
    Set<String> names = new HashSet<>();
    try (Stream<Path> rooms = Files.list(ROOT)) {
      for (Path sources :
          rooms.map(room -> room.resolve("src")).filter(Files::isDirectory).toList()) {
        try (Stream<Path> files = Files.walk(sources)) {
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".java"))
              .forEach(name -> names.add(name.substring(0, name.length() - ".java".length())));
        }
      }
    }
    return names;
  }

  @Test
  void eachClassThatIsNamedIsThere() throws IOException {
    Set<String> there = classes();
    Set<String> named = new TreeSet<>();
    Matcher matcher = CLASS.matcher(Files.readString(PAGE));
    while (matcher.find()) {
      named.add(matcher.group(1));
    }
    assertTrue(named.size() > 40, () -> "found only " + named);
    named.removeAll(there);
    assertEquals(Set.of(), named, PAGE + " names classes that are not there");
  }

  /** Those that {@link #theWayOfANewReadIsTheWayOfAReadThatIsThere} finds on the way as well. */
  private static final Set<String> NOT_NEEDED = Set.of("BlockingLedger");

  /** The rooms that a read passes; above them are callers. */
  private static final List<String> ROOMS =
      List.of("ledger", "index", "jdbc-store", "server", "client");

  @Test
  void theWayOfANewReadIsTheWayOfAReadThatIsThere() throws IOException {
    // The trial balance takes every step. So the classes that ask or answer it are the way.
    Set<String> way = new TreeSet<>();
    for (String room : ROOMS) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(room + "/src/main/java"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (Files.readString(file).contains("trialBalance(")) {
            String name = file.getFileName().toString();
            way.add(name.substring(0, name.length() - ".java".length()));
          }
        }
      }
    }
    way.removeAll(NOT_NEEDED);
    String page = Files.readString(PAGE);
    String steps = page.substring(page.indexOf("## A new read"), page.indexOf("If the answer"));
    Set<String> named = new TreeSet<>();
    Matcher matcher = CLASS.matcher(steps);
    while (matcher.find()) {
      named.add(matcher.group(1));
    }
    // What happened and lists have classes of their own, instead of another one.
    named.removeAll(Set.of("SqlHistory", "ListEndpoints"));
    assertEquals(named, way, "the steps on the page, and the classes that know the trial balance");
    assertEquals(8, way.size());
  }
}
