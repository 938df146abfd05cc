// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.json.TransactionJson;
import java.util.Locale;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code talea tx}. */
@Command(name = "tx", description = "Shows a transaction.")
final class TxCommand extends ClientCommand {
  @Parameters(paramLabel = "TX_ID", description = "Its id, a UUID.")
  private String txId = "";

  TxCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    TransactionView view = ledger.transaction(uuid(txId));
    print(
        TransactionJson.write(view),
        () -> table(view, Precisions.ofPostings(ledger, view.postings())));
    return 0;
  }

  /** Any spelling of a UUID, as the server takes it. */
  static UUID uuid(String text) {
    String digits = text.toLowerCase(Locale.ROOT);
    digits = digits.startsWith("urn:uuid:") ? digits.substring(9) : digits;
    digits =
        digits.startsWith("{") && digits.endsWith("}")
            ? digits.substring(1, digits.length() - 1)
            : digits;
    boolean hyphens = digits.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    digits = hyphens ? digits.replace("-", "") : digits;
    if (!digits.matches("[0-9a-f]{32}")) {
      throw new UsageException(
          "'" + Terminal.safe(text) + "' is not the id of a transaction, a UUID");
    }
    return new UUID(
        Long.parseUnsignedLong(digits, 0, 16, 16), Long.parseUnsignedLong(digits, 16, 32, 16));
  }

  private static String table(TransactionView view, Precisions precisions) {
    Table fields =
        Table.ofFields()
            .row("transaction", view.txId())
            .row("book", view.book())
            .row("seq", view.seq())
            .row("at", view.at());
    for (ExternalRef ref : view.externalRefs()) {
      fields.row("ref " + ref.kind(), ref.value());
    }
    if (view.metadata() != null) {
      fields.row("metadata", view.metadata());
    }
    Table postings = new Table("account", ">debit", ">credit", "asset");
    for (PostingView posting : view.postings()) {
      postings.row(
          posting.account().path(),
          PostingTable.debit(posting, precisions),
          PostingTable.credit(posting, precisions),
          posting.asset());
    }
    return fields + "\n\n" + postings;
  }
}
