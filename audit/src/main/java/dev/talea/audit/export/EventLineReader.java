// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.Micros;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.json.JsonHead;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines that an export wrote, and makes sure that they are a ledger's: each line is
 * spelled as it was written, books come in order and once, seqs begin at 1 and have no gaps, commit
 * times are whole microseconds and never go back, the last line is whole. What the money of a
 * transaction means is not looked at: that is decided where it is posted.
 *
 * <p>Holds one line, whose length is bounded, however many books there are. A byte order mark at
 * the beginning is skipped. One thread.
 */
public final class EventLineReader {
  /**
   * Room for the longest event there can be: 8,192 postings of about 1.5 kB, with every character
   * of their names escaped.
   */
  static final int LINE_BYTES_MAX = 16 << 20;

  private static final int LINE_BYTES_TYPICAL = 1024;
  private static final Pattern JSON_LINE = Pattern.compile("line 1, (?=column )");

  private final InputStream in;
  private final byte[] buffer = new byte[64 * 1024];
  private int position;
  private int limit;
  private boolean begun;
  private byte[] line = new byte[LINE_BYTES_TYPICAL];
  private long number;
  private @Nullable String book;
  private long seq;
  private Instant at = Instant.MIN;

  /**
   * @param in read as far as it is needed, and not closed
   */
  public EventLineReader(InputStream in) {
    this.in = in;
  }

  /** The number of the line that {@link #next} returned last, from 1. */
  public long lineNumber() {
    return number;
  }

  /**
   * The next event, or null at the end.
   *
   * @throws ExportException if it is not the next event of a ledger; says in which line, and why
   */
  public @Nullable Happened next() throws IOException {
    if (!begun) {
      begin();
    }
    int length = nextLine();
    if (length < 0) {
      return null;
    }
    Happened read;
    try {
      read = EventJson.readLine(Arrays.copyOf(line, length));
    } catch (LedgerException e) {
      throw e.error() instanceof InvalidDraft invalid
          ? fault(JSON_LINE.matcher(invalid.reason()).replaceAll(""))
          : e;
    }
    check(read);
    return read;
  }

  /** A whole file of another form is refused for what it is, before its first line is. */
  private void begin() throws IOException {
    begun = true;
    while (limit < JsonHead.BYTES) {
      int read = in.read(buffer, limit, buffer.length - limit);
      if (read <= 0) {
        break;
      }
      limit += read;
      if (hasLineEnd(limit)) {
        break; // a slow pipe is not waited for
      }
    }
    byte[] head = Arrays.copyOf(buffer, Math.min(limit, JsonHead.BYTES));
    String fault = JsonHead.fault(head, true);
    if (fault != null) {
      throw new ExportException("What is to be read " + fault + ".");
    }
    position = JsonHead.markBytes(head);
  }

  private boolean hasLineEnd(int end) {
    for (int i = 0; i < end; i++) {
      if (buffer[i] == '\n') {
        return true;
      }
    }
    return false;
  }

  /** Fills {@link #line}; its length, or -1 at the end. */
  private int nextLine() throws IOException {
    int length = 0;
    number++;
    while (true) {
      if (position == limit && !fill()) {
        if (length == 0) {
          number--;
          return -1;
        }
        throw fault("has no end: the file was cut off, or is still being written");
      }
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      int more = end - position;
      if (length + more > LINE_BYTES_MAX) {
        throw fault("is longer than " + LINE_BYTES_MAX + " bytes, and no event is");
      }
      if (line.length - length < more) {
        line = Arrays.copyOf(line, Math.max(length + more, 2 * line.length));
      }
      System.arraycopy(buffer, position, line, length, more);
      length += more;
      position = end;
      if (end < limit) {
        position++;
        return length;
      }
    }
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(in.read(buffer), 0);
    return limit > 0;
  }

  private void check(Happened read) {
    if (!read.book().equals(book)) {
      if (book != null && !follows(read.book(), book)) {
        throw fault(
            "book '"
                + read.book()
                + "' comes after book '"
                + book
                + "': each book comes once, _system first, the others in the order of their names");
      }
      book = read.book();
      seq = 0;
      at = Instant.MIN;
    }
    if (read.event().seq() != seq + 1) {
      throw fault(
          "seq %d of book '%s' where seq %d is expected: lines are missing, or out of order"
              .formatted(read.event().seq(), book, seq + 1));
    }
    Instant moment = read.event().at();
    if (!moment.equals(Micros.instant(Micros.floor(moment)))) {
      throw fault("its commit time " + moment + " is not a whole microsecond");
    }
    if (moment.isBefore(at)) {
      throw fault("its commit time " + moment + " is before that of the line above, " + at);
    }
    seq = read.event().seq();
    at = moment;
  }

  private static boolean follows(String next, String book) {
    if (next.equals(DraftRules.SYSTEM_BOOK)) {
      return false;
    }
    return book.equals(DraftRules.SYSTEM_BOOK) || DraftRules.BYTEWISE.compare(next, book) > 0;
  }

  private ExportException fault(String reason) {
    return new ExportException("Line " + number + ": " + reason + ".");
  }
}
