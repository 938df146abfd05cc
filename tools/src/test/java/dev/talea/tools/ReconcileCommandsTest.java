// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.talea.tools.TestShell.Result;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a person types it, and what its evidence is worth. */
@Tag("slow")
class ReconcileCommandsTest {
  @TempDir private Path directory;

  @Test
  void theDemoMatchesWhatItSaysAndOneChangedByteIsFound() throws Exception {
    TestShell shell = new TestShell(directory, Map.of());
    Result demo = shell.talea("reconcile", "demo", "--dir", "demo");
    assertEquals(0, demo.exitCode(), demo.err() + demo.out());
    for (String line :
        List.of(
            "left     11         0        6          1          4         0",
            "right    12         0        7          1          3         1",
            "consumed",
            "no_candidate",
            "window")) {
      assertTrue(demo.out().contains(line), demo.out());
    }
    for (String file : List.of("bank.csv", "profile.json", "recipe.json")) {
      assertTrue(Files.exists(directory.resolve("demo").resolve(file)), file);
    }

    Path evidence = directory.resolve("demo/reconcile/evidence/1");
    Result right = shell.talea("reconcile", "verify", evidence.toString());
    assertEquals(0, right.exitCode(), right.err() + right.out());

    Path changed = Files.createDirectory(directory.resolve("changed"));
    try (Stream<Path> files = Files.list(evidence)) {
      for (Path file : files.toList()) {
        Files.copy(file, changed.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Path matched = changed.resolve("matched.csv");
    String text = Files.readString(matched);
    Files.write(matched, text.replaceFirst("108000", "108001").getBytes(StandardCharsets.UTF_8));
    Result wrong = shell.talea("reconcile", "verify", changed.toString());
    assertEquals(3, wrong.exitCode(), wrong.err() + wrong.out());
    assertTrue(wrong.out().contains("matched.csv was changed"), wrong.out());

    Result again = shell.talea("reconcile", "demo", "--dir", "demo");
    assertEquals(2, again.exitCode());
    assertTrue(again.err().contains("is there already"), again.err());
  }

  private static void answer(HttpServer server, String path, String body) {
    server.createContext(
        path,
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  @Test
  void aRunWithoutRowsIsSaidToBeWhatItIs() throws Exception {
    String sha256 = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; // of {}
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String at = "/v1/reconcile/runs/";
    String pruned =
        "{\"state\":\"completed\",\"manifest\":\"manifest.json\",\"evidence_pruned\":true,"
            + "\"files\":[{\"name\":\"manifest.json\",\"bytes\":2}],\"manifest_sha256\":\"";
    answer(server, at + "1", pruned + sha256 + "\"}");
    answer(server, at + "1/evidence/manifest.json", "{}");
    answer(server, at + "2", pruned + sha256 + "\"}");
    answer(server, at + "2/evidence/manifest.json", "{ }");
    answer(server, at + "3", "{\"state\":\"failed\",\"reason\":\"The disk is full.\"}");
    answer(server, at + "4", "{\"state\":\"running\"}");
    server.start();
    try {
      TestShell shell =
          new TestShell(
              directory, Map.of("TALEA_URL", "http://127.0.0.1:" + server.getAddress().getPort()));
      Result right = shell.talea("reconcile", "verify", "1", "--output=table");
      assertEquals(0, right.exitCode(), right.err() + right.out());
      assertTrue(right.out().startsWith("Pruned: the manifest of run 1 is what the log recorded"));
      Result wrong = shell.talea("reconcile", "verify", "2", "--output=table");
      assertEquals(3, wrong.exitCode(), wrong.err() + wrong.out());
      assertTrue(wrong.out().contains("and the log recorded " + sha256), wrong.out());
      Result failed = shell.talea("reconcile", "verify", "3");
      assertEquals(1, failed.exitCode(), failed.err() + failed.out());
      assertTrue(
          failed.err().contains("Run 3 is failed, so that there is no evidence to check: The disk"),
          failed.err());
      Result running = shell.talea("reconcile", "verify", "4");
      assertEquals(1, running.exitCode(), running.err() + running.out());
      assertTrue(running.err().contains("Run 4 is running"), running.err());
    } finally {
      server.stop(0);
    }
  }
}
