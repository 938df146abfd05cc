// SPDX-License-Identifier: Apache-2.0
/**
 * Events sent to receivers over HTTP, as Standard Webhooks has it: who wants which, how far each
 * is, and what became of every attempt, in the database of projections.
 *
 * <p>{@link dev.talea.projections.webhook.Webhooks} registers and looks after receivers; {@link
 * dev.talea.projections.webhook.WebhookEngine} delivers to them, in whichever process holds the
 * lease.
 */
@NullMarked
package dev.talea.projections.webhook;

import org.jspecify.annotations.NullMarked;
