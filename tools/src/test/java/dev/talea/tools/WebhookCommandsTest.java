// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code talea webhook ...} against a server that delivers to a receiver of this test. */
@Timeout(120)
@Tag("slow")
class WebhookCommandsTest {
  @TempDir private Path directory;
  private HttpServer receiver;
  private ServedShell served;
  private TestShell shell;
  private volatile int status = 204;

  @BeforeEach
  void start() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    receiver.start();
    served =
        new ServedShell(
            directory, Map.of("TALEA_PROJECTIONS", "webhooks", "TALEA_WEBHOOK_PRIVATE", "allow"));
    shell = served.shell();
    served.open("x");
    served.open("y");
  }

  @AfterEach
  void stop() {
    served.close();
    receiver.stop(0);
  }

  private String url() {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
  }

  @Test
  void theyAreAddedListedPausedReplayedAndRemoved() {
    Result added =
        shell.talea(
            "webhook",
            "add",
            url(),
            "--book=b",
            "--kind=transaction_posted",
            "--prefix=x",
            "--position=b=0",
            "--output=table");
    assertEquals(0, added.exitCode(), added.err());
    assertTrue(added.out().contains("\nsecret      whsec_"), added.out());
    String id = added.out().lines().findFirst().orElseThrow().replaceFirst(".* ", "");
    served.post("k1");
    String deliveries = served.await("204", "webhook", "deliveries", id, "--output=table").out();
    assertTrue(deliveries.startsWith("number  at"), deliveries);
    String list = served.await("active              0", "webhook", "list", "--output=table").out();
    assertTrue(list.contains(url() + "  b"), list);
    status = 500;
    served.post("k2");
    served.await("answered 500", "webhook", "list", "--output=table");
    served.quiet("webhook", "pause", id);
    assertTrue(shell.talea("webhook", "list").out().contains("\"reason\": \"paused by "));
    status = 200;
    served.quiet("webhook", "resume", id);
    served.await("\"seq\": 4", "webhook", "list");
    served.quiet("webhook", "replay", id, "--book", "b", "--seq", "3");
    served.await("\"number\": 5", "webhook", "deliveries", id);
    Result page = shell.talea("webhook", "deliveries", id, "--limit=2", "--output=table");
    assertTrue(page.out().contains("more: --after 4"), page.out());
    Result rotated = shell.talea("webhook", "rotate", id);
    assertTrue(rotated.out().contains("\"secret\": \"whsec_"), rotated.out());
    served.quiet("webhook", "remove", id);
    assertTrue(shell.talea("webhook", "list").out().contains("\"items\": []"));
    Result open = shell.talea("webhook", "add", url(), "--signature", "v1a");
    assertTrue(open.out().contains("\"public_key\": \"whpk_"), open.out());
  }

  @Test
  void whatMakesNoSenseIsSaid() {
    assertEquals(2, shell.talea("webhook", "add").exitCode());
    for (String bad : new String[] {"--kind=deposit", "--position=b", "--position=b=x"}) {
      Result result = shell.talea("webhook", "add", url(), bad);
      assertEquals(2, result.exitCode(), bad);
      assertTrue(result.err().contains(bad.replaceFirst("=.*", "") + " is '"), result.err());
    }
    Result far = shell.talea("webhook", "add", url(), "--position=b=99");
    assertEquals(1, far.exitCode());
    assertTrue(far.err().contains("\"field\":\"positions\""), far.err());
    Result unknown = shell.talea("webhook", "pause", "wh_none");
    assertEquals(1, unknown.exitCode());
    assertTrue(unknown.err().contains("\"not_found\""), unknown.err());
    assertEquals(2, shell.talea("webhook", "replay", "wh_none", "--book=b", "--seq=0").exitCode());
  }
}
