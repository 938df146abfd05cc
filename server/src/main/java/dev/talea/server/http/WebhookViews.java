// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.projection.WebhookView;
import dev.talea.projections.webhook.Webhook;
import dev.talea.projections.webhook.WebhookDelivery;
import dev.talea.projections.webhook.WebhookStatus;

/** Webhooks as clients see them: the words of projections in those of the wire. Stateless. */
final class WebhookViews {
  private WebhookViews() {}

  static WebhookView of(WebhookStatus status) {
    Webhook webhook = status.webhook();
    return new WebhookView(
        webhook.id(),
        webhook.url(),
        webhook.selection().books(),
        webhook.selection().kinds(),
        webhook.selection().prefixes(),
        webhook.signature(),
        webhook.publicKey(),
        webhook.active(),
        webhook.reason(),
        webhook.attempts(),
        webhook.nextAttemptAt(),
        webhook.error(),
        status.lagEvents(),
        status.positions(),
        status.owner(),
        webhook.createdAt(),
        webhook.createdBy());
  }

  static WebhookView.Attempt of(WebhookDelivery delivery) {
    return new WebhookView.Attempt(
        delivery.number(),
        delivery.id(),
        delivery.book(),
        delivery.seq(),
        delivery.attempt(),
        delivery.at(),
        delivery.millis(),
        delivery.status(),
        delivery.error());
  }
}
