// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.HeadView;

/**
 * Heads, as answers spell them.
 *
 * <p>Stateless; any thread.
 */
public final class HeadJson {
  private HeadJson() {}

  /** A HeadView. */
  public static byte[] write(HeadView view) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "origin", view.origin());
          out.writeNumberField("size", view.size());
          Json.text(out, "root", view.root());
          Json.moment(out, "at", view.at());
          out.writeEndObject();
        });
  }
}
