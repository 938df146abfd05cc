// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.json.TransactionJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea transactions}. */
@Command(name = "transactions", description = "Lists the transactions of a book, oldest first.")
final class TransactionsCommand extends ClientCommand {
  @Option(names = "--book", required = true, paramLabel = "BOOK", description = "The book.")
  private String book = "";

  @Option(
      names = "--after-seq",
      paramLabel = "SEQ",
      converter = Converters.Cursor.class,
      description = "Start behind this seq; 0, the beginning, unless told.")
  private long afterSeq;

  @Option(
      names = "--limit",
      paramLabel = "N",
      converter = Converters.Limit.class,
      description = "Transactions on the page, at most 1000; 100 unless told.")
  private int limit = Limits.PAGE_LIMIT_DEFAULT;

  TransactionsCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    Page<TransactionView, Long> found = ledger.transactions(book, afterSeq, limit);
    print(TransactionJson.page(found), () -> table(found));
    return 0;
  }

  private static String table(Page<TransactionView, Long> found) {
    Table table = new Table(">seq", "at", ">postings", "transaction");
    for (TransactionView view : found.items()) {
      table.row(view.seq(), view.at(), view.postings().size(), view.txId());
    }
    return PageOptions.withMore(table, "--after-seq", found.next());
  }
}
