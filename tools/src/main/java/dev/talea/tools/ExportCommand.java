// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.export.DateRange;
import dev.talea.audit.export.Export;
import dev.talea.audit.export.ExportException;
import dev.talea.audit.export.ExportFormat;
import dev.talea.audit.export.ExportOptions;
import dev.talea.audit.export.ExportSource;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code talea export}. */
@Command(
    name = "export",
    description = {
      "Writes what a ledger holds to standard output, in a form that others read: lines of JSON that"
          + " lose nothing, a journal, CSV or a bank statement.",
      "All of it is of the moment at which it begins, whatever is posted meanwhile.",
      "With --tiles it writes the hash trees of all logs as static files, which prove what is in"
          + " them without showing it."
    })
final class ExportCommand implements Callable<Integer> {
  @Mixin private final AuditedLedger ledger = new AuditedLedger();

  @Option(
      names = "--book",
      paramLabel = "BOOK",
      description = "One book; all of them unless told, _system first.")
  private @Nullable String book;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "ndjson (unless told), hledger, ledger (which is ledger-cli), beancount, csv or camt053.")
  private @Nullable ExportFormat chosen;

  @Option(
      names = "--account",
      paramLabel = "PATH",
      description = "One account, for csv and camt053.")
  private @Nullable String account;

  @Option(
      names = "--from",
      paramLabel = "DATE",
      description = "The first day, by commit time; the beginning unless told.")
  private @Nullable LocalDate from;

  @Option(
      names = "--to",
      paramLabel = "DATE",
      description = "The day after the last; the end unless told.")
  private @Nullable LocalDate to;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "Whose days, such as Europe/Prague; UTC unless told.")
  private ZoneId zone = ZoneOffset.UTC;

  @Option(
      names = "--opening",
      description =
          "A journal with --from begins with the balances that accounts had; without it, it asserts"
              + " none.")
  private boolean opening;

  @Option(
      names = "--excel",
      description =
          "CSV with a byte order mark, and an apostrophe before texts that Excel would compute.")
  private boolean excel;

  @Option(
      names = "--plugin-out",
      paramLabel = "FILE",
      description =
          "With beancount: also writes what its journals need beside them, to be called "
              + Export.BEANCOUNT_PLUGIN_FILE
              + ".")
  private @Nullable Path pluginOut;

  @Option(
      names = "--tiles",
      paramLabel = "OUT",
      description =
          "Instead of events: the trees of the logs under the head of the ledger as static files"
              + " (C2SP tlog-tiles), a folder in OUT for each; a second time only what is new.")
  private @Nullable Path tiles;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description =
          "With --tiles: the head of the ledger that they are of, as 'talea head --sign' prints it;"
              + " else that of the moment, unsigned.")
  private @Nullable Path checkpoint;

  private final Shell shell;

  ExportCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Path out = tiles;
    if (out != null) {
      return tiles(out);
    }
    if (checkpoint != null) {
      throw new UsageException("--checkpoint is the head of --tiles");
    }
    ExportFormat format = chosen == null ? ExportFormat.NDJSON : chosen;
    ExportOptions options = new ExportOptions(account, range(), opening, excel);
    check(format, options);
    Path plugin = pluginOut;
    if (plugin != null) {
      Files.writeString(shell.directory().resolve(plugin), Export.BEANCOUNT_PLUGIN_TEXT);
    }
    return ledger.look(
        shell,
        store -> {
          ExportSource source =
              book == null ? ExportSource.allOf(store) : ExportSource.book(store, book);
          OutputStream to = shell.out().stream();
          Export.write(
              source,
              format,
              options,
              shell.outIsTerminal() ? new TerminalLines(to) : new BufferedOutputStream(to));
          return Main.OK;
        });
  }

  private int tiles(Path out) {
    boolean alone =
        chosen == null
            && account == null
            && from == null
            && to == null
            && !opening
            && !excel
            && pluginOut == null;
    if (!alone) {
      throw new UsageException("--tiles writes trees of logs: only --book and --checkpoint fit it");
    }
    LedgerDirectory directory = ledger.logs(shell);
    if (book != null) {
      directory.requireBook(book);
    }
    new TileExport(shell, directory, HeadOfLedger.find(shell, directory, checkpoint))
        .write(shell.directory().resolve(out), book);
    return Main.OK;
  }

  private DateRange range() {
    try {
      return new DateRange(from, to, zone);
    } catch (ExportException e) {
      throw new UsageException("" + e.getMessage());
    }
  }

  private void check(ExportFormat format, ExportOptions options) {
    String misuse = Export.misuse(format, options);
    if (!misuse.isEmpty()) {
      throw new UsageException(misuse);
    }
    if (format == ExportFormat.CAMT053 && book == null) {
      throw new UsageException("camt053 is a statement of one account: give its --book");
    }
    if (account != null && book == null) {
      throw new UsageException("--account is a path within a book: give its --book");
    }
    if (pluginOut != null && format != ExportFormat.BEANCOUNT) {
      throw new UsageException("--plugin-out is for beancount");
    }
  }
}
