// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.projection.Statement;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;

/**
 * A page of the statement of an account, as answers spell it, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class StatementJson {
  private StatementJson() {}

  /** A Statement. */
  public static byte[] write(Statement statement) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "account", statement.account());
          Json.text(out, "asset", statement.asset());
          out.writeStringField("from", statement.from().toString());
          out.writeStringField("to", statement.to().toString());
          out.writeStringField("zone", statement.zone().getId());
          Json.integer(out, "opening", statement.opening());
          out.writeArrayFieldStart("lines");
          for (Statement.Line line : statement.lines()) {
            write(out, line);
          }
          out.writeEndArray();
          Json.integer(out, "closing", statement.closing());
          Json.text(out, "next", statement.next());
          out.writeEndObject();
        });
  }

  private static void write(JsonGenerator out, Statement.Line line) throws IOException {
    out.writeStartObject();
    out.writeNumberField("number", line.number());
    out.writeNumberField("seq", line.seq());
    out.writeStringField("tx_id", line.txId().toString());
    out.writeStringField("date", line.date().toString());
    Json.moment(out, "at", line.at());
    Json.text(out, "description", line.description());
    Json.integer(out, "debit", line.debit());
    Json.integer(out, "credit", line.credit());
    Json.integer(out, "balance", line.balance());
    out.writeEndObject();
  }

  /**
   * A Statement.
   *
   * @param book that was asked, which the answer does not say again
   */
  public static Statement read(String book, byte[] json) {
    return Answer.read(json, in -> read(book, in));
  }

  private static Statement read(String book, JsonIn in) throws IOException {
    String account = null;
    String asset = null;
    LocalDate from = null;
    LocalDate to = null;
    ZoneId zone = null;
    BigInteger opening = null;
    List<Statement.Line> lines = null;
    BigInteger closing = null;
    String next = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "account" -> account = in.text();
        case "asset" -> asset = in.text();
        case "from" -> from = in.date();
        case "to" -> to = in.date();
        case "zone" -> zone = in.zone();
        case "opening" -> opening = in.bigInteger();
        case "lines" -> lines = Answer.list(in, StatementJson::line);
        case "closing" -> closing = in.bigInteger();
        case "next" -> next = in.textOrNull();
        default -> in.skip();
      }
    }
    return new Statement(
        book,
        in.required(account, "account"),
        in.required(asset, "asset"),
        in.required(from, "from"),
        in.required(to, "to"),
        in.required(zone, "zone"),
        in.required(opening, "opening"),
        in.required(lines, "lines"),
        in.required(closing, "closing"),
        next);
  }

  private static Statement.Line line(JsonIn in) throws IOException {
    Long number = null;
    Long seq = null;
    UUID txId = null;
    LocalDate date = null;
    Instant at = null;
    String description = null;
    BigInteger debit = null;
    BigInteger credit = null;
    BigInteger balance = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "number" -> number = in.int64();
        case "seq" -> seq = in.int64();
        case "tx_id" -> txId = in.uuid();
        case "date" -> date = in.date();
        case "at" -> at = in.moment();
        case "description" -> description = in.text();
        case "debit" -> debit = in.isNull() ? null : in.bigInteger();
        case "credit" -> credit = in.isNull() ? null : in.bigInteger();
        case "balance" -> balance = in.bigInteger();
        default -> in.skip();
      }
    }
    return new Statement.Line(
        in.required(number, "number"),
        in.required(seq, "seq"),
        in.required(txId, "tx_id"),
        in.required(date, "date"),
        in.required(at, "at"),
        in.required(description, "description"),
        debit,
        credit,
        in.required(balance, "balance"));
  }
}
