// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.service.LedgerService;
import dev.talea.server.Answer;
import dev.talea.server.JsonTree;
import dev.talea.server.RawHttp;
import dev.talea.server.TestDaemon;
import dev.talea.server.TestStore;
import dev.talea.server.metrics.Metrics;
import dev.talea.server.reconcile.ReconcileService;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API document against the router, and the browser that shows it. */
class DocsTest {
  private static Routes routes() {
    Readers readers = new Readers(1);
    InMemoryStore store = new InMemoryStore();
    LedgerService ledger = new LedgerService(store, readers);
    StreamEndpoint streams =
        new StreamEndpoint(ledger, Duration.ofSeconds(1), () -> 0, new Metrics());
    Readiness readiness =
        new Readiness(
            store, false, Runnable::run, () -> 0, Duration.ofSeconds(1), Duration.ofSeconds(1));
    return new Routes(
        List.of(
            new WriteEndpoints(ledger, 1).routes(),
            new ReadEndpoints(ledger).routes(),
            new ProofEndpoints(ledger, null, readers).routes(),
            new ListEndpoints(ledger, streams).routes(),
            new DocsEndpoint(readers).routes(),
            new ProjectionEndpoints(null, readers).routes(),
            new ReadModelEndpoints(null, ZoneOffset.UTC, readers).routes(),
            new WebhookEndpoints(null, readers).routes(),
            new ReconcileEndpoints(new ReconcileService(), readers).routes(),
            new RecipeHelpEndpoints(new ReconcileService(), readers).routes(),
            new OperatorEndpoints(store, readiness, () -> 0, () -> false).routes()));
  }

  private static Map<String, Object> document() {
    try (TestDaemon daemon = TestDaemon.over(new TestStore())) {
      Answer answer = daemon.get("/openapi.json");
      assertEquals(200, answer.status());
      assertEquals("application/json", answer.header("Content-Type"));
      return JsonTree.object(answer.body());
    }
  }

  @Test
  void everyRouteIsInTheDocumentAndNothingElseIs() {
    Map<String, Boolean> routed = new TreeMap<>();
    for (Route route : routes().table()) {
      routed.put(route.method().toLowerCase(Locale.ROOT) + " " + route.template(), route.open());
    }
    Map<String, Boolean> documented = new TreeMap<>();
    JsonTree.object(document().get("paths"))
        .forEach(
            (path, operations) ->
                JsonTree.object(operations)
                    .forEach(
                        (method, operation) ->
                            documented.put(
                                method + " " + path,
                                JsonTree.object(operation).get("security") != null)));
    assertEquals(routed, documented, "true means: open without a token");
  }

  @Test
  void everyParameterOfAPathIsDescribed() {
    JsonTree.object(document().get("paths"))
        .forEach(
            (path, operations) -> {
              TreeSet<String> inPath = new TreeSet<>();
              Matcher names = Pattern.compile("\\{([^}]+)}").matcher(path);
              while (names.find()) {
                inPath.add(names.group(1));
              }
              for (Object operation : JsonTree.object(operations).values()) {
                TreeSet<String> described = new TreeSet<>();
                Object parameters = JsonTree.object(operation).get("parameters");
                if (parameters instanceof Collection<?> list) {
                  for (Object parameter : list) {
                    Map<String, Object> one = JsonTree.object(parameter);
                    if ("path".equals(one.get("in"))) {
                      described.add("" + one.get("name"));
                    }
                  }
                }
                assertEquals(inPath, described, path);
              }
            });
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    Map<String, Object> document = document();
    TreeSet<String> references = new TreeSet<>();
    collect(document, references);
    assertFalse(references.isEmpty());
    for (String reference : references) {
      Object at = document;
      for (String step : reference.substring(2).split("/", -1)) {
        at = JsonTree.object(at).get(step);
      }
      assertNotNull(at, reference);
    }
  }

  private static void collect(@Nullable Object value, Collection<String> references) {
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (key, inner) -> {
            if ("$ref".equals(key)) {
              references.add("" + inner);
            }
            collect(inner, references);
          });
    } else if (value instanceof Collection<?> list) {
      list.forEach(inner -> collect(inner, references));
    }
  }

  @Test
  void everyErrorCodeIsListed() {
    Object schemas = JsonTree.object(document().get("components")).get("schemas");
    Object error = JsonTree.object(JsonTree.object(schemas).get("ApiError")).get("properties");
    Object listed = JsonTree.object(JsonTree.object(error).get("error")).get("enum");
    TreeSet<String> codes = new TreeSet<>();
    for (Class<?> code : LedgerError.class.getPermittedSubclasses()) {
      codes.add(code.getSimpleName().replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT));
    }
    assertEquals("" + codes, "" + listed);
  }

  /** The names by which clients generated from the document know what they send and get. */
  private static final Set<String> COMPONENTS =
      Set.of(
          "AccountDraft",
          "ApiError",
          "AssetDraft",
          "BalanceView",
          "BatchItem",
          "Direction",
          "EventEnvelope",
          "ExternalRef",
          "Posted",
          "PostingDraft",
          "PostingView",
          "TransactionDraft",
          "TransactionView",
          "TrialBalance",
          "TrialBalanceLine",
          "WireAmount");

  private static final String RECONCILE = "/v1/reconcile/";

  private static final String STREAM = "/v1/books/{book}/events";

  @Test
  void theComponentsHaveTheNamesThatClientsKnow() {
    Object schemas = JsonTree.object(document().get("components")).get("schemas");
    assertTrue(JsonTree.object(schemas).keySet().containsAll(COMPONENTS), "" + schemas);
    Map<String, Object> account = JsonTree.object(JsonTree.object(schemas).get("AccountDraft"));
    Object kind = JsonTree.object(account.get("properties")).get("kind");
    for (AccountKind each : AccountKind.values()) {
      assertTrue(("" + JsonTree.object(kind).get("description")).contains("`" + each.word() + "`"));
    }
  }

  /** What a server that is full or slow says can come from any route; a stream has no deadline. */
  @Test
  void everyOperationSaysThatTheServerMayBeFullOrSlow() {
    eachOperation(
        (path, operation) -> {
          Map<String, Object> responses = JsonTree.object(operation.get("responses"));
          assertTrue(responses.containsKey("503"), path);
          assertEquals(!path.equals("get " + STREAM), responses.containsKey("408"), path);
        });
  }

  @Test
  void parametersAreInPathsAndQueries() {
    eachOperation(
        (path, operation) -> {
          if (operation.get("parameters") instanceof Collection<?> list) {
            for (Object parameter : list) {
              Object in = JsonTree.object(parameter).get("in");
              assertTrue("path".equals(in) || "query".equals(in), path + " " + parameter);
            }
          }
        });
  }

  @Test
  void theStreamAndThePageAreOfEnvelopes() {
    Map<String, Object> operation =
        JsonTree.object(
            JsonTree.object(JsonTree.object(document().get("paths")).get(STREAM)).get("get"));
    Object ok = JsonTree.object(operation.get("responses")).get("200");
    Map<String, Object> content = JsonTree.object(JsonTree.object(ok).get("content"));
    Object stream = JsonTree.object(content.get("text/event-stream")).get("schema");
    assertEquals("{$ref=#/components/schemas/EventEnvelope}", "" + stream);
    Object page = JsonTree.object(content.get("application/json; amounts=string")).get("schema");
    assertEquals("{$ref=#/components/schemas/EventPage}", "" + page);
  }

  @Test
  void theExampleOfAStreamOfManyBooksIsAnswered() throws Exception {
    Object post =
        JsonTree.object(JsonTree.object(document().get("paths")).get("/v1/events")).get("post");
    Object body = JsonTree.object(JsonTree.object(post).get("requestBody")).get("content");
    Object example = JsonTree.object(JsonTree.object(body).get("application/json")).get("example");
    try (TestDaemon daemon = TestDaemon.over(new TestStore()).withBook("demo");
        RawHttp http = daemon.connect()) {
      Answer head = http.request("POST", "/v1/events", text(example)).read(false);
      assertEquals(200, head.status());
      assertEquals("text/event-stream", head.header("Content-Type"));
    }
  }

  @Test
  void theDocumentHasTheVersionOfTheProductAndAServer() throws Exception {
    Path pom = Path.of("..", "pom.xml");
    Matcher version =
        Pattern.compile("<version>([^<]+)</version>")
            .matcher(Files.readString(Files.exists(pom) ? pom : Path.of("pom.xml")));
    assertTrue(version.find());
    assertEquals(version.group(1), JsonTree.object(document().get("info")).get("version"));
    assertTrue(("" + document().get("servers")).startsWith("[{url=/,"));
  }

  private static void eachOperation(BiConsumer<String, Map<String, Object>> look) {
    JsonTree.object(document().get("paths"))
        .forEach(
            (path, operations) ->
                JsonTree.object(operations)
                    .forEach(
                        (method, operation) ->
                            look.accept(method + " " + path, JsonTree.object(operation))));
  }

  @Test
  void theExamplesWorkInTheOrderOfTheDocument(@TempDir Path directory) throws Exception {
    // What has heads and proofs, and projections.
    try (TestDaemon daemon =
        TestDaemon.at("log://" + directory.resolve("ledger"), "TALEA_PROJECTIONS", "all")) {
      Map<String, Object> paths = JsonTree.object(document().get("paths"));
      List<String> receipts = new ArrayList<>();
      for (Map.Entry<String, Object> path : paths.entrySet()) {
        Object post = JsonTree.object(path.getValue()).get("post");
        // A stream does not end, and reconciliation takes a file and a process: both have tests.
        if (post == null
            || path.getKey().startsWith(RECONCILE)
            || JsonTree.object(post).get("requestBody") == null
            || path.getKey().equals("/v1/events")) {
          continue;
        }
        Object body = JsonTree.object(JsonTree.object(post).get("requestBody")).get("content");
        for (Object example :
            examples(JsonTree.object(JsonTree.object(body).get("application/json")))) {
          Answer answer = daemon.post(path.getKey(), text(example));
          assertTrue(answer.status() < 300, () -> path.getKey() + " " + answer);
          receipts.add(answer.body());
        }
      }
      assertEquals(
          List.of("", "", ""), receipts.subList(0, 3), "an asset and two accounts, each new");
      assertTrue(receipts.get(3).contains("\"seq\":3"), receipts.get(3));
      assertFalse(receipts.get(4).contains("error"), receipts.get(4));
      assertTrue(receipts.get(4).contains("\"deduplicated\":true"), receipts.get(4));
      String id = receipts.get(3).substring(10, 46);
      String webhook = "" + JsonTree.object(receipts.get(receipts.size() - 1)).get("id");

      int read = 0;
      for (Map.Entry<String, Object> path : paths.entrySet()) {
        Object get = JsonTree.object(path.getValue()).get("get");
        if (get != null && !path.getKey().equals("/") && !path.getKey().startsWith(RECONCILE)) {
          String target = path.getKey().replace("{tx_id}", id);
          target = target.replace("/webhooks/{id}", "/webhooks/" + webhook);
          if (JsonTree.object(get).get("parameters") instanceof Collection<?> list) {
            for (Object parameter : list) {
              Map<String, Object> one = JsonTree.object(parameter);
              target = target.replace("{" + one.get("name") + "}", "" + one.get("example"));
              if ("query".equals(one.get("in")) && Boolean.TRUE.equals(one.get("required"))) {
                target +=
                    (target.contains("?") ? "&" : "?") + one.get("name") + "=" + one.get("example");
              }
            }
          }
          Answer answer = daemon.get(target, "Accept: application/json; amounts=string");
          while ((target.equals("/v1/head") || target.contains("/statement?"))
              && answer.status() == 404) {
            Thread.onSpinWait(); // nothing has been anchored, or projected, yet
            answer = daemon.get(target, "Accept: application/json; amounts=string");
          }
          assertEquals(200, answer.status(), target);
          read++;
        }
      }
      assertTrue(read > 15, "" + read);
    }
  }

  private static List<@Nullable Object> examples(Map<String, Object> content) {
    List<@Nullable Object> examples = new ArrayList<>();
    if (content.get("examples") instanceof Map<?, ?> named) {
      named.values().forEach(each -> examples.add(JsonTree.object(each).get("value")));
    } else {
      examples.add(content.get("example"));
    }
    return examples;
  }

  private static String text(@Nullable Object value) throws Exception {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      write(out, value);
    }
    return text.toString();
  }

  private static void write(JsonGenerator out, @Nullable Object value) throws Exception {
    if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName("" + entry.getKey());
        write(out, entry.getValue());
      }
      out.writeEndObject();
    } else if (value instanceof Collection<?> list) {
      out.writeStartArray();
      for (Object inner : list) {
        write(out, inner);
      }
      out.writeEndArray();
    } else if (value instanceof Number number) {
      out.writeNumber(number.toString());
    } else {
      out.writeString("" + value);
    }
  }

  @Test
  void aFileThatTheBrowserHasIsNotSentAgainAndElsePacked() {
    try (TestDaemon daemon = TestDaemon.over(new TestStore())) {
      Answer plain = daemon.get("/openapi.json");
      String tag = "" + plain.header("ETag");
      assertTrue(tag.matches("\"[0-9a-f]{24}\""), tag);
      assertEquals("Accept-Encoding", plain.header("Vary"));
      assertEquals(null, plain.header("Content-Encoding"));
      for (String known : new String[] {tag, "W/" + tag, "\"other\", " + tag, "*"}) {
        Answer again = daemon.get("/openapi.json", "If-None-Match: " + known);
        assertEquals(304, again.status(), known);
        assertEquals(tag, again.header("ETag"));
        assertEquals("", again.body());
      }
      assertEquals(200, daemon.get("/openapi.json", "If-None-Match: \"other\"").status());

      for (String coding : new String[] {"gzip", "br, GZIP;q=0.5", "deflate, gzip"}) {
        Answer packed = daemon.get("/openapi.json", "Accept-Encoding: " + coding);
        assertEquals("gzip", packed.header("Content-Encoding"), coding);
        assertEquals(tag.substring(0, tag.length() - 1) + "-gzip\"", packed.header("ETag"), coding);
        int length = Integer.parseInt("" + packed.header("content-length"));
        assertTrue(length < plain.bodyBytes() / 2, length + " of " + plain.bodyBytes());
      }
      for (String coding : new String[] {"identity", "gzip;q=0", "gzip; q=0.000", "x-gzip"}) {
        Answer answer = daemon.get("/openapi.json", "Accept-Encoding: " + coding);
        assertEquals(null, answer.header("Content-Encoding"), coding);
      }
    }
  }

  @Test
  void theRootLeadsToTheBrowser() {
    try (TestDaemon daemon =
        TestDaemon.over(new TestStore(), "TALEA_API_TOKEN", "0123456789abcdef")) {
      Answer answer = daemon.get("/");
      assertEquals(307, answer.status());
      assertEquals("docs", answer.header("Location"));
      assertEquals("", answer.body());
      assertTrue(answer.header(Answers.REQUEST_ID) != null);
    }
  }

  @Test
  void theBrowserIsServedWholeAndAsksNobodyElse() {
    try (TestDaemon daemon = TestDaemon.over(new TestStore())) {
      isServedWhole(daemon, "/docs");
      isServedWhole(daemon, "/docs/");
      assertTrue(daemon.get("/docs/swagger-ui-bundle.js").body().contains("SwaggerUIBundle"));
      for (String name : new String[] {"x.js", "index.html", "..%2Fopenapi.json", "..", "%00"}) {
        assertEquals(404, daemon.get("/docs/" + name).status(), name);
      }
    }
  }

  private static void isServedWhole(TestDaemon daemon, String path) {
    Answer page = daemon.get(path);
    assertEquals(200, page.status());
    assertEquals("text/html; charset=utf-8", page.header("Content-Type"));
    String policy = "" + page.header("Content-Security-Policy");
    assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
    assertFalse(policy.contains("http") || policy.contains("unsafe-eval"), policy);
    assertFalse(page.body().contains("://"), "no address of another site: " + page.body());
    assertFalse(page.body().contains("<script>"), "the policy forbids inline scripts");
    Matcher parts = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(page.body());
    int found = 0;
    while (parts.find()) {
      found++;
      // As a browser resolves it, so that a proxy may serve the daemon below any path.
      assertFalse(parts.group(1).startsWith("/"), parts.group(1));
      Answer part = daemon.get(URI.create(path).resolve(parts.group(1)).getPath());
      assertEquals(200, part.status(), parts.group(1));
      assertTrue(part.bodyBytes() > 100, parts.group(1));
    }
    assertEquals(5, found);
  }
}
