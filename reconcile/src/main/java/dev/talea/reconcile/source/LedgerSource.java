// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The postings of some accounts of a book, as they were at one seq: what is posted while they are
 * read is not in them, and the same seq gives the same rows for ever. A debit counts positive, a
 * credit negative. Of a book a page is in memory at a time.
 *
 * <p>A row counts for the day on which its transaction occurred, in UTC; where that was not told,
 * for the day it was committed.
 *
 * <p>One thread.
 */
public final class LedgerSource implements RowSource {
  /** What every row has, whatever the book. */
  private static final List<Column> COLUMNS =
      List.of(
          Column.ALWAYS.get(0),
          Column.ALWAYS.get(1),
          new Column(Column.DATE, ColumnType.DATE),
          new Column(Column.TIME, ColumnType.TIME),
          new Column(Column.REFERENCE, ColumnType.TEXT),
          new Column(Column.COUNTERPARTY, ColumnType.TEXT),
          new Column("account", ColumnType.TEXT),
          new Column("description", ColumnType.TEXT),
          new Column("refs", ColumnType.TEXT),
          new Column("seq", ColumnType.INTEGER),
          new Column("tx_id", ColumnType.TEXT),
          new Column("posting", ColumnType.INTEGER),
          new Column("key", ColumnType.TEXT),
          new Column("committed", ColumnType.TIME));

  private static final char SEPARATOR = ':';
  private static final JsonFactory JSON = new JsonFactory();

  private final LedgerApi ledger;
  private final SourceRef.Ledger which;
  private final @Nullable LocalDate from;
  private final @Nullable LocalDate to;
  private final long seq;
  private final BookHeads heads;
  private final List<String> prefixes;
  private long rows;
  private @Nullable SourceFacts facts;

  /**
   * @param which book, accounts and asset; its days are given apart, as parameters may stand there
   * @param from first day, or null
   * @param to last day, inclusive, or null
   * @param seq the last event that is looked at
   * @param heads what stands for the book at that seq
   */
  public LedgerSource(
      LedgerApi ledger,
      SourceRef.Ledger which,
      @Nullable LocalDate from,
      @Nullable LocalDate to,
      long seq,
      BookHeads heads) {
    this.ledger = ledger;
    this.which = which;
    this.from = from;
    this.to = to;
    this.seq = seq;
    this.heads = heads;
    this.prefixes =
        which.accounts().stream()
            .map(each -> each.endsWith(":") ? each.substring(0, each.length() - 1) : each)
            .toList();
  }

  @Override
  public List<Column> columns() {
    return COLUMNS;
  }

  @Override
  public void read(RowSink sink) throws IOException {
    @Nullable Object[] values = new @Nullable Object[COLUMNS.size()];
    long after = 0;
    while (after < seq) {
      sink.looked();
      Page<Event, Long> page = page(after);
      if (page.items().isEmpty()) {
        throw new IOException(
            "book '" + which.book() + "' ends at seq " + after + ", expected it to reach " + seq);
      }
      for (Event event : page.items()) {
        if (event.seq() > seq) {
          break;
        }
        if (event.seq() != after + 1) {
          throw new IOException(
              "book '"
                  + which.book()
                  + "' gave seq "
                  + event.seq()
                  + " behind seq "
                  + after
                  + ", events are gapless");
        }
        after = event.seq();
        if (event.payload() instanceof TransactionPosted posted) {
          transaction(event, posted, values, sink);
        }
      }
    }
    // At the end: those who take the first rows only do not need it, and it may read the whole
    // book.
    remember(heads.at(which.book(), seq, sink::looked));
  }

  private Page<Event, Long> page(long after) throws IOException {
    try {
      return ledger.events(which.book(), after, Limits.PAGE_LIMIT_MAX).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading book '" + which.book() + "'");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof LedgerException refused) {
        throw new IOException(
            "book '"
                + which.book()
                + "' cannot be read behind seq "
                + after
                + ": "
                + refused.getMessage(),
            refused);
      }
      throw new IOException("book '" + which.book() + "' cannot be read", e);
    }
  }

  private void transaction(
      Event event, TransactionPosted posted, @Nullable Object[] values, RowSink sink) {
    TransactionDraft draft = posted.draft();
    Instant time = draft.occurredAt() == null ? event.at() : draft.occurredAt();
    LocalDate day = LocalDate.ofInstant(time, ZoneOffset.UTC);
    if ((from != null && day.isBefore(from)) || (to != null && day.isAfter(to))) {
      return;
    }
    Told told = null;
    for (int i = 0; i < draft.postings().size(); i++) {
      Posting posting = draft.postings().get(i);
      if (!isWanted(posting)) {
        continue;
      }
      if (told == null) {
        told = told(draft);
      }
      boolean debit = posting.direction() == Side.DEBIT;
      values[0] = debit ? posting.minor() : posting.minor().negated();
      values[1] = posting.asset();
      values[2] = day;
      values[3] = time.truncatedTo(ChronoUnit.MICROS);
      values[4] = told.reference();
      values[5] = counterparty(draft.postings(), posting);
      values[6] = posting.account();
      values[7] = told.description();
      values[8] = told.refs();
      values[9] = Int128.of(event.seq());
      values[10] = posted.id().toString();
      values[11] = Int128.of(i + 1L);
      values[12] = draft.idempotencyKey();
      values[13] = event.at();
      rows++;
      sink.row(event.seq(), values);
    }
  }

  private boolean isWanted(Posting posting) {
    if (which.asset() != null && !which.asset().equals(posting.asset())) {
      return false;
    }
    String account = posting.account();
    for (String prefix : prefixes) {
      if (account.startsWith(prefix)
          && (account.length() == prefix.length()
              || account.charAt(prefix.length()) == SEPARATOR)) {
        return true;
      }
    }
    return false;
  }

  /** The account of the other postings of the same asset, if it is one. */
  private static @Nullable String counterparty(List<Posting> postings, Posting posting) {
    String found = null;
    for (Posting other : postings) {
      boolean across =
          other.asset().equals(posting.asset()) && !other.account().equals(posting.account());
      if (across && found != null && !found.equals(other.account())) {
        return null;
      }
      found = across ? other.account() : found;
    }
    return found;
  }

  /** What a transaction says about itself. */
  private record Told(
      @Nullable String reference, @Nullable String description, @Nullable String refs) {}

  /** The first external reference, or what the metadata calls so. */
  private static Told told(TransactionDraft draft) {
    List<ExternalRef> refs = draft.externalRefs();
    String reference = refs.isEmpty() ? null : refs.get(0).value();
    String description = null;
    JsonText metadata = draft.metadata();
    if (metadata != null && metadata.text().startsWith("{")) {
      SortedMap<String, String> texts = texts(metadata.text());
      description = texts.get("description");
      if (reference == null) {
        reference = texts.get("reference");
      }
    }
    String all =
        refs.isEmpty()
            ? null
            : refs.stream()
                .map(ref -> ref.kind() + "=" + ref.value())
                .collect(Collectors.joining("; "));
    return new Told(emptyToNull(reference), emptyToNull(description), all);
  }

  private static @Nullable String emptyToNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  /** The texts {@code reference} and {@code description} of an object. */
  private static SortedMap<String, String> texts(String object) {
    SortedMap<String, String> texts = new TreeMap<>();
    if (!object.contains("\"reference\"") && !object.contains("\"description\"")) {
      return texts;
    }
    try (JsonParser parser = JSON.createParser(object)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_STRING
            && (name.equals("reference") || name.equals("description"))) {
          texts.put(name, parser.getText());
        }
        parser.skipChildren();
      }
    } catch (IOException e) {
      throw new IllegalStateException("metadata in a ledger is JSON", e);
    }
    return texts;
  }

  private void remember(Map<String, String> head) {
    SortedMap<String, String> found = new TreeMap<>(head);
    found.put("book", which.book());
    found.put("seq", Long.toString(seq));
    found.put("accounts", String.join("\n", which.accounts()));
    found.put("signs", "debit positive");
    found.put("rows", Long.toString(rows));
    putIfKnown(found, "asset", which.asset());
    putIfKnown(found, "from", from == null ? null : from.toString());
    putIfKnown(found, "to", to == null ? null : to.toString());
    facts = new SourceFacts("ledger", found);
  }

  private static void putIfKnown(
      SortedMap<String, String> facts, String name, @Nullable String value) {
    if (value != null) {
      facts.put(name, value);
    }
  }

  @Override
  public SourceFacts facts() {
    if (facts == null) {
      throw new IllegalStateException("facts are known once the book has been read");
    }
    return facts;
  }

  @Override
  public void close() {
    // The ledger is the caller's.
  }
}
