// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.json.BalanceJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea balance}. */
@Command(name = "balance", description = "Shows the balance of an account, now or at a moment.")
final class BalanceCommand extends ClientCommand {
  @Option(names = "--book", required = true, paramLabel = "BOOK", description = "The book.")
  private String book = "";

  @Option(names = "--path", required = true, paramLabel = "PATH", description = "The account.")
  private String path = "";

  @Option(
      names = "--as-of",
      paramLabel = "TIME",
      converter = Converters.AsOf.class,
      description = "By commit time, inclusive, such as 2026-01-31T12:00:00Z; now unless told.")
  private @Nullable Instant asOf;

  BalanceCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    BalanceView view = ledger.balance(new AccountId(book, path), asOf);
    print(
        BalanceJson.write(view),
        () ->
            Table.ofFields()
                .row("account", view.account())
                .row("balance", view.balance() + " " + view.asset())
                .row("as of", view.asOf() == null ? "now" : view.asOf())
                .row("updated", view.updatedSeq() == 0 ? "never" : "seq " + view.updatedSeq())
                .toString());
    return 0;
  }
}
