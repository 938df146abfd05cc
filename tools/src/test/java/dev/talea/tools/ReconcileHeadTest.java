// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What evidence says of the ledger that it was made of can be held against that ledger. */
@Timeout(300)
@Tag("slow")
class ReconcileHeadTest {
  @TempDir private Path directory;

  private static Result right(Result result) {
    assertEquals(0, result.exitCode(), result.err() + result.out());
    return result;
  }

  private static void recipe(Path folder) throws IOException {
    Files.writeString(
        folder.resolve("profile.json"),
        "{\"name\":\"lines\",\"amount\":{\"column\":\"amount\"},\"asset\":\"EUR\","
            + "\"fields\":[{\"name\":\"reference\",\"column\":\"text\"}]}");
    Files.writeString(
        folder.resolve("recipe.json"),
        "{\"name\":\"cash\",\"left\":{\"ledger\":{\"book\":\"b\",\"accounts\":[\"x\"]}},"
            + "\"right\":{\"file\":{\"profile\":\"lines\"}},"
            + "\"rules\":[{\"name\":\"amount\",\"tolerance\":{\"absolute\":0}}]}");
    Files.writeString(folder.resolve("bank.csv"), "amount,text\n0.05,one\n");
  }

  private static void begin(ServedShell served) {
    served.open("x");
    served.open("y");
    served.post("one");
    TestShell shell = served.shell();
    right(shell.talea("reconcile", "profile", "lines", "--save", "profile.json"));
    right(shell.talea("reconcile", "recipe", "cash", "--save", "recipe.json"));
  }

  private static String fact(String manifest, String name) {
    Matcher found = Pattern.compile("\"" + name + "\" : \"([^\"]+)\"").matcher(manifest);
    assertTrue(found.find(), () -> name + " in " + manifest);
    return found.group(1);
  }

  @Test
  void theHeadOfABookInALogIsOneThatTheBookHad() throws Exception {
    recipe(directory);
    try (ServedShell served = new ServedShell(directory, Map.of())) {
      begin(served);
      TestShell shell = served.shell();
      right(shell.talea("reconcile", "run", "cash", "--right", "bank.csv"));
      Path manifest = directory.resolve("reconcile/evidence/1/manifest.json");
      String first = Files.readString(manifest);
      String head = fact(first, "head");
      String[] now = right(shell.talea("head", "ledger", "--book", "b")).out().split("\n", -1);
      assertEquals(now[1], fact(first, "seq"));
      assertEquals(now[2], head);
      assertFalse(first.contains("\"digest\""), first);

      for (int i = 0; i < 300; i++) {
        served.post("later " + i);
      }
      Path kept = directory.resolve("head");
      Files.writeString(kept, now[0] + "\n" + fact(first, "seq") + "\n" + head + "\n");
      right(shell.talea("verify", "ledger", "--book", "b", "--since-head", kept.toString()));

      String body =
          "{\"recipe\":\"cash\",\"left\":{\"at_seq\":"
              + fact(first, "seq")
              + "},\"right\":{\"upload\":\"1\"}}";
      assertTrue(served.post("/v1/reconcile/runs", body).contains("\"id\":\"2\""));
      served.await("\"state\": \"completed\"", "reconcile", "run", "2");
      assertArrayEquals(
          Files.readAllBytes(manifest),
          Files.readAllBytes(directory.resolve("reconcile/evidence/2/manifest.json")));
      right(shell.talea("reconcile", "verify", "2"));
    }
  }

  @Test
  void theDigestOfABookInADatabaseIsThatOfItsEvents() throws Exception {
    String url = "sqlite://" + directory.resolve("ledger.db");
    recipe(directory);
    try (ServedShell served = new ServedShell(directory, Map.of("TALEA_DB_URL", url))) {
      begin(served);
      right(served.shell().talea("reconcile", "run", "cash", "--right", "bank.csv"));
      String manifest = Files.readString(directory.resolve("reconcile/evidence/1/manifest.json"));
      assertFalse(manifest.contains("\"head\""), manifest);
      Result digest = right(served.shell().talea("digest", "--db-url", url, "--book", "b"));
      assertTrue(digest.out().contains(fact(manifest, "digest")), digest::out);
    }
  }
}
