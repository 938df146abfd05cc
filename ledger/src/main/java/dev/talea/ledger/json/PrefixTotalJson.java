// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Page;
import dev.talea.ledger.projection.PrefixTotal;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;

/**
 * What accounts below a prefix hold, as answers spell it, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class PrefixTotalJson {
  private PrefixTotalJson() {}

  /** All of them: a page that has no next. */
  public static byte[] page(List<PrefixTotal> totals) {
    return Answer.page(new Page<PrefixTotal, String>(totals, null), PrefixTotalJson::write);
  }

  /** All of them. */
  public static List<PrefixTotal> readPage(byte[] json) {
    return Answer.readPage(json, PrefixTotalJson::read, JsonIn::text).items();
  }

  private static void write(JsonGenerator out, PrefixTotal total) throws IOException {
    out.writeStartObject();
    Json.text(out, "prefix", total.prefix());
    Json.text(out, "asset", total.asset());
    Json.integer(out, "total", total.total());
    out.writeEndObject();
  }

  private static PrefixTotal read(JsonIn in) throws IOException {
    String prefix = null;
    String asset = null;
    BigInteger total = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "prefix" -> prefix = in.text();
        case "asset" -> asset = in.text();
        case "total" -> total = in.bigInteger();
        default -> in.skip();
      }
    }
    return new PrefixTotal(
        in.required(prefix, "prefix"), in.required(asset, "asset"), in.required(total, "total"));
  }
}
