// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.reconcile;

import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.recipe.RecipeJson;
import dev.talea.reconcile.run.Assistant;
import dev.talea.reconcile.run.JsonTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a language model for the rules of a recipe, through an interface of messages (<a
 * href="https://docs.anthropic.com/en/api/messages">as Anthropic has it</a>). It is told the names
 * and types of columns and what their values are like, and never a value, a query or the name of a
 * book; what it says is only text until others have checked it. Of its answers, whatever they are,
 * nothing is shown or logged, and neither is the key.
 *
 * <p>Any thread may call, and waits.
 */
final class MessagesAssistant implements Assistant {
  /** With the time that sampling may take before, within the 30 s of a request. */
  static final Duration TIME = Duration.ofSeconds(15);

  static final int ANSWER_BYTES_MAX = 256 * 1024;

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final long TOKENS_MAX = 4_096;
  private static final String VERSION = "2023-06-01";

  private static final String TASK =
      """
      You draft matching rules for reconciling two sources of payments. You are given the columns of
      both sides: their names, types, how many values there are, are missing and differ, and of
      which kinds of characters texts are made. Answer with one JSON object and nothing else: "rules"
      and, where they are needed, "left" and "right" with "derived" and "filter", and "description".
      Name neither sources nor a "name". Name only columns that are listed, or that you derive.
      Amounts are whole minor units. Prefer few rules: an exact key first, then groups, then what
      only suggests. The JSON Schema of the whole recipe, of which you write those parts:
      """;

  private final HttpClient client;
  private final URI target;
  private final @Nullable String key;
  private final String model;
  private final Duration time;

  /**
   * @param base of the interface, without {@code /v1/messages}
   * @param key null for an interface that takes none
   */
  MessagesAssistant(URI base, @Nullable String key, String model, Duration time) {
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    String text = base.toString();
    this.target =
        URI.create(
            (text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + "/v1/messages");
    this.key = key;
    this.model = model;
    this.time = time;
  }

  @Override
  public Map<String, @Nullable Object> draft(Map<String, @Nullable Object> columns)
      throws NoDraftException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target)
            .timeout(time)
            .header("Content-Type", "application/json")
            .header("anthropic-version", VERSION)
            .POST(HttpRequest.BodyPublishers.ofByteArray(question(columns)));
    if (key != null) {
      request.header("x-api-key", key);
    }
    return draftIn(answer(request.build()));
  }

  private byte[] question(Map<String, @Nullable Object> columns) {
    return JsonTree.bytes(
        Map.of(
            "model",
            model,
            "max_tokens",
            TOKENS_MAX,
            "system",
            TASK + new String(RecipeJson.schema(), StandardCharsets.UTF_8),
            "messages",
            List.of(
                Map.of(
                    "role",
                    "user",
                    "content",
                    new String(JsonTree.bytes(columns), StandardCharsets.UTF_8)))));
  }

  /** The body of an answer that is one, within the time for all of it. */
  private byte[] answer(HttpRequest request) throws NoDraftException {
    CompletableFuture<HttpResponse<byte[]>> asked =
        client.sendAsync(request, head -> new Bounded());
    try {
      HttpResponse<byte[]> answer = asked.get(time.toNanos(), TimeUnit.NANOSECONDS);
      if (answer.statusCode() != 200) {
        throw new NoDraftException("it answered with status " + answer.statusCode() + ".");
      }
      return answer.body();
    } catch (TimeoutException e) {
      throw new NoDraftException("it did not answer within " + time.toSeconds() + " s.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoDraftException("the server is stopping.");
    } catch (ExecutionException e) {
      throw new NoDraftException(
          e.getCause() instanceof TooLongException
              ? "its answer is longer than " + ANSWER_BYTES_MAX + " bytes."
              : e.getCause() instanceof java.net.http.HttpTimeoutException
                  ? "it did not answer within " + time.toSeconds() + " s."
                  : "it could not be reached, or broke off.");
    } finally {
      asked.cancel(true);
    }
  }

  /** What stands between the first and the last brace of its texts: models like to frame JSON. */
  private static Map<String, @Nullable Object> draftIn(byte[] answer) throws NoDraftException {
    StringBuilder texts = new StringBuilder();
    try {
      for (Object part : JsonTree.list(JsonTree.object("answer", answer), "content")) {
        if (part instanceof Map<?, ?> block && block.get("text") instanceof String text) {
          texts.append(text);
        }
      }
      int from = texts.indexOf("{");
      int to = texts.lastIndexOf("}");
      if (from >= 0 && to > from) {
        return JsonTree.object(
            "draft", texts.substring(from, to + 1).getBytes(StandardCharsets.UTF_8));
      }
    } catch (LedgerException e) {
      // said below, and without a word of what came
    }
    throw new NoDraftException("its answer holds no JSON of a draft.");
  }

  /** There is more than an answer may have. */
  private static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Keeps a body up to the limit, and lets go of the connection beyond. */
  private static final class Bounded implements HttpResponse.BodySubscriber<byte[]> {
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;

    @Override
    public CompletionStage<byte[]> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription to) {
      subscription = to;
      to.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
      for (ByteBuffer part : parts) {
        byte[] piece = new byte[part.remaining()];
        part.get(piece);
        bytes.writeBytes(piece);
      }
      Flow.Subscription from = subscription;
      if (bytes.size() > ANSWER_BYTES_MAX) {
        whole.completeExceptionally(new TooLongException());
        if (from != null) {
          from.cancel();
        }
      } else if (from != null) {
        from.request(1);
      }
    }

    @Override
    public void onError(Throwable e) {
      whole.completeExceptionally(e);
    }

    @Override
    public void onComplete() {
      whole.complete(bytes.toByteArray());
    }
  }
}
