// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.replay.BookAt;
import dev.talea.ledger.Timestamps;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.json.BalanceJson;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.json.TrialBalanceJson;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea replay}. */
@Command(
    name = "replay",
    description = {
      "Shows a book as it was at a moment, from the files of the ledger alone: every balance, the"
          + " trial balance, and the events up to then.",
      "Takes no lock and touches nothing; a server may be running."
    })
final class ReplayCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The directory of the ledger.")
  private String directory = "";

  @Option(names = "--book", required = true, paramLabel = "B", description = "The book.")
  private String book = "";

  /** At most one of them. */
  private static final class When {
    @Option(
        names = "--as-of",
        paramLabel = "T",
        converter = Converters.AsOf.class,
        description = "As everything committed at or before this moment left it.")
    private @Nullable Instant asOf;

    @Option(names = "--to-seq", paramLabel = "N", description = "As the event N left it.")
    private @Nullable Long toSeq;
  }

  @ArgGroup private When when = new When();

  @Option(names = "--events", description = "The events up to then, one a line, instead.")
  private boolean events;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      description = "json, or table for people; else table on a terminal and json elsewhere.")
  private ClientOptions.@Nullable Format output;

  private final Shell shell;

  ReplayCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    LedgerDirectory ledger = LedgerDirectory.of(shell, directory);
    ledger.requireBook(book);
    BookAt now = BookAt.now(ledger.files(), ledger.path(), book);
    BookAt shown = now;
    Instant asOf = when.asOf;
    Long toSeq = when.toSeq;
    if (asOf != null) {
      shown = now.asOf(asOf);
    } else if (toSeq != null) {
      try {
        shown = now.toSeq(toSeq);
      } catch (IllegalArgumentException e) {
        throw new FailedException(String.valueOf(e.getMessage()), e);
      }
    }
    if (events) {
      shown.events(event -> shell.out().line(EventJson.write(event.published())));
    } else if (output == null ? shell.outIsTerminal() : output == ClientOptions.Format.table) {
      table(shown);
    } else {
      json(shown);
    }
    shell.out().flush();
    return Main.OK;
  }

  private void table(BookAt shown) {
    shell
        .out()
        .line(
            Terminal.safe(
                "Book %s at seq %d%s"
                    .formatted(
                        shown.book(),
                        shown.seq(),
                        shown.at() == null ? "" : ", committed at " + shown.at())));
    Map<String, Integer> precisions = new HashMap<>();
    Table balances = new Table("account", "asset", ">balance", ">last changed by seq");
    shown.balances(
        balance -> {
          precisions.put(balance.asset(), balance.precision());
          balances.row(
              balance.account().path(), balance.asset(), balance.balance(), balance.updatedSeq());
        });
    Table totals = new Table("asset", ">debits", ">credits", "");
    for (TrialBalance.Line line : shown.trialBalance().lines()) {
      int precision = precisions.getOrDefault(line.asset(), 0);
      totals.row(
          line.asset(),
          new BigDecimal(line.debits(), precision).toPlainString(),
          new BigDecimal(line.credits(), precision).toPlainString(),
          line.debits().equals(line.credits()) ? "balanced" : "UNBALANCED");
    }
    shell.out().line("\n" + balances + "\n\n" + totals);
  }

  /** As it comes: a book may have millions of accounts. */
  private void json(BookAt shown) throws IOException {
    Out out = shell.out();
    Instant at = shown.at();
    String trial = new String(TrialBalanceJson.write(shown.trialBalance()), StandardCharsets.UTF_8);
    String[] before = {"{\"trial_balance\":" + trial + ",\n\"seq\":" + shown.seq()};
    before[0] += ",\"at\":" + (at == null ? "null" : "\"" + Timestamps.format(at) + "\"");
    before[0] += ",\n\"balances\":[\n";
    shown.balances(
        balance -> {
          out.line(before[0] + new String(BalanceJson.write(balance), StandardCharsets.UTF_8));
          before[0] = ",";
        });
    out.line((before[0].equals(",") ? "" : before[0]) + "]}");
  }
}
