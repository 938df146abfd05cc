// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Page;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.rules.DefinitionRules;
import dev.talea.ledger.rules.GroupRules;
import dev.talea.ledger.rules.GroupRules.Earlier;
import dev.talea.ledger.rules.PostingRules;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The simplest store that is right: a list of events per book, one lock, every reading computed by
 * walking the list. It forgets everything when it goes, so it serves as the model that real stores
 * are compared with, and as the store of tests that are about something else. What is right it asks
 * the rules, as every store does; whether they are right, {@link SecondOpinion} says.
 *
 * <p>Any thread may call; one lock makes them take turns. Writes are done when the call returns.
 */
public final class InMemoryStore implements Store, StoreReader {
  private final StoreHealth health = new StoreHealth((book, now) -> {});

  /**
   * Where times and ids come from. A model that has to agree with another store to the letter is
   * handed that store's.
   */
  public interface Origin {
    /** Now, for the next event. Taken as the commit time unless it would go back. */
    Instant now();

    /** The id of the transaction that is about to be committed. */
    UUID transactionId(Instant at, String book, long seq);
  }

  private static final class Book implements GroupRules.Book<TransactionDraft, State> {
    final List<Event> events = new ArrayList<>();
    final Map<String, Account> accounts = new HashMap<>();
    final Map<String, Int128> balances = new HashMap<>();
    final Map<String, Event> byKey = new HashMap<>();

    long lastSeq() {
      return events.size();
    }

    Instant lastAt() {
      return events.isEmpty() ? Instant.MIN : events.get(events.size() - 1).at();
    }

    @Override
    public TransactionDraft said(TransactionDraft draft) {
      return draft;
    }

    @Override
    public @Nullable Earlier earlier(TransactionDraft draft) {
      Event event = byKey.get(draft.idempotencyKey());
      if (event == null) {
        return null;
      }
      TransactionPosted posted = (TransactionPosted) event.payload();
      return new Earlier(
          posted.draft().postings(), new Posted(posted.id(), event.seq(), event.at(), false));
    }

    @Override
    public @Nullable State find(String path) {
      Account account = accounts.get(path);
      return account == null ? null : new State(account, balances.getOrDefault(path, Int128.ZERO));
    }
  }

  private record State(Account definition, Int128 rawBalance)
      implements PostingRules.AccountState {}

  /** Not a record: each is only ever equal to itself. */
  private static final class Registration {
    final String book;
    final Runnable onAdvance;

    Registration(String book, Runnable onAdvance) {
      this.book = book;
      this.onAdvance = onAdvance;
    }
  }

  private final Origin origin;
  private final Map<String, Asset> assets = new HashMap<>();
  private final Map<String, Book> books = new HashMap<>();
  private final List<Registration> watchers = new ArrayList<>();
  private final List<Consumer<String>> watchersOfAll = new ArrayList<>();

  /** With the time of the machine. */
  public InMemoryStore() {
    this(Instant::now);
  }

  /** With this clock. */
  public InMemoryStore(Supplier<Instant> clock) {
    this(
        new Origin() {
          private long made;

          @Override
          public Instant now() {
            return clock.get();
          }

          @Override
          public UUID transactionId(Instant at, String book, long seq) {
            made++;
            return new UUID(at.toEpochMilli() << 16 | 0x7000, Long.MIN_VALUE | made);
          }
        });
  }

  /** With times and ids from elsewhere. */
  public InMemoryStore(Origin origin) {
    this.origin = origin;
  }

  @Override
  public StoreReader reads() {
    return this;
  }

  @Override
  public String backend() {
    return "memory";
  }

  // ---- writes

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    synchronized (this) {
      Asset known = assets.get(asset.id());
      if (known != null) {
        return answer(DefinitionRules.again(known, asset));
      }
      append(DraftRules.SYSTEM_BOOK, new AssetRegistered(asset), now(DraftRules.SYSTEM_BOOK));
    }
    tell(DraftRules.SYSTEM_BOOK);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    String book = account.id().book();
    synchronized (this) {
      if (!assets.containsKey(account.asset())) {
        return failed(new UnknownAsset(account.asset()));
      }
      Account known = entries(book).accounts.get(account.id().path());
      if (known != null) {
        return answer(DefinitionRules.again(known, account));
      }
      append(book, new AccountOpened(account), now(book));
    }
    tell(book);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic) {
    List<PostResult> results;
    synchronized (this) {
      results =
          GroupRules.commit(drafts, atomic, entries(book), (draft, accepted) -> post(book, draft));
    }
    tell(book);
    return CompletableFuture.completedFuture(List.copyOf(results));
  }

  private Posted post(String name, TransactionDraft draft) {
    Instant at = now(name);
    UUID id = origin.transactionId(at, name, entries(name).lastSeq() + 1);
    Event event = append(name, new TransactionPosted(id, draft), at);
    return new Posted(id, event.seq(), at, false);
  }

  /**
   * Takes an event as another store committed it, time and id included: how a model is brought to
   * the state of a store whose events are at hand.
   *
   * @throws IllegalStateException if it cannot come next in this book
   */
  public synchronized void apply(String book, Event event) {
    if (event.seq() != entries(book).lastSeq() + 1 || event.at().isBefore(entries(book).lastAt())) {
      throw new IllegalStateException(
          "after seq "
              + entries(book).lastSeq()
              + " at "
              + entries(book).lastAt()
              + " in "
              + book
              + " cannot come "
              + event);
    }
    append(book, event.payload(), event.at());
  }

  private Event append(String name, Event.Payload payload, Instant at) {
    Book book = entries(name);
    Event event = new Event(book.lastSeq() + 1, at, payload);
    book.events.add(event);
    if (payload instanceof AssetRegistered registered) {
      assets.put(registered.asset().id(), registered.asset());
    } else if (payload instanceof AccountOpened opened) {
      book.accounts.put(opened.account().id().path(), opened.account());
    } else if (payload instanceof TransactionPosted posted) {
      book.byKey.put(posted.draft().idempotencyKey(), event);
      Map<String, BigInteger> nets = new HashMap<>();
      for (Posting posting : posted.draft().postings()) {
        nets.merge(posting.account(), signed(posting), BigInteger::add);
      }
      nets.forEach(
          (path, net) -> {
            Int128 before = book.balances.getOrDefault(path, Int128.ZERO);
            Int128 after = Int128.of(before.toBigInteger().add(net));
            if (after == null || !book.accounts.containsKey(path)) {
              throw new IllegalStateException("cannot be posted to " + path + ": " + event);
            }
            book.balances.put(path, after);
          });
    }
    return event;
  }

  private Instant now(String book) {
    Instant now = origin.now().truncatedTo(ChronoUnit.MICROS);
    Instant last = entries(book).lastAt();
    return now.isBefore(last) ? last : now;
  }

  // ---- reads

  @Override
  public synchronized BalanceView balance(AccountId account, @Nullable Instant asOf) {
    return balance(account, asOf, until(account.book(), asOf));
  }

  @Override
  public synchronized BalanceView balanceAt(AccountId account, long seq) {
    checkReaches(account.book(), seq);
    return balance(account, null, upTo(account.book(), seq));
  }

  private BalanceView balance(AccountId account, @Nullable Instant asOf, List<Event> events) {
    Account definition = opened(account);
    BigInteger raw = BigInteger.ZERO;
    long updatedSeq = 0;
    for (Event event : events) {
      if (event.payload() instanceof TransactionPosted posted) {
        for (Posting posting : posted.draft().postings()) {
          if (posting.account().equals(account.path())) {
            raw = raw.add(signed(posting));
            updatedSeq = event.seq();
          }
        }
      }
    }
    Int128 effective = Int128.of(definition.creditNormal() ? raw.negate() : raw);
    Asset asset = assets.get(definition.asset());
    if (effective == null || asset == null) {
      throw new IllegalStateException("out of range, or asset lost: " + account + " " + raw);
    }
    return new BalanceView(account, asset.id(), asset.precision(), effective, asOf, updatedSeq);
  }

  @Override
  public synchronized HistoryPage history(
      AccountId account, long afterSeq, int limit, int bytesMax) {
    opened(account);
    PageFill page = new PageFill(bytesMax);
    List<PostingView> items = new ArrayList<>();
    int transactions = 0;
    for (Event event : entries(account.book()).events) {
      if (event.seq() <= afterSeq) {
        continue;
      }
      List<PostingView> ofEvent =
          views(account.book(), event).stream()
              .filter(view -> view.account().equals(account))
              .toList();
      if (!ofEvent.isEmpty()) {
        if (transactions == limit || !page.takes(PageFill.bytes(ofEvent))) {
          return new HistoryPage(items, items.get(items.size() - 1).seq());
        }
        transactions++;
        items.addAll(ofEvent);
      }
    }
    return new HistoryPage(items, null);
  }

  @Override
  public synchronized @Nullable TransactionView transaction(UUID txId) {
    for (Map.Entry<String, Book> book : books.entrySet()) {
      for (Event event : book.getValue().events) {
        if (event.payload() instanceof TransactionPosted posted && posted.id().equals(txId)) {
          return transaction(book.getKey(), event, posted);
        }
      }
    }
    return null;
  }

  @Override
  public synchronized TrialBalance trialBalance(String book, @Nullable Instant asOf) {
    return trialBalance(book, asOf, until(book, asOf));
  }

  @Override
  public synchronized TrialBalance trialBalanceAt(String book, long seq) {
    checkReaches(book, seq);
    return trialBalance(book, null, upTo(book, seq));
  }

  private TrialBalance trialBalance(String book, @Nullable Instant asOf, List<Event> events) {
    Map<String, TrialBalance.Line> lines = new TreeMap<>(DraftRules.BYTEWISE);
    for (Event event : events) {
      for (PostingView view : views(book, event)) {
        lines.merge(view.asset(), TrialBalance.Line.of(view), TrialBalance.Line::plus);
      }
    }
    return new TrialBalance(book, asOf, List.copyOf(lines.values()));
  }

  @Override
  public synchronized List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    List<Event> events = entries(book).events;
    int from = (int) Math.min(Math.max(afterSeq, 0), events.size());
    PageFill page = new PageFill(bytesMax);
    return events.subList(from, Math.min(from + limit, events.size())).stream()
        .takeWhile(event -> page.takes(PageFill.bytes(event)))
        .toList();
  }

  @Override
  public synchronized long lastSeq(String book) {
    return entries(book).lastSeq();
  }

  private static TransactionView transaction(String book, Event event, TransactionPosted posted) {
    return new TransactionView(
        posted.id(),
        book,
        event.seq(),
        event.at(),
        views(book, event),
        posted.draft().externalRefs(),
        posted.draft().metadata());
  }

  @Override
  public synchronized Page<Asset, String> assets(@Nullable String after, int limit) {
    return page(assets.keySet(), after, limit, assets::get);
  }

  @Override
  public synchronized @Nullable Asset asset(String id) {
    return assets.get(id);
  }

  @Override
  public synchronized Page<BookView, String> books(@Nullable String after, int limit) {
    return page(books(), after, limit, this::book);
  }

  @Override
  public synchronized @Nullable BookView book(String name) {
    Book book = books.get(name);
    return book == null || book.lastSeq() == 0
        ? null
        : new BookView(name, book.lastSeq(), book.lastAt(), book.accounts.size(), null);
  }

  @Override
  public synchronized Page<AccountView, String> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    List<String> paths =
        entries(book).accounts.keySet().stream().filter(path -> path.startsWith(prefix)).toList();
    return page(paths, after, limit, path -> account(new AccountId(book, path)));
  }

  @Override
  public synchronized AccountView account(AccountId account) {
    BalanceView balance = balance(account, null);
    return new AccountView(
        opened(account), balance.precision(), balance.effective(), balance.updatedSeq());
  }

  @Override
  public synchronized Page<TransactionView, Long> transactions(
      String book, long afterSeq, int limit, int bytesMax) {
    List<TransactionView> items = new ArrayList<>();
    PageFill page = new PageFill(bytesMax);
    for (Event event : entries(book).events) {
      if (event.seq() > afterSeq && event.payload() instanceof TransactionPosted posted) {
        TransactionView view = transaction(book, event, posted);
        if (items.size() == limit || !page.takes(PageFill.bytes(view))) {
          return new Page<>(items, items.get(items.size() - 1).seq());
        }
        items.add(view);
      }
    }
    return new Page<>(items, null);
  }

  @Override
  public synchronized @Nullable TransactionView transactionByKey(
      String book, String idempotencyKey) {
    Event event = entries(book).byKey.get(idempotencyKey);
    return event == null ? null : transaction(book, event, (TransactionPosted) event.payload());
  }

  private static <T> Page<T, String> page(
      Collection<String> names,
      @Nullable String after,
      int limit,
      Function<String, @Nullable T> lookUp) {
    List<String> behind =
        names.stream()
            .filter(name -> after == null || DraftRules.BYTEWISE.compare(name, after) > 0)
            .sorted(DraftRules.BYTEWISE)
            .toList();
    List<String> onPage = behind.subList(0, Math.min(limit, behind.size()));
    List<T> items = new ArrayList<>();
    for (String name : onPage) {
      items.add(requireNonNull(lookUp.apply(name)));
    }
    return new Page<>(items, onPage.size() < behind.size() ? onPage.get(limit - 1) : null);
  }

  /** The names of the books that hold an event, in no particular order. */
  public synchronized List<String> books() {
    return books.entrySet().stream()
        .filter(book -> book.getValue().lastSeq() > 0)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The accounts of a book, in no particular order. */
  public synchronized List<Account> accounts(String book) {
    return List.copyOf(entries(book).accounts.values());
  }

  @Override
  public synchronized Watch watch(String book, Runnable onAdvance) {
    Registration registration = new Registration(book, onAdvance);
    watchers.add(registration);
    return () -> {
      synchronized (InMemoryStore.this) {
        watchers.remove(registration);
      }
    };
  }

  @Override
  public synchronized Watch watchAll(Consumer<String> onAdvance) {
    watchersOfAll.add(onAdvance);
    return () -> {
      synchronized (InMemoryStore.this) {
        watchersOfAll.remove(onAdvance);
      }
    };
  }

  @Override
  public StoreHealth health() {
    return health;
  }

  @Override
  public @Nullable Outage check() {
    return health.ofStore();
  }

  @Override
  public void acceptClock() {}

  @Override
  public void close() {}

  private void tell(String book) {
    List<Registration> told;
    List<Consumer<String>> toldOfAll;
    synchronized (this) {
      told = watchers.stream().filter(each -> each.book.equals(book)).toList();
      toldOfAll = List.copyOf(watchersOfAll);
    }
    told.forEach(each -> each.onAdvance.run());
    toldOfAll.forEach(each -> each.accept(book));
  }

  private Book entries(String name) {
    return books.computeIfAbsent(name, n -> new Book());
  }

  private Account opened(AccountId id) {
    Account account = entries(id.book()).accounts.get(id.path());
    if (account == null) {
      throw new LedgerException(new UnknownAccount(id.key()));
    }
    return account;
  }

  private List<Event> until(String book, @Nullable Instant asOf) {
    return entries(book).events.stream()
        .filter(event -> asOf == null || !event.at().isAfter(asOf))
        .toList();
  }

  private List<Event> upTo(String book, long seq) {
    return entries(book).events.subList(0, (int) seq);
  }

  private static List<PostingView> views(String book, Event event) {
    if (!(event.payload() instanceof TransactionPosted posted)) {
      return List.of();
    }
    return posted.draft().postings().stream()
        .map(
            posting ->
                new PostingView(
                    event.seq(),
                    posted.id(),
                    new AccountId(book, posting.account()),
                    posting.minor(),
                    posting.asset(),
                    posting.direction(),
                    event.at()))
        .toList();
  }

  private static BigInteger signed(Posting posting) {
    BigInteger minor = posting.minor().toBigInteger();
    return posting.direction() == Side.DEBIT ? minor : minor.negate();
  }

  private static CompletableFuture<Void> answer(@Nullable LedgerError error) {
    return error == null ? CompletableFuture.completedFuture(null) : failed(error);
  }

  private static <T> CompletableFuture<T> failed(LedgerError error) {
    return CompletableFuture.failedFuture(new LedgerException(error));
  }
}
