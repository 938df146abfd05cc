package dev.talea.server;

import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerException;
import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * The API browser and the document it shows, from inside the jar. Nothing on the page comes from
 * anywhere else, and its content security policy holds it to that: the browser of a ledger must
 * work without a way to the internet, and must not tell anybody that it is being looked at.
 *
 * <p>Called on event loops; files are read on the reader pool.
 */
final class DocsEndpoint {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
          + " font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  private static final String OURS = "docs/";

  /** What may be asked for, and only that: a name from a request never becomes a path. */
  private static final Map<String, String> TYPES =
      Map.of(
          "swagger-ui.css", "text/css; charset=utf-8",
          "swagger-ui-bundle.js", "text/javascript; charset=utf-8",
          "favicon-32x32.png", "image/png",
          "browser.js", "text/javascript; charset=utf-8");

  private final Executor readers;
  private final String swagger;

  DocsEndpoint(Executor readers) {
    this.readers = readers;
    String version =
        new String(resource(OURS + "swagger-ui.version"), StandardCharsets.US_ASCII).strip();
    this.swagger = "/META-INF/resources/webjars/swagger-ui/" + version + "/";
  }

  void page(Call call) {
    serve(call, OURS + "index.html", "text/html; charset=utf-8");
  }

  void file(Call call) {
    String name = call.path("file");
    String type = TYPES.get(name);
    if (type == null) {
      throw new LedgerException(new NotFound("path " + call.request().rawPath()));
    }
    serve(call, name.equals("browser.js") ? OURS + name : swagger + name, type);
  }

  void openApi(Call call) {
    serve(call, OURS + "openapi.json", Answers.JSON);
  }

  private void serve(Call call, String resource, String type) {
    readers.execute(
        () -> {
          try {
            call.respond(
                HttpResponse.of(
                    200,
                    Headers.of(
                        "Content-Type",
                        type,
                        "Content-Security-Policy",
                        POLICY,
                        "X-Content-Type-Options",
                        "nosniff",
                        "Referrer-Policy",
                        "no-referrer",
                        "Cache-Control",
                        "no-cache",
                        Answers.REQUEST_ID,
                        call.requestId()),
                    resource(resource)));
          } catch (RuntimeException e) {
            call.failure(e);
          }
        });
  }

  private static byte[] resource(String name) {
    try (InputStream in = DocsEndpoint.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the jar's " + name + " cannot be read", e);
    }
  }
}
