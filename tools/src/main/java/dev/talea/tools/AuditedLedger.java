// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.index.LedgerSnapshot;
import dev.talea.jdbc.SqlSnapshot;
import dev.talea.ledger.StoreReader;
import dev.talea.server.Stores;
import dev.talea.server.settings.LedgerChoice;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "The directory of a ledger in logs.")
  private @Nullable String directory;

  @Option(
      names = "--db-url",
      paramLabel = "URL",
      description =
          "The ledger, unless DIR is given: log://DIR, sqlite://FILE or"
              + " postgres://USER:PASSWORD@HOST/DATABASE.")
  private @Nullable String dbUrl;

  /** The directory of a ledger in logs. */
  LedgerDirectory logs(Shell shell) {
    String place = directory != null ? directory : dbUrl;
    if (place == null || (directory != null && dbUrl != null)) {
      throw new UsageException("name the ledger: its directory DIR, or --db-url URL");
    }
    if (directory == null && !place.startsWith("log://")) {
      throw new UsageException("a ledger in a database has no tree and so no tiles: name a DIR");
    }
    return LedgerDirectory.of(shell, place);
  }

  /**
   * Opens the ledger, which has to be there, lets it be looked at, and closes it. One in logs is
   * read from its files, without its lock; one in a database in a transaction that only reads.
   */
  <T> T look(Shell shell, Look<T> look) throws Exception {
    if ((directory == null) == (dbUrl == null)) {
      throw new UsageException("name the ledger: its directory DIR, or --db-url URL");
    }
    String place = directory != null ? directory : dbUrl;
    if (directory != null || (place != null && place.startsWith("log://"))) {
      LedgerDirectory found = LedgerDirectory.of(shell, "" + place);
      return look.at(LedgerSnapshot.of(found.path(), book -> true));
    }
    LedgerChoice choice = LedgerChoice.named("--db-url", "" + dbUrl, shell.environment());
    choice.warnings().forEach(warning -> shell.err().println("WARNING: " + warning));
    try (SqlSnapshot snapshot = Stores.look(choice.url())) {
      return look.at(snapshot.reads());
    }
  }
}
