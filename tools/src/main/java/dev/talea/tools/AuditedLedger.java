// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.Store;
import dev.talea.ledger.StoreReader;
import dev.talea.server.Stores;
import dev.talea.server.settings.LedgerChoice;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The ledger that an auditor's command looks at: the options that name it, and its opening. In one
 * place, so that those commands agree on what can be named, and none of them sees more of a ledger
 * than a reader.
 *
 * <p>One thread.
 */
final class AuditedLedger {
  /** What is done with the ledger while it is open. */
  interface Look<T> {
    T at(StoreReader ledger) throws Exception;
  }

  @Option(
      names = "--db-url",
      paramLabel = "URL",
      required = true,
      description =
          "The ledger: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE, beside a running"
              + " server too; log://DIR while no server has it.")
  private @Nullable String dbUrl;

  /** Opens the ledger, which has to be there, lets it be looked at, and closes it. */
  <T> T look(Shell shell, Look<T> look) throws Exception {
    LedgerChoice choice = LedgerChoice.named("--db-url", "" + dbUrl, shell.environment());
    choice.warnings().forEach(warning -> shell.err().println("WARNING: " + warning));
    try (Store store = Stores.openExisting(choice.url())) {
      return look.at(store.reads());
    }
  }
}
