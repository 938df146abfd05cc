// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reconciliation over HTTP, with real runs: who may, and what is answered. */
@Tag("slow")
class ReconcileTest {
  private static final String ADMIN = "Authorization: Bearer admin-token";
  private static final String B_RO = "Authorization: Bearer b-ro";
  private static final String B_RW = "Authorization: Bearer b-rw";
  private static final String C_RW = "Authorization: Bearer c-rw";

  private static final String AT = "/v1/reconcile/";

  private static final String PROFILE =
      "{\"name\":\"lines\",\"amount\":{\"column\":\"amount\"},\"asset\":\"USD\","
          + "\"fields\":[{\"name\":\"reference\",\"column\":\"text\"}]}";

  private static final String RECIPE =
      "{\"name\":\"cash\",\"left\":{\"ledger\":{\"book\":\"b\",\"accounts\":[\"cash\"]}},"
          + "\"right\":{\"file\":{\"profile\":\"lines\"}},"
          + "\"rules\":[{\"name\":\"amount\",\"tolerance\":{\"absolute\":0}}]}";

  private static final String OF_C =
      RECIPE
          .replace("\"book\":\"b\"", "\"book\":\"c\"")
          .replace("\"name\":\"cash\"", "\"name\":\"of-c\"");

  @TempDir private Path directory;
  private TestDaemon daemon;

  @BeforeEach
  void start() throws IOException {
    Path tokens = directory.resolve("tokens.toml");
    StringBuilder toml = new StringBuilder();
    for (String name : new String[] {"b-ro", "b-rw", "c-rw"}) {
      toml.append("[tokens.").append(name).append("]\ntoken = \"").append(name);
      toml.append("\"\nbooks = [\"").append(name, 0, 1).append("\"]\naccess = \"");
      toml.append(name.substring(2)).append("\"\n");
    }
    Files.writeString(tokens, toml);
    daemon =
        TestDaemon.onLog(
            directory.resolve("ledger"),
            "TALEA_TOKENS_FILE",
            tokens.toString(),
            "TALEA_API_TOKEN",
            "admin-token",
            "TALEA_METRICS_BIND",
            "127.0.0.1:0");
    daemon.withBook("b", ADMIN);
    for (String minor : new String[] {"1000", "2500", "9900"}) {
      assertEquals(
          200,
          daemon
              .post("/v1/transactions", TestDaemon.draft("b", "k" + minor, minor), ADMIN)
              .status());
    }
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private Answer post(String path, String body, String token) {
    return daemon.post(AT + path, body, token);
  }

  private Answer get(String path, String token) {
    return daemon.get(AT + path, token);
  }

  private static void assertStatus(int status, Answer answer) {
    assertEquals(status, answer.status(), answer::toString);
  }

  /** A download says its length, so that one that breaks off is seen to be none. */
  private String downloaded(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(daemon.url() + AT + path))
            .header("Authorization", "Bearer b-ro")
            .build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(
        answer.body().getBytes(StandardCharsets.UTF_8).length,
        answer.headers().firstValueAsLong("Content-Length").orElse(-1));
    return answer.body();
  }

  @Test
  void thoseWhoOnlyLookMakeNoFolder() {
    assertEquals("OK", get("health", B_RO).body());
    assertEquals("{\"items\":[],\"next\":null}", get("runs", B_RO).body());
    assertEquals("{\"items\":[],\"next\":null}", get("recipes", B_RO).body());
    assertFalse(Files.exists(directory.resolve("reconcile")));
    assertStatus(401, get("runs", "Authorization: Bearer wrong"));
  }

  @Test
  void aRunIsForThoseWhoReachTheBooksOfItsRecipe() throws Exception {
    assertStatus(403, post("profiles/lines", PROFILE, B_RW));
    assertStatus(200, post("profiles/lines", PROFILE, ADMIN));
    assertStatus(403, post("recipes", RECIPE, B_RO));
    assertStatus(403, post("recipes", RECIPE, C_RW));
    assertStatus(200, post("recipes", RECIPE, B_RW));
    assertStatus(400, post("recipes", RECIPE.replace("accounts", "acounts"), B_RW));
    assertStatus(400, post("recipes", RECIPE.replace("lines", "other"), B_RW));
    assertStatus(409, post("recipes", OF_C.replace("of-c", "cash"), C_RW));
    assertStatus(404, get("recipes/cash", C_RW));
    assertStatus(404, get("exceptions?recipe=cash", C_RW));
    assertTrue(get("recipes", C_RW).body().startsWith("{\"items\":[]"));

    assertStatus(400, post("uploads?name=..%2Fx", "amount,text\n", B_RW));
    assertStatus(403, post("uploads?name=bank.csv", "amount,text\n", B_RO));
    assertStatus(200, post("uploads?name=bank.csv&more=true", "amount,text\n10.00,", B_RW));
    Answer wrongPlace = post("uploads/1?offset=3", "one\n", B_RW);
    assertStatus(400, wrongPlace);
    assertStatus(404, post("uploads/1?offset=18", "one\n", C_RW));
    assertTrue(wrongPlace.body().contains("18 bytes have come"), wrongPlace::body);
    Answer whole = post("uploads/1?offset=18", "one\n25.00,two\n1.00,three\n", B_RW);
    assertTrue(whole.body().contains("\"complete\":true"), whole::body);

    String wanted = "{\"recipe\":\"cash\",\"key\":\"k\",\"right\":{\"upload\":\"1\"}}";
    assertStatus(403, post("runs", wanted, B_RO));
    assertStatus(404, post("runs", wanted, C_RW));
    assertStatus(200, post("recipes", OF_C, C_RW));
    assertStatus(404, post("runs", wanted.replace("cash", "of-c"), C_RW));
    assertStatus(200, post("runs", wanted, B_RW));
    assertTrue(post("runs", wanted, B_RW).body().contains("\"id\":\"1\""));
    assertStatus(404, get("runs/1", C_RW));
    TestDaemon.await(
        () -> get("runs/1", B_RO).body(),
        () -> get("runs/1", B_RO).body().contains("\"state\":\"completed\""));

    String rows = get("runs/1/rows?state=unmatched", B_RO).body();
    assertTrue(rows.contains("\"amount\":\"9900\""), rows);
    assertTrue(rows.contains("\"amount\":\"100\""), rows);
    assertStatus(404, get("runs/1/rows?state=unmatched", C_RW));
    assertStatus(404, post("runs/1/cancel", "", C_RW));
    assertStatus(400, get("runs/1/rows?state=lost", B_RO));

    assertEquals(
        Files.readString(directory.resolve("reconcile/evidence/1/manifest.json")),
        downloaded("runs/1/evidence/manifest.json"));
    assertStatus(404, get("runs/1/evidence/..%2Fjob.json", B_RO));
    assertStatus(404, get("runs/1/evidence/manifest.json", C_RW));

    String open = get("exceptions?recipe=cash&side=left", B_RO).body();
    assertTrue(open.contains("\"id\":\"1-left-3\""), open);
    String decision = "{\"state\":\"explained\",\"note\":\"cash in transit\"}";
    assertStatus(403, post("exceptions/1-left-3", decision, B_RO));
    assertStatus(404, post("exceptions/1-left-3", decision, C_RW));
    String together = "{\"exceptions\":[\"1-left-3\",\"1-right-3\"],\"reason\":\"same\"}";
    assertStatus(404, post("exceptions/match", together, C_RW));
    assertEquals(
        get("exceptions/1-left-3", C_RW).body().replace("1-left-3", "9-left-3"),
        get("exceptions/9-left-3", C_RW).body());
    assertStatus(200, post("exceptions/1-left-3", decision, B_RW));
    assertTrue(get("exceptions/1-left-3", B_RO).body().contains("cash in transit"));
    assertStatus(404, get("exceptions/1-left-77", B_RO));
    assertStatus(404, post("exceptions/1-left-77", decision, B_RW));

    assertTrue(post("runs/1/cancel", "", B_RW).body().contains("\"state\":\"completed\""));
    daemon.awaitMetric("talea_reconcile_runs{state=\"completed\"} 1.0");
    daemon.awaitMetric("talea_reconcile_rows{state=\"matched\"} 4.0");
    assertStatus(403, post("prune?older_than=1d", "", B_RW));
    assertStatus(200, post("prune?older_than=1d", "", ADMIN));
  }
}
