// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import java.io.IOException;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Walks the events of books in seq order, adds up the balances, and tells a format what happens.
 * Apart from the formats, so that all of them show the same: amounts and balances are added up from
 * the events, and no balance that the store keeps is believed.
 *
 * <p>Holds the assets, and the accounts of one book. One thread.
 */
final class BookWalk {
  private record Registered(Asset asset, long number) {}

  private final ExportSource source;
  private final DateRange range;
  private final EntryWriter writer;
  private final Map<String, Registered> assets = new HashMap<>();

  /** In the order of their opening. */
  private Map<String, RunningAccount> accounts = new LinkedHashMap<>();

  private boolean begun;
  private @Nullable LocalDate today;

  BookWalk(ExportSource source, DateRange range, EntryWriter writer) {
    this.source = source;
    this.range = range;
    this.writer = writer;
  }

  void run() throws IOException {
    source.forEach(
        DraftRules.SYSTEM_BOOK,
        event -> {
          if (event.payload() instanceof AssetRegistered registered) {
            Asset asset = registered.asset();
            assets.put(asset.id(), new Registered(asset, event.seq()));
          }
          return true;
        });
    writer.begin();
    for (String book : source.books()) {
      if (!DraftRules.isReserved(book)) {
        book(book);
      }
    }
  }

  private void book(String book) throws IOException {
    accounts = new LinkedHashMap<>();
    begun = false;
    today = null;
    writer.beginBook(book, source.lastSeq(book));
    source.forEach(book, event -> event(book, event));
    beginRange();
    writer.endBook();
  }

  private boolean event(String book, Event event) throws IOException {
    LocalDate day = range.dayOf(event.at());
    if (range.isBehind(day)) {
      return false; // commit times never go back
    }
    if (!range.isBefore(day)) {
      beginRange();
      if (!day.equals(today)) {
        begin(day);
      }
    }
    switch (event.payload().kind()) {
      case ACCOUNT_OPENED -> opened(book, day, event, ((AccountOpened) event.payload()).account());
      case TRANSACTION_POSTED -> posted(book, day, event, (TransactionPosted) event.payload());
      case ASSET_REGISTERED -> {} // of _system, which has no accounts
    }
    return true;
  }

  private void beginRange() throws IOException {
    if (begun) {
      return;
    }
    begun = true;
    LocalDate first = range.from();
    if (first != null) {
      begin(first);
      for (RunningAccount account : accounts.values()) {
        if (account.balance().signum() != 0) {
          writer.opening(first, account);
        }
      }
    }
  }

  private void begin(LocalDate day) throws IOException {
    today = day;
    writer.dayBegins(day);
  }

  private void opened(String book, LocalDate day, Event event, Account definition)
      throws IOException {
    Registered registered = assets.get(definition.asset());
    if (registered == null) {
      throw damaged(book, event, "opens an account of the unregistered asset", definition.asset());
    }
    RunningAccount account =
        new RunningAccount(definition, registered.asset(), registered.number());
    accounts.put(definition.id().path(), account);
    writer.opened(day, account);
  }

  private void posted(String book, LocalDate day, Event event, TransactionPosted posted)
      throws IOException {
    List<Posting> postings = posted.draft().postings();
    for (Posting posting : postings) {
      account(book, event, posting.account()).expect();
    }
    List<Entry> entries = new ArrayList<>(postings.size());
    for (Posting posting : postings) {
      RunningAccount account = account(book, event, posting.account());
      BigInteger minor = posting.minor().toBigInteger();
      BigInteger amount = posting.direction() == Side.DEBIT ? minor : minor.negate();
      boolean last = account.add(amount);
      entries.add(new Entry(account, amount, account.balance(), last));
    }
    if (!range.isBefore(day)) {
      writer.posted(day, event, posted, entries);
    }
  }

  private RunningAccount account(String book, Event event, String path) {
    @Nullable RunningAccount account = accounts.get(path);
    if (account == null) {
      throw damaged(book, event, "posts to an account that was never opened,", path);
    }
    return account;
  }

  private static ExportException damaged(String book, Event event, String what, String name) {
    return new ExportException(
        "Book '%s' is damaged: seq %d %s '%s'.".formatted(book, event.seq(), what, name));
  }
}
