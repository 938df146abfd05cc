// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The entries of SWIFT MT940 statements, alone or many in a file, bare or in their envelope. What
 * the bank credits counts positive; a reversed credit is a debit.
 *
 * <p>A reader of our own, for the seven fields that make up a statement: the library for all
 * messages of SWIFT brings five megabytes and two libraries more (decision 0090).
 *
 * <p>One thread.
 */
public final class Mt940Source extends FileSource {
  private static final int HALF_A_YEAR_DAYS = 183;

  private static final Pattern TAG = Pattern.compile("^:([0-9]{2}[A-Z]?):(.*)$", Pattern.DOTALL);
  private static final Pattern BALANCE =
      Pattern.compile("([CD])([0-9]{6})([A-Z]{3})([0-9]{1,14},[0-9]{0,5})");
  private static final Pattern ENTRY =
      Pattern.compile(
          "([0-9]{6})([0-9]{4})?(R?[CD])([A-Z])?([0-9]{1,14},[0-9]{0,5})([A-Z][A-Z0-9]{3})"
              + "(.{0,16}?)(?://(.{0,34}))?");

  private final DatePattern days = new DatePattern("yyMMdd");

  // The message at hand.
  private @Nullable StatementCheck sums;
  private String account = "";
  private String statement = "";
  private int statements;

  // The entry at hand, which waits for its :86:.
  private @Nullable String entry;
  private String information = "";
  private long entryLine;

  /**
   * @param profile of the format {@code mt940}; its encoding and its scale are looked at
   */
  public Mt940Source(ByteSource bytes, FormatProfile profile, SourceLimits limits) {
    super(bytes, profile, limits);
  }

  @Override
  void rows(FileBytes file, RowSink sink, SortedMap<String, String> found) throws IOException {
    CharFeed feed = new CharFeed(file, profile.text().encoding());
    // Fields of a statement are lines: one column, no quotes.
    RowScanner lines = new RowScanner(feed, CharFeed.NONE, null, limits);
    StringBuilder field = new StringBuilder();
    long line = 0;
    while (lines.nextRow()) {
      String text = lines.rowText(limits.rowCharsMax());
      boolean end = text.equals("-") || text.startsWith("-}") || text.startsWith("{");
      if (text.startsWith(":") || end) {
        field(field.toString(), line, sink, found);
        field.setLength(0);
        line = lines.line();
        int tag = text.indexOf("{4:");
        field.append(end ? "" : text);
        if (tag >= 0 && text.indexOf(":20:", tag) >= 0) {
          field.append(text.substring(text.indexOf(":20:", tag)));
        }
      } else if (field.length() > 0) {
        field.append('\n').append(text);
        if (field.length() > limits.rowCharsMax()) {
          throw new IOException(
              "the field at line "
                  + line
                  + " is longer than "
                  + limits.rowCharsMax()
                  + " characters, which is the limit");
        }
      }
    }
    field(field.toString(), line, sink, found);
    finish(sink, found);
    if (statements == 0) {
      throw new IOException(
          "the file holds no MT940 statement, expected fields such as :20: and :61:");
    }
    found.put("statements", Integer.toString(statements));
  }

  private void field(String field, long line, RowSink sink, SortedMap<String, String> found)
      throws IOException {
    Matcher tag = TAG.matcher(field);
    if (!tag.matches()) {
      return;
    }
    String value = tag.group(2);
    switch (tag.group(1)) {
      case "20" -> {
        finish(sink, found);
        statements++;
        statement = value.strip();
        sums = new StatementCheck(statements, statement);
      }
      case "25" -> account = value.strip();
      case "28C", "28" -> statement = value.strip();
      case "60F", "60M" -> {
        Matcher balance = balance(value, line);
        sums(line).opening(signed(balance), balance.group(3));
      }
      case "61" -> {
        entry(sink);
        entry = value;
        entryLine = line;
        information = "";
      }
      case "86" -> {
        if (entry != null) {
          information = value;
          entry(sink);
        }
      }
      case "62F", "62M" -> {
        entry(sink);
        sums(line).closing(signed(balance(value, line)));
      }
      default -> {
        // forward balances and others: nothing a row is made of
      }
    }
  }

  private StatementCheck sums(long line) throws IOException {
    if (sums == null) {
      throw new IOException("line " + line + " stands before the :20: that begins a statement");
    }
    return sums;
  }

  private void finish(RowSink sink, SortedMap<String, String> found) throws IOException {
    entry(sink);
    if (sums != null) {
      sums.finish(found);
      found.put("statement_" + statements + "_account", account);
    }
    sums = null;
    account = "";
  }

  private static Matcher balance(String value, long line) throws IOException {
    Matcher balance = BALANCE.matcher(value.strip());
    if (!balance.matches()) {
      throw new IOException("line " + line + " is no balance, expected such as C260131EUR1234,56");
    }
    return balance;
  }

  private static BigDecimal signed(Matcher balance) {
    BigDecimal number = decimal(balance.group(4));
    return balance.group(1).equals("D") ? number.negate() : number;
  }

  /** {@code 12,} has no fraction digits, and its comma all the same. */
  private static BigDecimal decimal(String text) {
    return new BigDecimal(text.replace(',', '.'));
  }

  // ---- entries

  private void entry(RowSink sink) throws IOException {
    String waiting = entry;
    entry = null;
    if (waiting == null) {
      return;
    }
    StatementCheck check = sums(entryLine);
    int end = waiting.indexOf('\n');
    Matcher parts = ENTRY.matcher((end < 0 ? waiting : waiting.substring(0, end)).stripTrailing());
    boolean broken = waiting.indexOf(CharFeed.NONE) >= 0 || information.indexOf(CharFeed.NONE) >= 0;
    if (!parts.matches()) {
      check.unread();
      reject(
          sink,
          null,
          "is no :61: field, expected such as 2601310131C12,50NTRFREF//BANKREF",
          waiting);
      return;
    }
    BigDecimal number = decimal(parts.group(5));
    boolean credit = parts.group(3).equals("C") || parts.group(3).equals("RD");
    BigDecimal signed = credit ? number : number.negate();
    check.entry(signed);
    Int128 amount = cells.amount(signed);
    LocalDate valued = day(parts.group(1));
    if (amount == null || valued == null || broken) {
      reject(
          sink,
          amount == null ? Column.AMOUNT : valued == null ? "value_date" : null,
          amount == null
              ? number.toPlainString() + " " + cells.fault()
              : valued == null
                  ? "\"" + parts.group(1) + "\" is no day"
                  : "has bytes that are no text in the encoding of the profile",
          waiting);
      return;
    }
    Mt940Information told = Mt940Information.of(information);
    String customer = parts.group(7).strip();
    String supplement = end < 0 ? null : waiting.substring(end + 1).replace('\n', ' ').strip();
    @Nullable Object[] values = {
      amount,
      check.currency(),
      booked(valued, parts.group(2)),
      valued,
      told.reference() != null
          ? told.reference()
          : customer.isEmpty() || customer.equals("NONREF") ? null : customer,
      parts.group(8),
      told.name(),
      told.account(),
      told.text() != null ? told.text() : supplement,
      parts.group(6),
      account.isEmpty() ? null : account,
      statement.isEmpty() ? null : statement
    };
    sink.row(entryLine, values);
  }

  private @Nullable LocalDate day(String text) {
    return days.date(text.toCharArray(), 0, text.length());
  }

  /** The booking day has no year: that of the value day, or of the new year between them. */
  private LocalDate booked(LocalDate valued, @Nullable String monthDay) {
    if (monthDay == null) {
      return valued;
    }
    LocalDate nearest = valued;
    long least = HALF_A_YEAR_DAYS + 1L;
    for (int year = valued.getYear() - 1; year <= valued.getYear() + 1; year++) {
      LocalDate day = day(String.format("%02d", year % 100) + monthDay);
      if (day != null && Math.abs(ChronoUnit.DAYS.between(valued, day)) < least) {
        least = Math.abs(ChronoUnit.DAYS.between(valued, day));
        nearest = day;
      }
    }
    return nearest;
  }

  private void reject(RowSink sink, @Nullable String field, String why, String text) {
    String cut = text.substring(0, Math.min(Reject.TEXT_CHARS_MAX, text.length()));
    sink.reject(new Reject(entryLine, field, "the entry " + why, cut, null, null));
  }
}
