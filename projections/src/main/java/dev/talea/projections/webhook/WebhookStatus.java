// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a receiver is. Immutable.
 *
 * @param positions the last seq of each book that is behind it, in bytewise order
 * @param lagEvents events of its books that are not, wanted or not
 * @param owner the process that delivers, or null if none does
 */
public record WebhookStatus(
    Webhook webhook, Map<String, Long> positions, long lagEvents, @Nullable String owner) {}
