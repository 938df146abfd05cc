// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Page;
import dev.talea.ledger.projection.DailyBalance;
import java.io.IOException;
import java.math.BigInteger;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Days of an account, as answers spell them, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class DailyBalanceJson {
  private DailyBalanceJson() {}

  /** A page, with the day from which the next one goes on. */
  public static byte[] page(Page<DailyBalance, LocalDate> page) {
    @Nullable LocalDate next = page.next();
    return Answer.page(
        new Page<>(page.items(), next == null ? null : next.toString()), DailyBalanceJson::write);
  }

  /** A page. */
  public static Page<DailyBalance, LocalDate> readPage(byte[] json) {
    return Answer.readPage(json, DailyBalanceJson::read, JsonIn::date);
  }

  private static void write(JsonGenerator out, DailyBalance day) throws IOException {
    out.writeStartObject();
    Json.text(out, "account", day.account());
    Json.text(out, "asset", day.asset());
    out.writeStringField("day", day.day().toString());
    Json.integer(out, "opening", day.opening());
    Json.integer(out, "debits", day.debits());
    Json.integer(out, "credits", day.credits());
    Json.integer(out, "closing", day.closing());
    out.writeNumberField("postings", day.postings());
    out.writeEndObject();
  }

  private static DailyBalance read(JsonIn in) throws IOException {
    String account = null;
    String asset = null;
    LocalDate day = null;
    BigInteger opening = null;
    BigInteger debits = null;
    BigInteger credits = null;
    BigInteger closing = null;
    Long postings = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "account" -> account = in.text();
        case "asset" -> asset = in.text();
        case "day" -> day = in.date();
        case "opening" -> opening = in.bigInteger();
        case "debits" -> debits = in.bigInteger();
        case "credits" -> credits = in.bigInteger();
        case "closing" -> closing = in.bigInteger();
        case "postings" -> postings = in.int64();
        default -> in.skip();
      }
    }
    return new DailyBalance(
        in.required(account, "account"),
        in.required(asset, "asset"),
        in.required(day, "day"),
        in.required(opening, "opening"),
        in.required(debits, "debits"),
        in.required(credits, "credits"),
        in.required(closing, "closing"),
        in.required(postings, "postings"));
  }
}
