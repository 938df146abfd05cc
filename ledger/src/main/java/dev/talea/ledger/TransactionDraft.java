// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transaction to be posted.
 *
 * @param book where it is to live
 * @param idempotencyKey unique per book: the same key again is the same transaction
 * @param postings at least one; debits equal credits per asset
 * @param externalRefs may be empty
 * @param metadata any JSON value, or null
 * @param occurredAt business time, null if not told; commit time is the store's alone
 */
public record TransactionDraft(
    String book,
    String idempotencyKey,
    List<Posting> postings,
    List<ExternalRef> externalRefs,
    @Nullable JsonText metadata,
    @Nullable Instant occurredAt) {

  /** The same with another business time. */
  public TransactionDraft occurredAt(Instant moment) {
    return new TransactionDraft(book, idempotencyKey, postings, externalRefs, metadata, moment);
  }

  public TransactionDraft {
    requireNonNull(book, "book");
    requireNonNull(idempotencyKey, "idempotencyKey");
    postings = List.copyOf(postings);
    externalRefs = List.copyOf(externalRefs);
    // The JSON value null and no metadata are the same thing, as they are on the wire.
    metadata = metadata != null && metadata.text().equals("null") ? null : metadata;
  }
}
