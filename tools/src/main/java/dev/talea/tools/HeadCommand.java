// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.head.BookHead;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code talea head}, and the group of commands about heads of logs and the keys that sign them.
 */
@Command(
    name = "head",
    description = {
      "Prints the head of a book: its name, its size, and the hash over all its records, in three"
          + " lines to keep. 'talea verify --since-head' holds a later ledger against it.",
      "Takes no lock and touches nothing; a server may be running."
    },
    subcommands = KeygenCommand.class)
final class HeadCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", arity = "0..1", description = "The directory of the ledger.")
  private @Nullable String directory;

  @Option(names = "--book", paramLabel = "B", description = "The book.")
  private @Nullable String book;

  private final Shell shell;

  HeadCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    String place = directory;
    String of = book;
    if (place == null || of == null) {
      // Not marked as required, which would make 'head keygen' ask for them.
      throw new UsageException("name the directory DIR of the ledger, and the --book");
    }
    LedgerDirectory ledger = LedgerDirectory.of(shell, place);
    ledger.requireBook(of);
    // The text ends with a line feed of its own.
    shell.out().line(BookHead.of(ledger.files(), of).checkpoint().text().stripTrailing());
    shell.out().flush();
    return Main.OK;
  }
}
