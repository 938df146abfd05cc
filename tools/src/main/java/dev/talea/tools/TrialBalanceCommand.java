// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.json.TrialBalanceJson;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea trial-balance}. */
@Command(
    name = "trial-balance",
    description = "Shows all debits and credits of a book, now or at a moment.")
final class TrialBalanceCommand extends ClientCommand {
  @Option(names = "--book", required = true, paramLabel = "BOOK", description = "The book.")
  private String book = "";

  @Option(
      names = "--as-of",
      paramLabel = "TIME",
      converter = Converters.AsOf.class,
      description = "By commit time, inclusive, such as 2026-01-31T12:00:00Z; now unless told.")
  private @Nullable Instant asOf;

  TrialBalanceCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    TrialBalance view = ledger.trialBalance(book, asOf);
    print(
        TrialBalanceJson.write(view),
        () -> {
          Set<String> assets = new HashSet<>();
          view.lines().forEach(line -> assets.add(line.asset()));
          Precisions precisions = Precisions.ofAssets(ledger, assets);
          Table table = new Table("asset", ">debits", ">credits", "");
          for (TrialBalance.Line line : view.lines()) {
            boolean balanced = line.debits().equals(line.credits());
            table.row(
                line.asset(),
                precisions.decimal(line.debits(), line.asset()),
                precisions.decimal(line.credits(), line.asset()),
                balanced ? "balanced" : "UNBALANCED");
          }
          return table.toString();
        });
    return 0;
  }
}
