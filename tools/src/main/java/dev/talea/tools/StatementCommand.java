// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.export.ReadModelCsv;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Limits;
import dev.talea.ledger.json.StatementJson;
import dev.talea.ledger.projection.Freshness;
import dev.talea.ledger.projection.Statement;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea statement}. */
@Command(
    name = "statement",
    description = {
      "Shows what happened to an account in a period: opening balance, numbered lines, closing"
          + " balance.",
      "It is read from the tables of the projection 'postings', which the server has to keep."
    })
final class StatementCommand extends ClientCommand {
  @Option(names = "--book", required = true, paramLabel = "BOOK", description = "The book.")
  private String book = "";

  @Option(names = "--path", required = true, paramLabel = "PATH", description = "The account.")
  private String path = "";

  @Option(names = "--from", required = true, paramLabel = "DATE", description = "The first day.")
  private LocalDate from = LocalDate.EPOCH;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "DATE",
      description = "The day after the last.")
  private LocalDate to = LocalDate.EPOCH;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "Whose days are meant; the server's for days unless told.")
  private @Nullable ZoneId zone;

  @Option(
      names = "--min-seq",
      paramLabel = "SEQ",
      converter = Converters.Cursor.class,
      description = "Wait until it holds this event of the book, which a receipt names.")
  private long minSeq;

  StatementCommand(Shell shell) {
    super(shell);
  }

  @Override
  void check() {
    if (to.isBefore(from)) {
      throw new UsageException("--to is " + to + ", before --from, which is " + from);
    }
  }

  @Override
  boolean hasCsv() {
    return true;
  }

  @Override
  int run(BlockingLedger ledger) {
    Statement statement = whole(ledger);
    print(
        StatementJson.write(statement),
        () -> table(statement, Precisions.ofAssets(ledger, Set.of(statement.asset()))),
        () -> new String(ReadModelCsv.statement(statement, true), StandardCharsets.UTF_8));
    return Main.OK;
  }

  /** All of its pages as one. */
  private Statement whole(BlockingLedger ledger) {
    Statement first = page(ledger, null);
    List<Statement.Line> lines = new ArrayList<>(first.lines());
    Statement last = first;
    while (last.next() != null) {
      last = page(ledger, last.next());
      lines.addAll(last.lines());
    }
    return new Statement(
        book,
        first.account(),
        first.asset(),
        from,
        to,
        first.zone(),
        first.opening(),
        lines,
        last.closing(),
        null);
  }

  private Statement page(BlockingLedger ledger, @Nullable String after) {
    AccountId account = new AccountId(book, path);
    Freshness freshness = minSeq == 0 ? Freshness.ANY : Freshness.of(minSeq);
    return ledger.get(
        any ->
            projections()
                .statement(account, from, to, zone, after, Limits.PAGE_LIMIT_MAX, freshness));
  }

  private static String table(Statement statement, Precisions precisions) {
    String asset = statement.asset();
    Table table = new Table(">no", "date", "description", ">debit", ">credit", ">balance");
    table.row(
        "", statement.from(), "opening", "", "", precisions.decimal(statement.opening(), asset));
    for (Statement.Line line : statement.lines()) {
      table.row(
          line.number(),
          line.date(),
          line.description(),
          shown(line.debit(), asset, precisions),
          shown(line.credit(), asset, precisions),
          precisions.decimal(line.balance(), asset));
    }
    table.row(
        "", statement.to(), "closing", "", "", precisions.decimal(statement.closing(), asset));
    return Terminal.safe(
            "%s in %s, days of %s".formatted(statement.account(), asset, statement.zone()))
        + "\n\n"
        + table;
  }

  private static String shown(@Nullable BigInteger minor, String asset, Precisions precisions) {
    return minor == null ? "" : precisions.decimal(minor, asset);
  }
}
