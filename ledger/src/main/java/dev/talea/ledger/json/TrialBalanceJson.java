// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.TrialBalance;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The debits and credits of a book, as answers spell them, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class TrialBalanceJson {
  private TrialBalanceJson() {}

  /** A TrialBalance. */
  public static byte[] write(TrialBalance view) {
    return write(view, Json.momentText(view.asOf()));
  }

  /**
   * A TrialBalance.
   *
   * @param asOf the moment as it is repeated to the caller
   */
  public static byte[] write(TrialBalance view, @Nullable String asOf) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "book", view.book());
          out.writeStringField("as_of", asOf);
          out.writeArrayFieldStart("lines");
          for (TrialBalance.Line line : view.lines()) {
            out.writeStartObject();
            Json.text(out, "asset", line.asset());
            out.writeFieldName("debits");
            out.writeNumber(line.debits());
            out.writeFieldName("credits");
            out.writeNumber(line.credits());
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  /** A TrialBalance. */
  public static TrialBalance read(byte[] json) {
    return Answer.read(
        json,
        in -> {
          String book = null;
          Instant asOf = null;
          List<TrialBalance.Line> lines = null;
          in.object();
          for (String field = in.field(); field != null; field = in.field()) {
            switch (field) {
              case "book" -> book = in.text();
              case "as_of" -> asOf = in.momentOrNull();
              case "lines" -> lines = readLines(in);
              default -> in.skip();
            }
          }
          return new TrialBalance(in.required(book, "book"), asOf, in.required(lines, "lines"));
        });
  }

  private static List<TrialBalance.Line> readLines(JsonIn in) throws IOException {
    List<TrialBalance.Line> lines = new ArrayList<>();
    in.array();
    while (in.element()) {
      String asset = null;
      BigInteger debits = null;
      BigInteger credits = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "asset" -> asset = in.text();
          case "debits" -> debits = in.bigInteger();
          case "credits" -> credits = in.bigInteger();
          default -> in.skip();
        }
      }
      lines.add(
          new TrialBalance.Line(
              in.required(asset, "asset"),
              in.required(debits, "debits"),
              in.required(credits, "credits")));
    }
    return lines;
  }
}
