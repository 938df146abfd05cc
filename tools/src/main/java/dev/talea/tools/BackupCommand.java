// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea backup}. */
@Command(
    name = "backup",
    description = {
      "Copies a ledger as it is at one moment, beside a running server, and checks the copy.",
      "A directory of logs is copied into the directory DEST, which may hold an earlier backup: only"
          + " what is new is written. 'talea restore' makes a ledger of it. A SQLite file is copied;"
          + " of a PostgreSQL database it says which commands do it.",
      "Records and evidence of reconciliation, in TALEA_RECONCILE_DIR or the folder 'reconcile'"
          + " beside DIR, go into the folder 'reconcile' of DEST. With that folder as DIR they are"
          + " copied alone, as for a ledger in a database. Tables of projections are not copied: a"
          + " server builds them anew."
    })
final class BackupCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DEST",
      arity = "1..2",
      description =
          "The directory of the backup, or the file of the copy, which is not there yet; before it,"
              + " the ledger's DIR.")
  private List<String> places = new ArrayList<>();

  @Option(
      names = "--db-url",
      paramLabel = "URL",
      description =
          "The ledger: log://DIR, sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE.")
  private @Nullable String dbUrl;

  private final Shell shell;

  BackupCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    String url = dbUrl;
    if (url == null) {
      if (places.size() != 2) {
        throw new UsageException("give DIR and DEST, or --db-url URL and DEST");
      }
      return new DirectoryBackup(shell).of(places.get(0), places.get(1));
    }
    if (places.size() != 1) {
      throw new UsageException("give --db-url URL and DEST, and no DIR");
    }
    if (url.startsWith("log://")) {
      return new DirectoryBackup(shell).of(url, places.get(0));
    }
    return new DatabaseBackup(shell).of(url, places.get(0));
  }
}
