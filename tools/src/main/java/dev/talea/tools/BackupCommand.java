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
      "A SQLite file is copied; of a PostgreSQL database it says which commands do it."
    })
final class BackupCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DEST",
      arity = "1..2",
      description = "The file of the copy, which is not there yet; before it, the ledger's DIR.")
  private List<String> places = new ArrayList<>();

  @Option(
      names = "--db-url",
      paramLabel = "URL",
      description = "The ledger: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE.")
  private @Nullable String dbUrl;

  private final Shell shell;

  BackupCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    String url = dbUrl;
    if (url == null || url.startsWith("log://")) {
      throw new FailedException(
          "A directory of logs is not copied by this command yet; how to copy it beside a server is"
              + " in docs/durability.md, 'Backups'.");
    }
    if (places.size() != 1) {
      throw new UsageException("give --db-url URL and DEST, and no DIR");
    }
    return new DatabaseBackup(shell).of(url, places.get(0));
  }
}
