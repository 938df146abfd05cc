package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerService;
import dev.talea.ledger.conformance.InMemoryStore;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The API document against the router, and the browser that shows it. */
class DocsTest {
  private static Routes routes() {
    Readers readers = new Readers(1);
    InMemoryStore store = new InMemoryStore();
    LedgerService ledger = new LedgerService(store, readers);
    return new Routes(
        new WriteEndpoints(ledger, 1),
        new ReadEndpoints(ledger),
        new ListEndpoints(
            ledger,
            new StreamEndpoint(store, readers, Duration.ofSeconds(1), () -> 0, new Metrics())),
        new DocsEndpoint(readers),
        new OperatorEndpoints(
            store,
            new Readiness(
                store, false, Runnable::run, () -> 0, Duration.ofSeconds(1), Duration.ofSeconds(1)),
            () -> false),
        "log");
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
    assertEquals(routed, documented, "true means: open to anybody");
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
    Object error = JsonTree.object(JsonTree.object(schemas).get("Error")).get("properties");
    Object listed = JsonTree.object(JsonTree.object(error).get("error")).get("enum");
    TreeSet<String> codes = new TreeSet<>();
    for (Class<?> code : LedgerError.class.getPermittedSubclasses()) {
      codes.add(code.getSimpleName().replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT));
    }
    assertEquals("" + codes, "" + listed);
  }

  @Test
  void theExamplesOfRequestsWorkInTheOrderOfTheDocument() throws Exception {
    try (TestDaemon daemon = TestDaemon.over(new TestStore())) {
      Map<String, Object> paths = JsonTree.object(document().get("paths"));
      for (Map.Entry<String, Object> path : paths.entrySet()) {
        Object post = JsonTree.object(path.getValue()).get("post");
        if (post == null || JsonTree.object(post).get("requestBody") == null) {
          continue;
        }
        Object body = JsonTree.object(JsonTree.object(post).get("requestBody")).get("content");
        Object example = JsonTree.object(JsonTree.object(body).get("application/json"));
        String request = text(JsonTree.object(example).get("example"));
        Answer answer = daemon.post(path.getKey(), request);
        assertTrue(answer.status() < 300, () -> path.getKey() + " " + answer);
        if (path.getKey().equals("/v1/accounts")) {
          daemon.post(path.getKey(), request.replace("cash", "sales"));
        }
        if (path.getKey().startsWith("/v1/transactions")) {
          assertTrue(answer.body().contains("\"seq\":3"), answer::toString);
        }
      }
      assertEquals(200, daemon.get("/v1/books/demo/accounts/cash/balance").status());
    }
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
  void theBrowserIsServedWholeAndAsksNobodyElse() {
    try (TestDaemon daemon = TestDaemon.over(new TestStore())) {
      Answer page = daemon.get("/docs");
      assertEquals(200, page.status());
      assertEquals("text/html; charset=utf-8", page.header("Content-Type"));
      String policy = "" + page.header("Content-Security-Policy");
      assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
      assertFalse(policy.contains("http") || policy.contains("unsafe-eval"), policy);
      assertFalse(page.body().contains("://"), "no address of anybody else: " + page.body());
      assertFalse(page.body().contains("<script>"), "the policy forbids inline scripts");
      Matcher parts = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(page.body());
      int found = 0;
      while (parts.find()) {
        found++;
        Answer part = daemon.get("/" + parts.group(1));
        assertEquals(200, part.status(), parts.group(1));
        assertTrue(part.bodyBytes() > 100, parts.group(1));
      }
      assertEquals(5, found);
      assertTrue(daemon.get("/docs/swagger-ui-bundle.js").body().contains("SwaggerUIBundle"));
      for (String name : new String[] {"x.js", "index.html", "..%2Fopenapi.json", "..", "%00"}) {
        assertEquals(404, daemon.get("/docs/" + name).status(), name);
      }
    }
  }
}
