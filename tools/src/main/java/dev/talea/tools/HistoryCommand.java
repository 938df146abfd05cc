// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Limits;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.json.HistoryJson;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea history}. */
@Command(
    name = "history",
    description = {
      "Shows a page of an account's postings, oldest first.",
      "If there may be more, the answer names the seq to go on from with --after-seq."
    })
final class HistoryCommand extends ClientCommand {
  @Option(names = "--book", required = true, paramLabel = "BOOK", description = "The book.")
  private String book = "";

  @Option(names = "--path", required = true, paramLabel = "PATH", description = "The account.")
  private String path = "";

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
  private int limit = Limits.HISTORY_LIMIT_DEFAULT;

  HistoryCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    HistoryPage page = ledger.history(new AccountId(book, path), afterSeq, limit);
    print(
        HistoryJson.write(page),
        () -> table(page.items(), page.next(), Precisions.ofPostings(ledger, page.items())));
    return 0;
  }

  private static String table(List<PostingView> items, @Nullable Long next, Precisions precisions) {
    Table table = new Table(">seq", "at", ">debit", ">credit", "asset", "transaction");
    for (PostingView item : items) {
      table.row(
          item.seq(),
          item.at(),
          PostingTable.debit(item, precisions),
          PostingTable.credit(item, precisions),
          item.asset(),
          item.txId());
    }
    return next == null ? table.toString() : table + "\nmore: --after-seq " + next;
  }
}
