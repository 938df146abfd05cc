// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import java.util.UUID;

/** A posting as it stands in the ledger, with the seq, id and commit time of its transaction. */
public record PostingView(
    long seq,
    UUID txId,
    AccountId account,
    Int128 minor,
    String asset,
    Side direction,
    Instant at) {}
