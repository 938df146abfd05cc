package dev.talea.server;

import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Timestamps;
import dev.talea.net.MalformedTargetException;
import dev.talea.net.QueryParams;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query as what they mean. A known parameter that is malformed or given twice
 * is {@code invalid_draft}, field {@code query}; unknown ones are passed over.
 *
 * <p>Immutable; any thread.
 */
final class Query {
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
  @Nullable Instant moment(String name) {
    String text = one(name);
    if (text == null) {
      return null;
    }
    Instant moment = Timestamps.parse(text);
    if (moment == null) {
      throw bad(name + " is not an RFC 3339 timestamp such as 2026-01-31T23:59:59Z");
    }
    return moment;
  }

  /** A number that is not negative. Beyond a long it counts as the largest one. */
  long natural(String name, long otherwise) {
    String text = one(name);
    if (text == null) {
      return otherwise;
    }
    boolean digits = !text.isEmpty();
    for (int i = 0; i < text.length(); i++) {
      digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    if (!digits) {
      throw bad(name + " is not a whole number of 0 or more");
    }
    // 18 digits always fit a long; nothing in a ledger is ever counted that far.
    return text.length() <= 18 ? Long.parseLong(text) : Long.MAX_VALUE;
  }

  /** A text, or null if none is given or it is empty. */
  @Nullable String text(String name) {
    String text = one(name);
    return text == null || text.isEmpty() ? null : text;
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
