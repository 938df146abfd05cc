// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Page;
import dev.talea.ledger.Timestamps;
import dev.talea.projections.read.DailyBalance;
import dev.talea.projections.read.PostingRow;
import dev.talea.projections.read.PrefixTotal;
import dev.talea.projections.read.Statement;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of projections as JSON. Amounts are raw, debit positive, and numbers or strings as the
 * caller wants them. Stateless; any thread.
 */
final class ReadModelJson {
  private interface Item<T> {
    void write(JsonGenerator out, T item) throws IOException;
  }

  private ReadModelJson() {}

  static byte[] statement(Statement statement, boolean strings) {
    return ProjectionAnswers.bytes(
        out -> {
          out.writeStartObject();
          out.writeStringField("account", statement.account());
          out.writeStringField("asset", statement.asset());
          out.writeStringField("from", statement.from().toString());
          out.writeStringField("to", statement.to().toString());
          out.writeStringField("zone", statement.zone().getId());
          amount(out, "opening", statement.opening(), strings);
          out.writeArrayFieldStart("lines");
          for (Statement.Line line : statement.lines()) {
            out.writeStartObject();
            out.writeNumberField("number", line.number());
            out.writeNumberField("seq", line.seq());
            out.writeStringField("tx_id", line.txId().toString());
            out.writeStringField("date", line.date().toString());
            out.writeStringField("at", Timestamps.format(line.at()));
            out.writeStringField("description", line.description());
            amount(out, "debit", line.debit(), strings);
            amount(out, "credit", line.credit(), strings);
            amount(out, "balance", line.balance(), strings);
            out.writeEndObject();
          }
          out.writeEndArray();
          amount(out, "closing", statement.closing(), strings);
          out.writeStringField("next", statement.next());
          out.writeEndObject();
        });
  }

  static byte[] daily(List<DailyBalance> days, @Nullable String next, boolean strings) {
    return page(
        days,
        next,
        (out, day) -> {
          out.writeStringField("account", day.account());
          out.writeStringField("asset", day.asset());
          out.writeStringField("day", day.day().toString());
          amount(out, "opening", day.opening(), strings);
          amount(out, "debits", day.debits(), strings);
          amount(out, "credits", day.credits(), strings);
          amount(out, "closing", day.closing(), strings);
          out.writeNumberField("postings", day.postings());
        });
  }

  static byte[] totals(List<PrefixTotal> totals, boolean strings) {
    return page(
        totals,
        null,
        (out, total) -> {
          out.writeStringField("prefix", total.prefix());
          out.writeStringField("asset", total.asset());
          amount(out, "total", total.total(), strings);
        });
  }

  static byte[] postings(Page<PostingRow, Long> page, boolean strings) {
    return page(
        page.items(),
        page.next(),
        (out, row) -> {
          out.writeNumberField("seq", row.seq());
          out.writeNumberField("posting", row.posting());
          out.writeStringField("tx_id", row.txId().toString());
          out.writeStringField("key", row.key());
          out.writeStringField("account", row.account());
          out.writeStringField("kind", row.kind());
          out.writeStringField("asset", row.asset());
          amount(out, "amount", row.amount(), strings);
          amount(out, "balance", row.balance(), strings);
          out.writeStringField("committed_at", Timestamps.format(row.committedAt()));
          out.writeStringField("occurred_at", Timestamps.format(row.occurredAt()));
          out.writeFieldName("metadata");
          if (row.metadata() == null) {
            out.writeNull();
          } else {
            out.writeRawValue(row.metadata().text());
          }
        });
  }

  private static <T> byte[] page(List<T> items, @Nullable Object next, Item<T> item) {
    return ProjectionAnswers.bytes(
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("items");
          for (T one : items) {
            out.writeStartObject();
            item.write(out, one);
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeFieldName("next");
          if (next instanceof Long seq) {
            out.writeNumber(seq);
          } else {
            out.writeString(next == null ? null : next.toString());
          }
          out.writeEndObject();
        });
  }

  private static void amount(
      JsonGenerator out, String name, @Nullable BigInteger value, boolean strings)
      throws IOException {
    out.writeFieldName(name);
    if (value == null) {
      out.writeNull();
    } else if (strings) {
      out.writeString(value.toString());
    } else {
      out.writeNumber(value);
    }
  }
}
