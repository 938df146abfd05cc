// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.check.BookVerdict;
import dev.talea.audit.check.Finding;
import dev.talea.audit.check.LedgerVerdict;
import dev.talea.jdbc.PostgresUrl;
import dev.talea.server.Stores;
import dev.talea.server.settings.DbUrl;
import dev.talea.server.settings.LedgerChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A backup of a ledger in a database. SQLite's file is copied here; PostgreSQL has tools of its own
 * that do it better, and the person is told which, with the names filled in.
 *
 * <p>One thread.
 */
final class DatabaseBackup {
  private static final Pattern PASSWORD = Pattern.compile(":\\*+@");

  private final Shell shell;

  DatabaseBackup(Shell shell) {
    this.shell = shell;
  }

  /** Makes it, or says how; the exit code. */
  int of(String url, String dest) {
    LedgerChoice choice = LedgerChoice.named("--db-url", url, shell.environment());
    choice.warnings().forEach(warning -> shell.err().println("WARNING: " + warning));
    PostgresUrl postgres = choice.url().postgres();
    if (postgres != null) {
      String schema = postgres.target("--db-url").schema();
      advice(choice.url(), schema, dest).forEach(line -> shell.err().println(line));
      return Main.USAGE;
    }
    Path to = shell.directory().resolve(dest);
    LedgerVerdict verdict = DatabaseVerdict.of(Stores.copy(choice.url(), to));
    if (!verdict.isRight()) {
      throw new FailedException(
          "The ledger is not right, and there is no copy of it; see 'talea verify --db-url "
              + choice.url()
              + "'. Found first: "
              + first(verdict));
    }
    long events =
        verdict.books().stream()
            .map(BookVerdict::records)
            .filter(Objects::nonNull)
            .mapToLong(records -> records.events())
            .sum();
    shell
        .out()
        .line(
            String.format(
                Locale.ROOT,
                "Copied %d events in %d books, and checked them.",
                events,
                verdict.books().size()));
    shell.out().flush();
    ReconcileFolder reconciled =
        ReconcileFolder.of(shell, shell.directory().resolve(choice.url().location()));
    if (reconciled.isThere()) {
      shell
          .err()
          .println(
              "Records and evidence of reconciliation are not in it: 'talea backup "
                  + Terminal.safe(reconciled.path().toString())
                  + " DEST' copies them.");
    }
    return Main.OK;
  }

  private static String first(LedgerVerdict verdict) {
    for (Finding finding : verdict.findings()) {
      return finding.text();
    }
    for (BookVerdict book : verdict.books()) {
      for (Finding finding : book.findings()) {
        return "book '" + book.book() + "': " + finding.text();
      }
    }
    return "nothing";
  }

  /** Commands to be typed, without a password. */
  private static List<String> advice(DbUrl url, @Nullable String schema, String dest) {
    String name = PASSWORD.matcher(url.toString()).replaceFirst("@");
    int options = name.indexOf('?');
    String bare = options < 0 ? name : name.substring(0, options);
    String which = schema == null ? "--table='talea_*'" : "--schema=" + quoted(schema);
    String file = quoted(dest);
    String restored = bare.substring(0, bare.lastIndexOf('/') + 1) + "talea_restored";
    String server = bare.substring(0, bare.lastIndexOf('/') + 1) + "postgres";
    return List.of(
        "PostgreSQL's own tools copy a ledger beside running servers; this command does not. One"
            + " moment of it:",
        "  pg_dump --format=custom " + which + " --file=" + file + " " + quoted(bare),
        "Look at whether it can be restored, and is right:",
        "  createdb --encoding=UTF8 --template=template0 --maintenance-db="
            + quoted(server)
            + " talea_restored",
        "  pg_restore --exit-on-error --no-owner --dbname=" + quoted(restored) + " " + file,
        "  talea verify --db-url " + quoted(restored + name.substring(bare.length())),
        "For every moment since, pg_basebackup of the whole server and its archived WAL (PITR):",
        "  pg_basebackup --checkpoint=fast --wal-method=stream --pgdata="
            + file
            + " --dbname="
            + quoted(server),
        "Passwords: PGPASSWORD, or ~/.pgpass. More in docs/how-to-postgres.md, 'Backups'.");
  }

  /** As a shell takes it for one word. */
  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
