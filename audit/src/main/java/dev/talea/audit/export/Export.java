// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.util.Objects.requireNonNull;

import dev.talea.audit.export.PlainTextJournal.Dialect;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;

/**
 * Writes the events of a ledger in one of the forms that there are: the way in for those who do not
 * care how each is made. Streams page by page; what is held in memory are the accounts of one book.
 *
 * <p>Stateless; the calling thread reads the store.
 */
public final class Export {
  /** The file that has to lie beside a journal of beancount. */
  public static final String BEANCOUNT_PLUGIN_FILE = BeancountJournal.PLUGIN_FILE;

  /** What is in it. */
  public static final String BEANCOUNT_PLUGIN_TEXT = BeancountJournal.PLUGIN_TEXT;

  private Export() {}

  /** What keeps these options from being used with this format, or an empty text. */
  public static String misuse(ExportFormat format, ExportOptions options) {
    boolean journal =
        format == ExportFormat.HLEDGER
            || format == ExportFormat.LEDGER
            || format == ExportFormat.BEANCOUNT;
    boolean statement = format == ExportFormat.CAMT053;
    boolean ranged = options.range().from() != null || options.range().to() != null;
    if (options.opening() && !(journal && options.range().from() != null)) {
      return "--opening is for journals of a later range: hledger, ledger or beancount, with --from";
    }
    if (options.excel() && format != ExportFormat.CSV) {
      return "--excel is for csv";
    }
    if (options.path() != null && !statement && format != ExportFormat.CSV) {
      return "--account is for csv and camt053";
    }
    if (ranged && format == ExportFormat.NDJSON) {
      return "--from and --to are not for ndjson, which is all of a ledger or book";
    }
    if (statement
        && (options.path() == null
            || options.range().from() == null
            || options.range().to() == null)) {
      return "camt053 is a statement of one account over a period: give --book, --account, --from"
          + " and --to";
    }
    return "";
  }

  /**
   * Writes all of it.
   *
   * @param out flushed, and not closed
   * @throws IOException of {@code out} alone
   * @throws ExportException if it cannot be had in this form
   */
  public static void write(
      ExportSource source, ExportFormat format, ExportOptions options, OutputStream out)
      throws IOException {
    String misuse = misuse(format, options);
    if (!misuse.isEmpty()) {
      throw new ExportException(misuse);
    }
    if (format == ExportFormat.NDJSON) {
      EventLines.write(source, out);
      out.flush();
      return;
    }
    Writer text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    DateRange range = options.range();
    switch (format) {
      case HLEDGER -> walk(source, range, journal(text, Dialect.HLEDGER, options));
      case LEDGER -> walk(source, range, journal(text, Dialect.LEDGER, options));
      case BEANCOUNT -> walk(source, range, new BeancountJournal(text, range, options.opening()));
      case CSV -> walk(source, range, new CsvRows(text, options.excel(), options.path()));
      case CAMT053 -> statement(source, options, text);
      case NDJSON -> throw new IllegalStateException("written as bytes above");
    }
    text.flush();
  }

  private static PlainTextJournal journal(Writer text, Dialect dialect, ExportOptions options) {
    return new PlainTextJournal(text, dialect, options.range(), options.opening());
  }

  private static void statement(ExportSource source, ExportOptions options, Writer text)
      throws IOException {
    String path = requireNonNull(options.path(), "path");
    LocalDate from = requireNonNull(options.range().from(), "from");
    LocalDate to = requireNonNull(options.range().to(), "to");
    new CamtStatement(source, path, options.range(), from, to).write(text);
  }

  private static void walk(ExportSource source, DateRange range, EntryWriter writer)
      throws IOException {
    new BookWalk(source, range, writer).run();
  }
}
