// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.talea.reconcile.run.JsonTree;
import dev.talea.tools.TestShell.Result;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person types on the way to a recipe, and what a server is asked for then. */
@Tag("slow")
class RecipeHelpTest {
  private static final String AT = "/v1/reconcile";

  @TempDir private Path directory;
  private HttpServer server;
  private TestShell shell;
  private final Map<String, String> asked = new ConcurrentHashMap<>();

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
    shell =
        new TestShell(
            directory, Map.of("TALEA_URL", "http://127.0.0.1:" + server.getAddress().getPort()));
    Files.writeString(
        directory.resolve("My Bank.csv"),
        "Booked;Text;Amount\n02.01.2026;INV-1001;10,00\n03.01.2026;INV-1002;-25,00\n");
    Files.writeString(directory.resolve("recipe.json"), "{\"name\":\"bank-day\"}");
    answer("/uploads", "{\"id\":\"7\",\"complete\":true}");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(String path, String body) {
    server.createContext(
        AT + path,
        exchange -> {
          byte[] sent = exchange.getRequestBody().readAllBytes();
          asked.put(
              exchange.getRequestURI().toString().substring(AT.length()),
              new String(sent, StandardCharsets.UTF_8));
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  @Test
  void theFormatOfAFileIsPrintedForSavingAndWhatIsOpenBesideIt() {
    Result found = shell.talea("reconcile", "profile", "--detect", "My Bank.csv");
    assertEquals(0, found.exitCode(), found.err());
    Map<String, ?> profile =
        JsonTree.object("profile", found.out().getBytes(StandardCharsets.UTF_8));
    assertEquals("my-bank", profile.get("name"));
    assertTrue(found.err().contains("  text.delimiter ;, fits 3 of 3"), found.err());
    assertTrue(found.err().contains("? asset XXX, fits 0 of 0; no column names"), found.err());
    assertTrue(found.err().contains("INV-1001"), found.err());
    assertTrue(found.err().contains("marked with a question: 1"), found.err());
    assertEquals(Map.of(), asked);

    Result missing = shell.talea("reconcile", "profile", "--detect", "other.csv");
    assertEquals(1, missing.exitCode(), missing.err());
    assertEquals(2, shell.talea("reconcile", "profile", "x", "--detect", "My Bank.csv").exitCode());
  }

  @Test
  void aDraftIsPrintedForSavingAndItsReasonsBesideIt() {
    answer(
        "/recipes/propose",
        "{\"state\":\"completed\",\"recipe\":{\"name\":\"bank-day\"},"
            + "\"reasons\":[\"looked at 3 rows\"],\"remarks\":[\"look twice\"]}");
    Result drafted =
        shell.talea(
            "reconcile",
            "recipe",
            "bank-day",
            "--propose",
            "--left",
            "ledger:shop/assets:bank,assets:cash",
            "--right",
            "lines=My Bank.csv",
            "--assistant");
    assertEquals(0, drafted.exitCode(), drafted.err());
    assertEquals("{\n  \"name\": \"bank-day\"\n}", drafted.out().strip());
    assertTrue(drafted.err().contains("looked at 3 rows"), drafted.err());
    assertTrue(drafted.err().contains("look twice"), drafted.err());
    assertTrue(("" + asked.get("/uploads?name=My%20Bank.csv&more=false")).contains("INV-1001"));
    Map<String, ?> body =
        JsonTree.object(
            "body",
            ("" + asked.get("/recipes/propose?assistant=true")).getBytes(StandardCharsets.UTF_8));
    assertEquals("bank-day", body.get("name"));
    Map<String, ?> ledger = JsonTree.child(JsonTree.child(body, "left"), "ledger");
    assertEquals("shop", ledger.get("book"));
    assertEquals("[assets:bank, assets:cash]", "" + ledger.get("accounts"));
    assertEquals("7", JsonTree.child(body, "right").get("upload"));
  }

  @Test
  void aTrialIsShownAsTablesAndOneThatFailedSaysWhy() {
    answer(
        "/recipes/preview",
        "{\"state\":\"completed\",\"remark\":\"This is a sample: all 2 rows.\","
            + "\"outcome\":{\"left\":{\"read\":2},\"right\":{\"read\":2},\"remarks\":[]},"
            + "\"rows\":{\"matched\":[{\"rule\":\"by key\",\"side\":\"left\"}],\"suggested\":[],"
            + "\"unmatched\":[{\"_reason\":\"no_candidate\",\"side\":\"right\"}],\"rejected\":[]}}");
    Result tried =
        shell.talea(
            "reconcile",
            "recipe",
            "--preview",
            "recipe.json",
            "--right",
            "My Bank.csv",
            "--rows",
            "50",
            "--param",
            "from=2026-01-01",
            "--output=table");
    assertEquals(0, tried.exitCode(), tried.err());
    for (String part :
        new String[] {
          "This is a sample", "matched\n", "by key", "unmatched, right", "no_candidate"
        }) {
      assertTrue(tried.out().contains(part), tried.out());
    }
    assertEquals(
        "{\"recipe\":{\"name\":\"bank-day\"},\"parameters\":{\"from\":\"2026-01-01\"},"
            + "\"rows\":50,\"right\":{\"upload\":\"7\"}}",
        asked.get("/recipes/preview"));

    server.removeContext(AT + "/recipes/preview");
    answer("/recipes/preview", "{\"state\":\"failed\",\"reason\":\"no such column\"}");
    Result failed =
        shell.talea("reconcile", "recipe", "--preview", "recipe.json", "--output=table");
    assertEquals(1, failed.exitCode(), failed.err());
    assertTrue(failed.out().contains("failed: no such column"), failed.out());
  }

  @Test
  void optionsThatDoNotGoTogetherAreRefused() {
    for (String[] wrong :
        new String[][] {
          {"--propose"},
          {"--propose", "--left", "bank.csv", "--right", "lines=My Bank.csv"},
          {"--propose", "--left", "ledger:shop", "--right", "lines=My Bank.csv"},
          {"--preview", "recipe.json", "--save", "recipe.json"},
          {"--propose", "--preview", "recipe.json"},
          {"--rows", "5"}
        }) {
      String[] all = new String[wrong.length + 2];
      all[0] = "reconcile";
      all[1] = "recipe";
      System.arraycopy(wrong, 0, all, 2, wrong.length);
      assertEquals(2, shell.talea(all).exitCode(), String.join(" ", wrong));
    }
  }
}
