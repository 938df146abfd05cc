// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.client.Retrier.Outcome;
import dev.talea.client.Retrier.Outcome.Again;
import dev.talea.client.Retrier.Outcome.Done;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.Timeout;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.json.ResultJson;
import dev.talea.net.ClientRequest;
import dev.talea.net.ClientStream;
import dev.talea.net.Headers;
import dev.talea.net.HttpClient;
import dev.talea.net.HttpResponse;
import dev.talea.net.TransportException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request to the server and what its answer, or the lack of one, means: done, worth another
 * try, or refused for good. The one place that maps HTTP to the words of the ledger and back.
 *
 * <p>Any thread may call; futures complete on the event loop of the connection.
 */
final class Wire implements AutoCloseable {
  private static final byte[] NO_BODY = {};
  private static final String JSON = "application/json";
  private static final String EVENTS = "text/event-stream";

  private final HttpClient http;
  private final String prefix;
  private final Headers headers;
  private final Duration timeout;
  private final Gate gate;

  /**
   * @param http becomes this object's, to be closed with it
   * @param base with scheme and host, and maybe a path under which a proxy keeps the server
   * @param headers sent with every request
   * @param timeout of a single try
   * @param gate before the connections
   */
  Wire(HttpClient http, URI base, Headers headers, Duration timeout, Gate gate) {
    this.http = http;
    this.gate = gate;
    String path = base.getRawPath() == null ? "" : base.getRawPath();
    this.prefix = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    this.headers = headers;
    this.timeout = timeout;
  }

  ClientRequest get(String target) {
    return ClientRequest.get(prefix + target, headers.with("Accept", JSON));
  }

  ClientRequest post(String target, byte[] json) {
    return ClientRequest.post(prefix + target, headers.with("Accept", JSON), JSON, json);
  }

  ClientRequest delete(String target) {
    return new ClientRequest("DELETE", prefix + target, headers.with("Accept", JSON), NO_BODY);
  }

  /**
   * Sends it once.
   *
   * @param read makes the answer of the body of a success
   */
  <T> CompletableFuture<Outcome<T>> send(ClientRequest request, Function<byte[], T> read) {
    return gate.pass(request.bodyBytes(), left -> http.send(request, left))
        .handle(
            (response, failure) -> {
              if (failure != null) {
                return ofFailure(failure);
              }
              return ofResponse(response, read);
            });
  }

  private <T> Outcome<T> ofFailure(Throwable failure) {
    LedgerException why = noAnswer(failure);
    if (isFinal(failure)) {
      throw why;
    }
    return new Again<>(why, null, null);
  }

  private <T> Outcome<T> ofResponse(HttpResponse response, Function<byte[], T> read) {
    if (isSuccess(response.status())) {
      return new Done<>(read.apply(response.body()));
    }
    LedgerException refusal = refusal(response.status(), response.body());
    // A projection that lags was waited for; whether to ask again is the caller's to decide.
    if (!isTemporary(response.status()) || refusal.error() instanceof LedgerError.Stale) {
      throw refusal;
    }
    return new Again<>(refusal, retryAfter(response.headers()), null);
  }

  /** Opens an event stream after this seq; whatever the status, its head is the answer. */
  CompletableFuture<ClientStream> follow(String target, long lastSeq) {
    Headers withCursor =
        headers.with("Accept", EVENTS).with("Last-Event-ID", Long.toString(lastSeq));
    return http.stream(ClientRequest.get(prefix + target, withCursor), timeout);
  }

  /** As the other, of what the body asks for. */
  CompletableFuture<ClientStream> follow(String target, byte[] json) {
    Headers wanted = headers.with("Accept", EVENTS);
    return http.stream(ClientRequest.post(prefix + target, wanted, JSON, json), timeout);
  }

  /** What a caller is told when there was no answer. */
  LedgerException noAnswer(Throwable failure) {
    Throwable inner = LedgerErrors.unwrap(failure);
    LedgerError error;
    if (!(inner instanceof TransportException trouble)) {
      error = new Internal("the request failed inside the client: " + inner);
    } else {
      error =
          switch (trouble.kind()) {
            case TIMED_OUT -> new Timeout();
            case CLIENT_CLOSED -> new Unavailable("this client is closed");
            case ANSWER_TOO_LARGE -> new Internal("" + trouble.getMessage());
            case POOL_EXHAUSTED ->
                new LedgerError.Overloaded(LedgerError.Overloaded.Limit.ADMISSION);
            case CONNECT_FAILED, CLOSED_BEFORE_ANSWER, BROKEN_ANSWER ->
                new Unavailable(inWords(trouble));
          };
    }
    return new LedgerException(error, inner);
  }

  /** A server that answers a handshake in plain HTTP shows its answer in hex, at length. */
  private static String inWords(TransportException trouble) {
    String message = String.valueOf(trouble.getMessage());
    return message.contains("not an SSL/TLS record")
        ? message.substring(0, message.indexOf("not an SSL/TLS record"))
            + "the server does not speak TLS there; is http:// meant instead of https://?"
        : message;
  }

  /** Whether trying again cannot help against this failure to get an answer. */
  static boolean isFinal(Throwable failure) {
    return !(LedgerErrors.unwrap(failure) instanceof TransportException trouble)
        || trouble.kind() == TransportException.Kind.CLIENT_CLOSED
        || trouble.kind() == TransportException.Kind.ANSWER_TOO_LARGE;
  }

  /**
   * Whether an answer with this status may be another one a little later, whatever its body says:
   * 502 and 504 are a gateway's, before a server that restarts.
   */
  static boolean isTemporary(int status) {
    return switch (status) {
      case 408, 429, 502, 503, 504 -> true;
      default -> false;
    };
  }

  static boolean isSuccess(int status) {
    return status >= 200 && status < 300;
  }

  static LedgerException refusal(int status, byte[] body) {
    return new LedgerException(ResultJson.readError(status, body));
  }

  /** What {@code Retry-After} says in seconds; null if it says nothing, or gives a date. */
  static @Nullable Duration retryAfter(Headers headers) {
    String value = headers.first("Retry-After");
    // Nine digits always fit; the few servers that send dates have other callers than this one.
    return value != null && value.strip().matches("[0-9]{1,9}")
        ? Duration.ofSeconds(Long.parseLong(value.strip()))
        : null;
  }

  @Override
  public void close() {
    gate.close();
    http.close();
  }
}
