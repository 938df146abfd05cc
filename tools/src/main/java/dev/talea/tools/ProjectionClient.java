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
import java.time.Duration;
import java.util.List;

/**
 * Asks a server about its projections. Apart from the client of the ledger, which knows books and
 * not what others make of them.
 *
 * <p>One thread.
 */
final class ProjectionClient {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);
  private static final int OK = 200;
  private static final int ACCEPTED = 202;

  private final HttpClient http =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
  private final String prefix;
  private final String token;

  /**
   * @param url of the server
   * @param token empty for none
   */
  ProjectionClient(String url, String token) {
    this.prefix =
        (url.endsWith("/") ? url.substring(0, url.length() - 1) : url) + "/v1/projections";
    this.token = token;
  }

  /** All of them, as the server answers. */
  byte[] page() {
    return send(request(""), OK);
  }

  /** One, as the server answers. */
  byte[] bytes(String name) {
    return send(request("/" + encoded(name)), OK);
  }

  ProjectionView one(String name) {
    return ProjectionView.read(bytes(name));
  }

  /**
   * Asks for a change.
   *
   * @param query alternating names and values
   */
  void change(String name, String change, List<String> query) {
    StringBuilder target = new StringBuilder("/" + encoded(name) + "/" + change);
    for (int i = 0; i < query.size(); i += 2) {
      target.append(i == 0 ? '?' : '&').append(query.get(i)).append('=');
      target.append(encoded(query.get(i + 1)));
    }
    send(request(target.toString()).POST(HttpRequest.BodyPublishers.noBody()), ACCEPTED);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpRequest.Builder request(String target) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(prefix + target)).timeout(ANSWER_MAX);
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  private byte[] send(HttpRequest.Builder request, int due) {
    try {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() != due) {
        throw new LedgerException(ResultJson.readError(answer.statusCode(), answer.body()));
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
