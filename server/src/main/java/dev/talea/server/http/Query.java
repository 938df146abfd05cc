// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.net.MalformedTargetException;
import dev.talea.net.QueryParams;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query as what they mean. A known parameter that is malformed or given twice
 * is {@code invalid_draft}, field {@code query}; unknown ones are passed over.
 *
 * <p>Immutable; any thread.
 */
final class Query {
  private static final Duration WAIT_MAX = Duration.ofSeconds(5);
  private static final Pattern WAIT = Pattern.compile("([0-9]{1,6})(ms|s)");

  private final QueryParams params;

  private Query(QueryParams params) {
    this.params = params;
  }

  static Query parse(@Nullable String rawQuery) {
    try {
      return new Query(QueryParams.parse(rawQuery));
    } catch (MalformedTargetException e) {
      throw bad(String.valueOf(e.getMessage()));
    }
  }

  /** A moment, or null if none is given. */
  @Nullable Moment moment(String name) {
    String text = one(name);
    if (text == null) {
      return null;
    }
    Moment moment = Moment.parse(text);
    if (moment == null) {
      throw bad(
          name
              + " is not an RFC 3339 timestamp such as 2026-01-31T23:59:59Z"
              + (text.indexOf(' ') > 10 ? "; a + in a query is spelled %2B" : ""));
    }
    return moment;
  }

  /**
   * A seq after which something begins: an integer of 64 bits with an optional sign. Clients start
   * below 0, which counts as 0.
   */
  long cursor(String name, long otherwise) {
    String text = one(name);
    if (text == null) {
      return otherwise;
    }
    Long cursor = cursor(text);
    if (cursor == null) {
      throw bad(name + " is not a whole number of 64 bits");
    }
    return cursor;
  }

  /** A cursor as clients spell it, 0 for one below; null if it is none. */
  static @Nullable Long cursor(String text) {
    return QueryValues.cursor(text);
  }

  /** How many: 0 or more. Beyond a long it counts as the largest one. */
  long limit(long otherwise) {
    String name = "limit";
    String text = one(name);
    if (text == null) {
      return otherwise;
    }
    Long limit = QueryValues.limit(text);
    if (limit == null) {
      throw bad(name + " is not a whole number of 0 or more");
    }
    return limit;
  }

  /** How many a page has: 1 or more, and no more than a page may have. */
  int pageLimit() {
    return (int) Math.max(1, Math.min(limit(Limits.PAGE_LIMIT_DEFAULT), Limits.PAGE_LIMIT_MAX));
  }

  /** A text, or null if none is given or it is empty. */
  @Nullable String text(String name) {
    String text = one(name);
    return text == null || text.isEmpty() ? null : text;
  }

  /** A text that has to be given. */
  String needed(String name) {
    String text = text(name);
    if (text == null) {
      throw bad(name + " must be given");
    }
    return text;
  }

  /** A day that has to be given. */
  LocalDate date(String name) {
    String text = needed(name);
    try {
      LocalDate date = text.length() == 10 ? LocalDate.parse(text) : null;
      if (date != null) {
        return date;
      }
    } catch (DateTimeException e) {
      // said below
    }
    throw bad(name + " is not a date such as 2026-01-31");
  }

  /** A time zone, or null if none is given. */
  @Nullable ZoneId zone(String name) {
    String text = text(name);
    try {
      return text == null ? null : ZoneId.of(text);
    } catch (DateTimeException e) {
      throw bad(name + " is not a time zone such as UTC or Europe/Prague");
    }
  }

  /** How long to wait, 5 s at most and unless told. */
  Duration shortWait(String name) {
    String text = one(name);
    if (text == null) {
      return WAIT_MAX;
    }
    Matcher parts = WAIT.matcher(text);
    if (!parts.matches()) {
      throw bad(name + " is not a length of time such as 5s or 500ms");
    }
    long count = Long.parseLong(parts.group(1));
    Duration wait =
        parts.group(2).equals("s") ? Duration.ofSeconds(count) : Duration.ofMillis(count);
    return wait.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : wait;
  }

  /** True or false, false if it is not given. */
  boolean flag(String name) {
    String text = one(name);
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw bad(name + " is neither true nor false");
  }

  private @Nullable String one(String name) {
    List<String> values = params.all(name);
    if (values.size() > 1) {
      throw bad(name + " is given " + values.size() + " times");
    }
    return values.isEmpty() ? null : values.get(0);
  }

  private static LedgerException bad(String reason) {
    return new LedgerException(new InvalidDraft("query", reason));
  }
}
