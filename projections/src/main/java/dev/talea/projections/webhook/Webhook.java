// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import dev.talea.projections.Selection;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A receiver of events. Immutable, and without secrets.
 *
 * @param id names it
 * @param selection which events it gets
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
    String signature,
    @Nullable String publicKey,
    boolean active,
    @Nullable String reason,
    int attempts,
    @Nullable Instant nextAttemptAt,
    @Nullable String error,
    Instant createdAt,
    String createdBy) {}
