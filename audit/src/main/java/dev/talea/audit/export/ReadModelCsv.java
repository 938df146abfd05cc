// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.Timestamps;
import dev.talea.ledger.projection.DailyBalance;
import dev.talea.ledger.projection.PostingRow;
import dev.talea.ledger.projection.PrefixTotal;
import dev.talea.ledger.projection.Statement;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of projections as CSV with a header, for spreadsheets: what a server answers, and what the
 * command line prints. Amounts are raw, debit positive. Stateless; any thread.
 */
public final class ReadModelCsv {
  private final StringBuilder text = new StringBuilder();

  private ReadModelCsv(String... header) {
    row((Object[]) header);
  }

  /**
   * Lines, with the opening balance before the first and the closing balance behind the last.
   *
   * @param isFirst whether the page is the first one
   */
  public static byte[] statement(Statement statement, boolean isFirst) {
    ReadModelCsv csv =
        new ReadModelCsv(
            "number", "seq", "tx_id", "date", "at", "description", "debit", "credit", "balance");
    if (isFirst) {
      csv.row(null, null, null, statement.from(), null, "opening", null, null, statement.opening());
    }
    for (Statement.Line line : statement.lines()) {
      csv.row(
          line.number(),
          line.seq(),
          line.txId(),
          line.date(),
          Timestamps.format(line.at()),
          line.description(),
          line.debit(),
          line.credit(),
          line.balance());
    }
    if (statement.next() == null) {
      csv.row(null, null, null, statement.to(), null, "closing", null, null, statement.closing());
    }
    return csv.bytes();
  }

  /** Days of an account. */
  public static byte[] daily(List<DailyBalance> days) {
    ReadModelCsv csv =
        new ReadModelCsv(
            "account", "asset", "day", "opening", "debits", "credits", "closing", "postings");
    for (DailyBalance day : days) {
      csv.row(
          day.account(),
          day.asset(),
          day.day(),
          day.opening(),
          day.debits(),
          day.credits(),
          day.closing(),
          day.postings());
    }
    return csv.bytes();
  }

  /** What accounts below prefixes hold. */
  public static byte[] totals(List<PrefixTotal> totals) {
    ReadModelCsv csv = new ReadModelCsv("prefix", "asset", "total");
    totals.forEach(total -> csv.row(total.prefix(), total.asset(), total.total()));
    return csv.bytes();
  }

  /** Postings with all that is known of them. */
  public static byte[] postings(List<PostingRow> rows) {
    ReadModelCsv csv =
        new ReadModelCsv(
            "seq",
            "posting",
            "tx_id",
            "key",
            "account",
            "kind",
            "asset",
            "amount",
            "balance",
            "committed_at",
            "occurred_at",
            "metadata");
    for (PostingRow row : rows) {
      csv.row(
          row.seq(),
          row.posting(),
          row.txId(),
          row.key(),
          row.account(),
          row.kind(),
          row.asset(),
          row.amount(),
          row.balance(),
          Timestamps.format(row.committedAt()),
          Timestamps.format(row.occurredAt()),
          row.metadata() == null ? null : row.metadata().text());
    }
    return csv.bytes();
  }

  private void row(@Nullable Object... cells) {
    text.append(CsvText.row(cells));
  }

  private byte[] bytes() {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
