// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import dev.talea.ledger.projection.Notice;
import dev.talea.projections.Selection;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A receiver of events. Immutable, and without secrets.
 *
 * @param id names it
 * @param selection which events it gets
 * @param notices what it is told besides
 * @param signature the word for how deliveries are signed
 * @param publicKey what it checks them with, where that is no secret; else null
 * @param active false: nothing is sent until a person resumes it
 * @param reason why it is not active; null if it is
 * @param attempts how often in a row the delivery has failed that is due
 * @param nextAttemptAt when that is tried again; null for at once
 * @param error what the last attempt failed with, or null
 * @param createdBy name of the token
 */
public record Webhook(
    String id,
    String url,
    Selection selection,
    Set<Notice> notices,
    String signature,
    @Nullable String publicKey,
    boolean active,
    @Nullable String reason,
    int attempts,
    @Nullable Instant nextAttemptAt,
    @Nullable String error,
    Instant createdAt,
    String createdBy) {
  /** Whether it may have something of a book, or of what stands for notices among books. */
  boolean wantsBook(String book) {
    return book.equals(WebhookNotice.BOOK) ? !notices.isEmpty() : selection.wantsBook(book);
  }

  /** Whether it is told of something: it has to get all books that it is about. */
  boolean wants(WebhookNotice notice) {
    Set<String> books = selection.books();
    return notices.contains(notice.kind())
        && (books == null || (!notice.books().isEmpty() && books.containsAll(notice.books())));
  }
}
