// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The projection of docs/how-to-own-projection.md: compiled as it stands there, in a jar, run. */
@Tag("slow")
class PluginsTest {
  private static final String SERVICE = "META-INF/services/" + Projection.class.getName();

  @TempDir Path folder;

  private Path jar(String name) throws Exception {
    String page = Files.readString(Path.of("../docs/how-to-own-projection.md"));
    Matcher code = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertTrue(code.find(), "there is code in the page");
    Path source = folder.resolve("MonthlyTurnover.java");
    Files.writeString(source, code.group(1));
    JavaCompiler javac = requireNonNull(ToolProvider.getSystemJavaCompiler());
    Path classes = Files.createDirectories(folder.resolve("classes"));
    String path = System.getProperty("java.class.path");
    assertEquals(
        0, javac.run(null, null, null, "-d", "" + classes, "-cp", path, source.toString()));
    Path jar = folder.resolve(name + ".jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry(SERVICE));
      out.write(("com.example." + name).getBytes(StandardCharsets.UTF_8));
      String file = "com/example/MonthlyTurnover.class";
      out.putNextEntry(new JarEntry(file));
      out.write(Files.readAllBytes(classes.resolve(file)));
    }
    return jar;
  }

  @ParameterizedTest
  @EnumSource
  void theExampleRuns(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(30);
    ledger.post(60);
    List<Projection> found = Plugins.load(List.of(jar("MonthlyTurnover")));
    assertEquals(List.of("monthly-turnover"), found.stream().map(Projection::name).toList());
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 9), found)) {
      engine.start();
      ledger.awaitLive(engine);
      assertEquals(
          String.join("\n", turnover(ledger)),
          ProjectedLedger.rows(target, "SELECT book, month, asset, debits FROM monthly_turnover"));
    }
  }

  private static List<String> turnover(ProjectedLedger ledger) {
    Map<String, BigInteger> turnover = new TreeMap<>();
    for (String book : List.of("a", "b")) {
      for (Event event : ledger.store.reads().events(book, 0, 1000, 1 << 24)) {
        if (event.published().payload() instanceof Event.TransactionPosted posted) {
          String month = ("" + posted.draft().occurredAt()).substring(0, 7);
          for (Posting posting : posted.draft().postings()) {
            if (posting.direction() == Side.DEBIT) {
              turnover.merge(
                  book + "|" + month + "|" + posting.asset(),
                  posting.minor().toBigInteger(),
                  BigInteger::add);
            }
          }
        }
      }
    }
    List<String> rows = new ArrayList<>();
    turnover.forEach((key, sum) -> rows.add(key + "|" + sum));
    return rows;
  }

  @Test
  void aJarThatNamesNoClassIsRefused() throws Exception {
    List<Path> jars = List.of(jar("NoSuchClass"));
    ProjectionException refused = assertThrows(ProjectionException.class, () -> Plugins.load(jars));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("com.example.NoSuchClass"),
        refused::toString);
    assertEquals(List.of(), Plugins.load(List.of()));
  }
}
