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

  @Test
  void theWayOfANewReadIsTheWayOfAReadThatIsThere() throws IOException {
    // The trial balance goes through all ten.
    List<String> way =
        List.of(
            "ledger/src/main/java/dev/talea/ledger/StoreReader.java",
            "ledger/src/main/java/dev/talea/ledger/ForwardingStore.java",
            "ledger/src/main/java/dev/talea/ledger/LedgerApi.java",
            "ledger/src/main/java/dev/talea/ledger/service/LedgerService.java",
            "server/src/main/java/dev/talea/server/http/ReadEndpoints.java",
            "client/src/main/java/dev/talea/client/TaleaClient.java");
    String page = Files.readString(PAGE);
    for (String file : way) {
      assertTrue(Files.readString(ROOT.resolve(file)).contains("trialBalance("), file);
      String name = file.substring(file.lastIndexOf('/') + 1, file.length() - ".java".length());
      assertTrue(page.contains("`" + name + "`"), "the page does not name " + name);
    }
  }
}
