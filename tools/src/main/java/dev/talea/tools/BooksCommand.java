// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.BookJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code talea books}. */
@Command(
    name = "books",
    description = "Lists the books by name, as far as the token may read them.")
final class BooksCommand extends ClientCommand {
  @Mixin private final PageOptions page = new PageOptions();

  BooksCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    Page<BookView, String> found = ledger.books(page.after(), page.limit());
    print(BookJson.page(found), () -> table(found));
    return 0;
  }

  private static String table(Page<BookView, String> found) {
    Table table = new Table("book", ">accounts", ">last seq", "last at", "state");
    for (BookView book : found.items()) {
      table.row(
          book.book(),
          book.accounts(),
          book.lastSeq(),
          book.lastAt() == null ? "unknown" : book.lastAt(),
          book.unavailable() == null ? "well" : book.unavailable());
    }
    return PageOptions.withMore(table, "--after", found.next());
  }
}
