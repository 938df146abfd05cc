// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.AccountView;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.AccountJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code talea accounts}. */
@Command(name = "accounts", description = "Lists the accounts of a book by path, with balances.")
final class AccountsCommand extends ClientCommand {
  @Option(names = "--book", required = true, paramLabel = "BOOK", description = "The book.")
  private String book = "";

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description = "Only accounts whose paths begin with it; all unless told.")
  private String prefix = "";

  @Mixin private final PageOptions page = new PageOptions();

  AccountsCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    Page<AccountView, String> found = ledger.accounts(book, prefix, page.after(), page.limit());
    print(AccountJson.page(found), () -> table(found));
    return 0;
  }

  private static String table(Page<AccountView, String> found) {
    Table table = new Table("account", ">balance", "asset", "kind", "updated");
    for (AccountView view : found.items()) {
      table.row(
          view.account().id().path(),
          view.balance(),
          view.account().asset(),
          view.account().kind().word(),
          view.updatedSeq() == 0 ? "never" : "seq " + view.updatedSeq());
    }
    return PageOptions.withMore(table, "--after", found.next());
  }
}
