// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A transaction as it stands in the ledger. Postings are in the order of the draft. */
public record TransactionView(
    UUID txId,
    String book,
    long seq,
    Instant at,
    List<PostingView> postings,
    List<ExternalRef> externalRefs,
    @Nullable JsonText metadata) {
  public TransactionView {
    postings = List.copyOf(postings);
    externalRefs = List.copyOf(externalRefs);
  }
}
