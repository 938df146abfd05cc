// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerException;
import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * The API browser and the document it shows, from inside the jar. Nothing on the page comes from
 * anywhere else, and its content security policy holds it to that: the browser of a ledger must
 * work without a way to the internet, and must not tell any other host that it is being looked at.
 *
 * <p>These routes are open to strangers, so an answer must cost next to nothing: each file is read
 * out of the jar and compressed once, when it is first asked for, on the given executor and not
 * among the reads of the ledger; from then on answers share its bytes.
 *
 * <p>Called on event loops.
 */
final class DocsEndpoint {
  private static final String OURS = "docs/";
  private static final String PAGE = OURS + "index.html";
  private static final byte[] NOTHING = {};
  private static final String HTML = "text/html; charset=utf-8";

  /** What may be asked for, and only that: a name from a request never becomes a path. */
  private static final Map<String, String> TYPES =
      Map.of(
          "swagger-ui.css", "text/css; charset=utf-8",
          "swagger-ui-bundle.js", "text/javascript; charset=utf-8",
          "favicon-32x32.png", "image/png",
          "browser.js", "text/javascript; charset=utf-8");

  private final Executor executor;
  private final String swagger;

  /** Files that were asked for; as many as there are names, at most. */
  private final ConcurrentHashMap<String, FutureTask<StaticFile>> files = new ConcurrentHashMap<>();

  DocsEndpoint(Executor executor) {
    this.executor = executor;
    String version =
        new String(resource(OURS + "swagger-ui.version"), StandardCharsets.US_ASCII).strip();
    this.swagger = "/META-INF/resources/webjars/swagger-ui/" + version + "/";
  }

  List<Route> routes() {
    return List.of(
        Route.open("/", this::lead),
        Route.open("/docs", this::page),
        Route.open("/docs/", this::pageBehindSlash),
        Route.open("/docs/{file}", this::file),
        Route.open("/openapi.json", this::openApi));
  }

  /** Leads those who only know the host here. The address is relative, as all on the page are. */
  void lead(Call call) {
    call.respond(
        HttpResponse.of(
            307, Headers.of("Location", "docs", Answers.REQUEST_ID, call.requestId()), NOTHING));
  }

  void page(Call call) {
    serve(call, PAGE, HTML, () -> resource(PAGE));
  }

  /**
   * The page where its address ends with a slash. Relative links begin one level deeper there, and
   * absolute ones would be wrong behind a proxy that serves the daemon below a path of its own.
   */
  void pageBehindSlash(Call call) {
    serve(call, PAGE + "/", HTML, DocsEndpoint::pageOneLevelDown);
  }

  private static byte[] pageOneLevelDown() {
    String page = new String(resource(PAGE), StandardCharsets.UTF_8);
    return page.replace("=\"docs/", "=\"")
        .replace("=\"openapi.json\"", "=\"../openapi.json\"")
        .getBytes(StandardCharsets.UTF_8);
  }

  void file(Call call) {
    String name = call.path("file");
    String type = TYPES.get(name);
    if (type == null) {
      throw new LedgerException(new NotFound("path " + call.request().rawPath()));
    }
    String resource = name.equals("browser.js") ? OURS + name : swagger + name;
    serve(call, resource, type, () -> resource(resource));
  }

  void openApi(Call call) {
    String resource = OURS + "openapi.json";
    serve(call, resource, Answers.JSON, () -> resource(resource));
  }

  private void serve(Call call, String key, String type, Supplier<byte[]> content) {
    FutureTask<StaticFile> file = files.get(key);
    if (file != null && file.isDone()) {
      answer(call, key, file);
      return;
    }
    FutureTask<StaticFile> first =
        files.computeIfAbsent(
            key, unused -> new FutureTask<>(() -> StaticFile.of(content.get(), type)));
    Runnable goOn = call.waits();
    executor.execute(
        () -> {
          try {
            first.run();
            answer(call, key, first);
          } finally {
            goOn.run();
          }
        });
  }

  private void answer(Call call, String key, FutureTask<StaticFile> file) {
    try {
      call.respond(file.get().answer(call));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      call.failure(e);
    } catch (Exception | Error e) {
      // Not kept: what failed for want of memory may work the next time.
      files.remove(key, file);
      call.failure(e);
    }
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
