// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.await;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.talea.client.TaleaClient;
import dev.talea.client.TaleaWebhooks;
import dev.talea.jdbc.TestPostgres;
import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.WebhookDraft;
import dev.talea.ledger.projection.WebhookView;
import dev.talea.server.settings.StartException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks of a server: registered over HTTP, delivered where runners run. */
@Timeout(120)
@Tag("slow")
class WebhooksTest {
  @TempDir private Path directory;
  private final List<String> ids = new CopyOnWriteArrayList<>();
  private volatile int status = 204;
  private HttpServer receiver;

  @BeforeEach
  void open() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          ids.add("" + exchange.getRequestHeaders().getFirst("webhook-id"));
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    receiver.start();
  }

  @AfterEach
  void close() {
    receiver.stop(0);
  }

  private String hook() {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
  }

  private TestDaemon daemon(String... settings) {
    List<String> all = new ArrayList<>(List.of("TALEA_WEBHOOK_PRIVATE", "allow"));
    all.addAll(List.of(settings));
    return TestDaemon.at("log://" + directory.resolve("ledger"), all.toArray(String[]::new));
  }

  private static void post(TestDaemon daemon, String book, int from, int to) {
    for (int i = from; i < to; i++) {
      assertEquals(200, daemon.post("/v1/transactions", draft(book, "k" + i, "5")).status());
    }
  }

  private String body(String more) {
    return "{\"url\":\"" + hook() + "\"" + more + "}";
  }

  private String add(TestDaemon daemon, String more, String... headers) {
    Answer answer = daemon.post("/v1/webhooks", body(more), headers);
    assertEquals(200, answer.status(), answer::toString);
    return "" + JsonTree.object(answer.body()).get("id");
  }

  private static Map<String, Object> one(TestDaemon daemon, String id) {
    Answer answer = daemon.get("/v1/webhooks/" + id);
    assertEquals(200, answer.status(), answer::toString);
    return JsonTree.object(answer.body());
  }

  @Test
  void aReceiverIsRegisteredSentToAndLookedAfter() {
    String id;
    try (TestDaemon daemon =
        daemon("TALEA_PROJECTIONS", "webhooks", "TALEA_METRICS_BIND", "127.0.0.1:0")
            .withBook("b")) {
      post(daemon, "b", 0, 2);
      Answer added =
          daemon.post("/v1/webhooks", body(",\"books\":[\"b\"],\"positions\":{\"b\":3}"));
      assertEquals(200, added.status(), added::toString);
      assertTrue(added.body().contains("\"secret\":\"whsec_"), added::body);
      id = "" + JsonTree.object(added.body()).get("id");
      post(daemon, "b", 2, 4);
      await(() -> "" + one(daemon, id), () -> ("" + one(daemon, id)).contains("seq=6"));
      assertEquals(List.of("evt_C8_4", "evt_C8_5", "evt_C8_6"), ids);
      Map<String, Object> webhook = one(daemon, id);
      assertEquals("active", webhook.get("state"));
      assertEquals("[b]", "" + webhook.get("books"));
      assertEquals("0", "" + webhook.get("lag_events"));
      assertEquals("everybody", webhook.get("created_by"));
      assertTrue(("" + webhook.get("owner")).contains(":"), () -> "" + webhook);
      assertTrue(!webhook.containsKey("secret"));
      daemon.awaitMetric("talea_webhook_deliveries_total{result=\"delivered\"} 3.0");
      daemon.awaitMetric("talea_webhooks{state=\"active\"} 1.0");
      daemon.awaitMetric("talea_webhook_lag_events 0.0");

      String page = daemon.get("/v1/webhooks/" + id + "/deliveries?limit=2").body();
      assertTrue(page.startsWith("{\"items\":[{\"number\":3,\"id\":\"evt_C8_6\",\"book\":\"b\","));
      assertTrue(page.endsWith("\"next\":2}"), page);
      String rest = daemon.get("/v1/webhooks/" + id + "/deliveries?after=2").body();
      assertTrue(rest.contains("\"number\":1,\"id\":\"evt_C8_4\""), rest);
      assertTrue(rest.endsWith("\"status\":204,\"error\":null}],\"next\":null}"), rest);

      status = 500;
      post(daemon, "b", 4, 5);
      await(() -> "" + one(daemon, id), () -> "1".equals("" + one(daemon, id).get("attempts")));
      assertEquals("answered 500", one(daemon, id).get("error"));
      daemon.awaitMetric("talea_webhooks{state=\"retrying\"} 1.0");
      daemon.awaitMetric("talea_webhook_lag_events 1.0");
      String path = "/v1/webhooks/" + id;
      assertTrue(daemon.post(path + "/pause", "").body().contains("\"state\":\"paused\""));
      daemon.awaitMetric("talea_webhooks{state=\"paused\"} 1.0");
      status = 200;
      assertEquals(200, daemon.post(path + "/resume", "").status());
      await(() -> "" + one(daemon, id), () -> ("" + one(daemon, id)).contains("seq=7"));
      assertEquals(200, daemon.post(path + "/replay?book=b&seq=5", "").status());
      await(() -> "" + ids, () -> ids.size() == 8);
      assertEquals(List.of("evt_C8_5", "evt_C8_6", "evt_C8_7"), ids.subList(5, 8));
      Answer rotated = daemon.post(path + "/rotate", "");
      assertTrue(rotated.body().contains("\"secret\":\"whsec_"), rotated::body);
      for (String bad : List.of("", "?book=b", "?seq=1", "?book=b&seq=0", "?book=b&seq=99")) {
        Answer answer = daemon.post(path + "/replay" + bad, "");
        assertEquals(400, answer.status(), answer::toString);
        assertTrue(answer.body().contains("\"field\":\"query\""), answer::body);
      }
    }
    // One that runs nothing looks after them all the same.
    try (TestDaemon daemon =
        daemon("TALEA_PROJECTIONS", "postings", "MAX_PROJECTION_RUNNERS", "0")) {
      assertEquals(null, one(daemon, id).get("owner"));
      String other = add(daemon, "");
      post(daemon, "b", 5, 6);
      await(() -> "" + one(daemon, id), () -> "1".equals("" + one(daemon, id).get("lag_events")));
      assertEquals(8, ids.size());
      assertEquals(2, items(daemon.get("/v1/webhooks")).size());
      assertEquals(204, daemon.ask("DELETE", "/v1/webhooks/" + other, null).status());
      assertEquals(404, daemon.ask("DELETE", "/v1/webhooks/" + other, null).status());
    }
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "all")) {
      await(() -> "" + one(daemon, id), () -> ("" + one(daemon, id)).contains("seq=8"));
      assertEquals("evt_C8_8", ids.get(8));
      assertEquals(9, ids.size());
    }
    try (TestDaemon daemon = daemon()) {
      assertEquals("{\"items\":[],\"next\":null}", daemon.get("/v1/webhooks").body());
      assertEquals(404, daemon.get("/v1/webhooks/" + id).status());
      Answer none = daemon.post("/v1/webhooks", body(""));
      assertEquals(503, none.status());
      assertTrue(none.body().contains("TALEA_PROJECTIONS"), none::body);
    }
  }

  private static Collection<?> items(Answer answer) {
    assertEquals(200, answer.status(), answer::toString);
    return (Collection<?>) Objects.requireNonNull(JsonTree.object(answer.body()).get("items"));
  }

  @Test
  void theyAreInPostgresWhereTheLedgerIs() throws Exception {
    String url = TestPostgres.newDatabaseUrl();
    try (TestDaemon daemon =
        TestDaemon.at(
                url,
                "TALEA_WEBHOOK_PRIVATE",
                "allow",
                "TALEA_PROJECTIONS",
                "webhooks",
                "MAX_PROJECTION_RUNNERS",
                "1")
            .withBook("b")) {
      String id = add(daemon, "");
      post(daemon, "b", 0, 3);
      await(() -> "" + one(daemon, id), () -> ("" + one(daemon, id)).contains("seq=5"));
      assertEquals(List.of("evt_C8_3", "evt_C8_4", "evt_C8_5"), ids);
      assertEquals(3, items(daemon.get("/v1/webhooks/" + id + "/deliveries")).size());
      // A second server of the same ledger posts and looks after them, and one delivers.
      try (TestDaemon other =
          TestDaemon.at(url, "TALEA_WEBHOOK_PRIVATE", "allow", "TALEA_PROJECTIONS", "webhooks")) {
        for (int i = 3; i < 23; i++) {
          post(i % 2 == 0 ? daemon : other, "b", i, i + 1);
        }
        await(() -> "" + one(other, id), () -> ("" + one(other, id)).contains("seq=25"));
        assertEquals(23, ids.size());
        assertEquals(23, ids.stream().distinct().count());
      }
    }
  }

  @Test
  void tokensReachTheWebhooksOfTheirBooks() throws Exception {
    Path tokens =
        Files.writeString(
            directory.resolve("tokens.toml"),
            """
            [tokens.reader]
            token = "reader-0123456789"
            books = ["b"]
            access = "ro"
            [tokens.shop]
            token = "shop-0123456789ab"
            books = ["b", "c"]
            access = "rw"
            [tokens.all]
            token = "all-0123456789abc"
            books = ["*"]
            access = "rw"
            """);
    try (TestDaemon daemon =
        daemon("TALEA_PROJECTIONS", "webhooks", "TALEA_TOKENS_FILE", tokens.toString())) {
      String reader = "Authorization: Bearer reader-0123456789";
      String shop = "Authorization: Bearer shop-0123456789ab";
      String all = "Authorization: Bearer all-0123456789abc";
      assertEquals(401, daemon.get("/v1/webhooks").status());
      Envelopes.assertError(
          403,
          "{\"error\":\"forbidden\",\"book\":\"b\"}",
          daemon.post("/v1/webhooks", body(",\"books\":[\"b\"]"), reader));
      for (String books : List.of("", ",\"books\":null", ",\"books\":\"*\"")) {
        Envelopes.assertError(
            403,
            "{\"error\":\"forbidden\",\"book\":\"*\"}",
            daemon.post("/v1/webhooks", body(books), shop));
      }
      Envelopes.assertError(
          403,
          "{\"error\":\"forbidden\",\"book\":\"d\"}",
          daemon.post("/v1/webhooks", body(",\"books\":[\"b\",\"d\"]"), shop));
      String ofB = add(daemon, ",\"books\":[\"b\"]", shop);
      String ofBoth = add(daemon, ",\"books\":[\"b\",\"c\"]", shop);
      String ofAll = add(daemon, "", all);
      assertEquals(1, items(daemon.get("/v1/webhooks", reader)).size());
      assertEquals(2, items(daemon.get("/v1/webhooks", shop)).size());
      assertEquals(3, items(daemon.get("/v1/webhooks", all)).size());
      assertEquals(200, daemon.get("/v1/webhooks/" + ofB, reader).status());
      assertEquals(200, daemon.get("/v1/webhooks/" + ofB + "/deliveries", reader).status());
      Envelopes.assertError(
          404,
          "{\"error\":\"not_found\",\"what\":\"webhook " + ofBoth + "\"}",
          daemon.get("/v1/webhooks/" + ofBoth, reader));
      assertEquals(404, daemon.post("/v1/webhooks/" + ofAll + "/pause", "", shop).status());
      for (String change : List.of("pause", "resume", "rotate", "replay?book=b&seq=1")) {
        Envelopes.assertError(
            403,
            "{\"error\":\"forbidden\",\"book\":\"b\"}",
            daemon.post("/v1/webhooks/" + ofB + "/" + change, "", reader));
        assertEquals(
            200, daemon.post("/v1/webhooks/" + ofB + "/" + change, "", shop).status(), change);
      }
      assertEquals(403, daemon.ask("DELETE", "/v1/webhooks/" + ofB, null, reader).status());
      assertEquals(204, daemon.ask("DELETE", "/v1/webhooks/" + ofB, null, shop).status());
      assertEquals(405, daemon.ask("DELETE", "/v1/webhooks", null, all).status());
    }
  }

  @Test
  void whatMakesNoSenseIsSaidWithItsField() {
    try (TestDaemon daemon =
        TestDaemon.at("log://" + directory.resolve("ledger"), "TALEA_PROJECTIONS", "webhooks")) {
      String url = "\"url\":\"https://hooks.example.com/x\"";
      for (String[] bad :
          new String[][] {
            {"", "body"},
            {"{}", "body"},
            {"[]", "body"},
            {"{\"url\":1}", "body"},
            {"{" + url + ",\"books\":[]}", "body"},
            {"{" + url + ",\"books\":\"b\"}", "body"},
            {"{" + url + ",\"books\":[1]}", "body"},
            {"{" + url + ",\"kinds\":[\"deposit\"]}", "body"},
            {"{" + url + ",\"kinds\":[]}", "body"},
            {"{" + url + ",\"prefixes\":\"a\"}", "body"},
            {"{" + url + ",\"positions\":{\"b\":\"x\"}}", "body"},
            {"{" + url + "," + url + "}", "body"},
            {"{" + url + ",\"positions\":{\"b\":7}}", "positions"},
            {"{" + url + ",\"books\":[\"\"]}", "books"},
            {"{" + url + ",\"prefixes\":[\"\"]}", "prefixes"},
            {"{" + url + ",\"signature\":\"v3\"}", "signature"},
            {"{\"url\":\"hooks.example.com\"}", "url"},
            {body(""), "url"},
          }) {
        Answer answer = daemon.post("/v1/webhooks", bad[0]);
        assertEquals(400, answer.status(), bad[0]);
        assertTrue(answer.body().contains("\"field\":\"" + bad[1] + "\""), answer::body);
      }
      assertEquals(
          415,
          daemon.ask("POST", "/v1/webhooks", "{" + url + "}", "Content-Type: text/plain").status());
      assertEquals(404, daemon.get("/v1/webhooks/none").status());
      Answer other = daemon.get("/v1/projections/webhooks");
      assertTrue(other.body().contains("see /v1/webhooks"), other::body);
      assertEquals(404, daemon.get("/v1/webhooks/none/deliveries").status());
      assertEquals(404, daemon.post("/v1/webhooks/none/pause", "").status());
      assertEquals(400, daemon.get("/v1/webhooks/none/deliveries?after=x").status());
    }
  }

  @Test
  void deliveriesCountAsOneRunner() {
    StartException refusal =
        Assertions.assertThrows(
            StartException.class,
            () ->
                daemon("TALEA_PROJECTIONS", "postings,webhooks", "MAX_PROJECTION_RUNNERS", "1")
                    .close());
    assertTrue(
        ("" + refusal.getMessage()).contains("names 2 projections: postings, webhooks"),
        refusal::getMessage);
  }

  @Test
  void aClientSeesToAllOfIt() {
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "webhooks").withBook("b");
        TaleaClient client = TaleaClient.builder(daemon.url()).build()) {
      TaleaWebhooks webhooks = client.webhooks();
      WebhookDraft draft =
          new WebhookDraft(
              hook(),
              Set.of("b"),
              Set.of(Event.Kind.TRANSACTION_POSTED),
              Set.of("cash"),
              Map.of("b", 2L),
              null);
      WebhookView.Keyed added = webhooks.add(draft).join();
      String id = added.webhook().id();
      assertTrue(("" + added.secret()).startsWith("whsec_"));
      assertEquals(Set.of("b"), added.webhook().books());
      assertEquals(Set.of(Event.Kind.TRANSACTION_POSTED), added.webhook().kinds());
      assertEquals(List.of("cash"), added.webhook().prefixes());
      post(daemon, "b", 0, 3);
      await(
          () -> "" + ids,
          () -> Long.valueOf(5).equals(webhooks.get(id).join().positions().get("b")));
      assertEquals(List.of(webhooks.get(id).join()), webhooks.list().join());
      Page<WebhookView.Attempt, Long> newest = webhooks.deliveries(id, null, 2).join();
      assertEquals(2, newest.items().size());
      assertEquals("evt_C8_5", newest.items().get(0).id());
      assertEquals(204, newest.items().get(0).status());
      assertEquals(
          List.of("evt_C8_3"),
          webhooks.deliveries(id, newest.next(), 2).join().items().stream()
              .map(WebhookView.Attempt::id)
              .toList());
      assertFalse(webhooks.pause(id).join().active());
      assertTrue(webhooks.resume(id).join().active());
      webhooks.replay(id, "b", 4).join();
      await(() -> "" + ids, () -> ids.size() == 5);
      assertTrue(!webhooks.rotate(id).join().equals(added));
      assertTrue(webhooks.remove(id).join());
      assertEquals(List.of(), webhooks.list().join());
      CompletionException gone =
          assertThrows(CompletionException.class, () -> webhooks.get(id).join());
      assertTrue(
          ((LedgerException) LedgerErrors.unwrap(gone)).error() instanceof LedgerError.NotFound,
          gone::toString);
    }
  }
}
