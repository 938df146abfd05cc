// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.export.ExportSource;
import dev.talea.audit.export.LedgerDigest;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code talea digest}. */
@Command(
    name = "digest",
    description = {
      "Prints one line that is the same for ledgers that hold the same, whatever store they lie in.",
      "It is the SHA-256 of what 'export' writes as ndjson."
    })
final class DigestCommand implements Callable<Integer> {
  @Mixin private final AuditedLedger ledger = new AuditedLedger();

  @Option(names = "--book", paramLabel = "BOOK", description = "One book; all of them unless told.")
  private @Nullable String book;

  @Option(
      names = "--books",
      description = "A line for each book as well, to see which of them differ.")
  private boolean each;

  private final Shell shell;

  DigestCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    return ledger.look(
        shell,
        store -> {
          ExportSource source =
              book == null ? ExportSource.allOf(store) : ExportSource.book(store, book);
          LedgerDigest digest =
              LedgerDigest.of(
                  source,
                  one -> {
                    if (each) {
                      line(one.sha256(), one.events(), "in " + Terminal.safe(one.book()));
                    }
                  });
          line(
              digest.sha256(),
              digest.events(),
              "in " + digest.books() + (digest.books() == 1 ? " book" : " books"));
          shell.out().flush();
          return Main.OK;
        });
  }

  private void line(String sha256, long events, String where) {
    shell.out().line(sha256 + "  " + events + (events == 1 ? " event " : " events ") + where);
  }
}
