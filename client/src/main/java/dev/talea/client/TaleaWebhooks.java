// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.WebhookDraft;
import dev.talea.ledger.json.WebhookJson;
import dev.talea.ledger.projection.WebhookView;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Those who have a server send them events: who they are, how far they are, and what became of
 * deliveries. A token has to reach all books of a webhook; to others it is not there.
 *
 * <p>{@link #add} and {@link #rotate} make something new each time, so they are sent once: when no
 * answer comes, {@link #list} tells what has become of them. All others are tried again.
 *
 * <p>Apart from {@link TaleaProjections}, as these change something; over the connections of {@link
 * TaleaClient}, and closed with it. Any thread may call.
 */
public final class TaleaWebhooks {
  private static final byte[] EMPTY = {};

  private final Wire wire;
  private final Retrier retrier;
  private final Retrier once;

  TaleaWebhooks(Wire wire, Retrier retrier, Retrier once) {
    this.wire = wire;
    this.retrier = retrier;
    this.once = once;
  }

  /** Registers a receiver. The secret in the answer is told once. */
  public CompletableFuture<WebhookView.Keyed> add(WebhookDraft draft) {
    return once.run(
        () -> wire.send(wire.post("/v1/webhooks", draft.write()), WebhookJson::readKeyed));
  }

  /** All that the token may see. */
  public CompletableFuture<List<WebhookView>> list() {
    return retrier.run(() -> wire.send(wire.get("/v1/webhooks"), WebhookJson::readPage));
  }

  /** One of them. */
  public CompletableFuture<WebhookView> get(String id) {
    return with(id, target -> retrier.run(() -> wire.send(wire.get(target), WebhookJson::read)));
  }

  /** Forgets a receiver; what is being sent to it may still arrive. */
  public CompletableFuture<Boolean> remove(String id) {
    return with(id, target -> retrier.run(() -> wire.send(wire.delete(target), body -> true)));
  }

  /** Sends nothing to it until {@link #resume}. */
  public CompletableFuture<WebhookView> pause(String id) {
    return change(id, "/pause");
  }

  /** Goes on from where it was. */
  public CompletableFuture<WebhookView> resume(String id) {
    return change(id, "/resume");
  }

  /**
   * Sends the events of a book again.
   *
   * @param seq the first one, at least 1
   */
  public CompletableFuture<WebhookView> replay(String id, String book, long seq) {
    String name = PercentEncoder.encode(book);
    return name == null
        ? CompletableFuture.failedFuture(
            new LedgerException(new InvalidDraft("query", "book is not well-formed text")))
        : change(id, "/replay?book=" + name + "&seq=" + seq);
  }

  /** Gives it a new key; for a while deliveries are signed with both. */
  public CompletableFuture<WebhookView.Keyed> rotate(String id) {
    return with(
        id,
        target ->
            once.run(
                () -> wire.send(wire.post(target + "/rotate", EMPTY), WebhookJson::readKeyed)));
  }

  /**
   * What became of deliveries, the newest first.
   *
   * @param after {@link Page#next} of the page before; null for the first
   */
  public CompletableFuture<Page<WebhookView.Attempt, Long>> deliveries(
      String id, @Nullable Long after, int limit) {
    String query = "?limit=" + Math.max(limit, 0) + (after == null ? "" : "&after=" + after);
    return with(
        id,
        target ->
            retrier.run(
                () ->
                    wire.send(
                        wire.get(target + "/deliveries" + query), WebhookJson::readAttempts)));
  }

  private CompletableFuture<WebhookView> change(String id, String what) {
    return with(
        id,
        target -> retrier.run(() -> wire.send(wire.post(target + what, EMPTY), WebhookJson::read)));
  }

  private static <T> CompletableFuture<T> with(
      String id, Function<String, CompletableFuture<T>> call) {
    String segment = PercentEncoder.encode(id);
    return segment == null || segment.isEmpty()
        ? CompletableFuture.failedFuture(new LedgerException(new NotFound("webhook " + id)))
        : call.apply("/v1/webhooks/" + segment);
  }
}
