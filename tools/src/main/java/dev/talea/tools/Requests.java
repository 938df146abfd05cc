// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.LedgerException;
import dev.talea.ledger.json.ResultJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server for what is shown as it answers: about projections, webhooks and reconciliation.
 *
 * <p>One thread.
 */
final class Requests {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  /** What is a success of these routes. */
  private static final Set<Integer> DONE = Set.of(200, 202, 204);

  private final HttpClient http =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
  private final String prefix;
  private final String token;

  /**
   * @param url of the server
   * @param path that all of them begin with
   * @param token empty for none
   */
  Requests(String url, String path, String token) {
    this.prefix = (url.endsWith("/") ? url.substring(0, url.length() - 1) : url) + path;
    this.token = token;
  }

  /** A segment of a path, or a value of a query. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A query of alternating names and values. */
  static String query(List<String> query) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < query.size(); i += 2) {
      text.append(i == 0 ? '?' : '&').append(query.get(i)).append('=');
      text.append(encoded(query.get(i + 1)));
    }
    return text.toString();
  }

  /** Gets an answer of any length into a file. */
  void download(String target, Path file) {
    Path unused =
        ask(
            HttpRequest.newBuilder(URI.create(prefix + target)),
            HttpResponse.BodyHandlers.ofFile(file),
            Files::readAllBytes);
  }

  byte[] get(String target) {
    return send("GET", target, null);
  }

  /** Sends bytes that are no JSON. */
  byte[] sendFile(String target, byte[] part) {
    return send("POST", target, part, "application/octet-stream");
  }

  /**
   * Sends a request.
   *
   * @param json the body, or null for none
   * @return the answer to one that succeeded
   */
  byte[] send(String method, String target, byte @Nullable [] json) {
    return send(method, target, json, "application/json");
  }

  private byte[] send(String method, String target, byte @Nullable [] body, String type) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(prefix + target))
            .timeout(ANSWER_MAX)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (body != null) {
      request.header("Content-Type", type);
    }
    return ask(request, HttpResponse.BodyHandlers.ofByteArray(), answer -> answer);
  }

  /** Takes the bytes of an error out of what came as the answer. */
  private interface Bytes<T> {
    byte[] of(T answer) throws IOException;
  }

  private <T> T ask(HttpRequest.Builder request, HttpResponse.BodyHandler<T> into, Bytes<T> bytes) {
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      HttpResponse<T> answer = http.send(request.build(), into);
      if (!DONE.contains(answer.statusCode())) {
        throw new LedgerException(
            ResultJson.readError(answer.statusCode(), bytes.of(answer.body())));
      }
      return answer.body();
    } catch (IOException e) {
      throw new FailedException("The server at " + prefix + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailedException("The server at " + prefix + " was not waited for.", e);
    }
  }
}
