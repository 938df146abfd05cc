package dev.talea.client;

import dev.talea.client.Retrier.Outcome;
import dev.talea.client.Retrier.Outcome.Again;
import dev.talea.client.Retrier.Outcome.Done;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.json.AnswerReader;
import dev.talea.ledger.json.DraftWriter;
import dev.talea.net.ClientRequest;
import dev.talea.net.Headers;
import dev.talea.net.HttpClient;
import dev.talea.net.HttpClientSettings;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A ledger on the other end of a connection: {@link LedgerApi} over HTTP.
 *
 * <p>Calls are tried again as the {@link RetryPolicy} says. When the tries are used up, or the
 * refusal is not temporary, a future fails with the {@link LedgerException} that the ledger would
 * have thrown in process; a server that cannot be reached is {@link LedgerError.Unavailable}, one
 * that does not answer in time {@link LedgerError.Timeout}. A failed write of either kind may have
 * happened all the same: post it again with the same key, and the answer tells.
 *
 * <p>Any thread may call. Futures complete on the client's event loop, so what is chained to them
 * must not block.
 */
public final class TaleaClient implements LedgerApi {
  private static final String BATCH = "/v1/transactions/batch";

  /** Leaves room in a request body of 2 MiB for brackets and commas. */
  private static final int BATCH_BYTES_MAX = 2 * 1024 * 1024 - 1024;

  /** As many as the queue of the connections takes; the others wait before it. */
  private static final int IN_HAND_MAX = 4096;

  private final Wire wire;
  private final Retrier retrier;
  private final RetryPolicy policy;
  private final Surroundings surroundings;
  private final int batchMax;
  private final Duration subscriptionPatience;

  private TaleaClient(Builder builder) {
    this.surroundings = builder.surroundings();
    this.policy = builder.policy;
    this.retrier = new Retrier(policy, surroundings);
    this.batchMax = builder.batchMax;
    this.subscriptionPatience = builder.subscriptionPatience;
    this.wire =
        new Wire(
            HttpClient.to(builder.origin(), builder.settings()),
            builder.base,
            builder.headers(),
            builder.timeout,
            new Gate(IN_HAND_MAX, Gate.WAITING_BYTES_MAX, builder.timeout, surroundings));
  }

  /**
   * A client in the making.
   *
   * @param url such as {@code http://127.0.0.1:8080}; a path is put in front of every request
   * @throws IllegalArgumentException if it is not a URL of that kind
   */
  public static Builder builder(String url) {
    return new Builder(url);
  }

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    return write("/v1/assets", DraftWriter.asset(asset));
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    return write("/v1/accounts", DraftWriter.account(account));
  }

  /**
   * Confirms that the server's clock is right although it has run far ahead of the time that has
   * passed. Needs a token for all books that may write. Does nothing if the clock is not in doubt.
   */
  public CompletableFuture<Void> acceptClock() {
    return write("/v1/clock/accept", new byte[0]);
  }

  private CompletableFuture<Void> write(String target, byte[] json) {
    // The body of a 204 is empty, and null is no answer that a future of Outcome could carry.
    return call(wire.post(target, json), body -> Boolean.TRUE).thenApply(done -> null);
  }

  @Override
  public CompletableFuture<Posted> post(TransactionDraft draft) {
    return call(
        wire.post("/v1/transactions", DraftWriter.transaction(draft)), AnswerReader::posted);
  }

  /**
   * {@inheritDoc}
   *
   * <p>A list too long for one request goes out as several, one after the other. If one of them
   * fails as a whole, so does the call, and drafts of the ones before are posted. Slots that answer
   * {@code overloaded} are tried again, and only those.
   */
  @Override
  public CompletableFuture<List<PostResult>> postBatch(List<TransactionDraft> drafts) {
    List<List<byte[]>> requests = new ArrayList<>();
    long bytes = 0;
    for (TransactionDraft draft : drafts) {
      byte[] json = DraftWriter.transaction(draft);
      List<byte[]> last = requests.isEmpty() ? null : requests.get(requests.size() - 1);
      if (last == null || last.size() == batchMax || bytes + json.length + 1 > BATCH_BYTES_MAX) {
        last = new ArrayList<>();
        requests.add(last);
        bytes = 0;
      }
      last.add(json);
      bytes += json.length + 1;
    }
    List<PostResult> results = new ArrayList<>(drafts.size());
    CompletableFuture<List<PostResult>> sent = CompletableFuture.completedFuture(results);
    for (List<byte[]> request : requests) {
      sent =
          sent.thenCompose(
              soFar ->
                  new BatchCall(request)
                      .run()
                      .thenApply(
                          slots -> {
                            results.addAll(slots);
                            return results;
                          }));
    }
    return sent;
  }

  @Override
  public CompletableFuture<List<Posted>> postAtomically(List<TransactionDraft> drafts) {
    if (drafts.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    return call(
        wire.post(BATCH + "?atomic=true", DraftWriter.transactions(drafts)),
        body -> AnswerReader.batch(body).stream().map(PostResult::orThrow).toList());
  }

  @Override
  public CompletableFuture<BalanceView> balance(AccountId account, @Nullable Instant asOf) {
    String target = accountTarget(account);
    return target == null
        ? unknown(account)
        : call(wire.get(target + "/balance" + asOf(asOf)), AnswerReader::balance);
  }

  @Override
  public CompletableFuture<HistoryPage> history(AccountId account, long afterSeq, int limit) {
    String target = accountTarget(account);
    String query = "?after_seq=" + cursor(afterSeq, limit);
    return target == null
        ? unknown(account)
        : call(wire.get(target + "/history" + query), AnswerReader::history);
  }

  @Override
  public CompletableFuture<TransactionView> transaction(UUID txId) {
    return call(wire.get("/v1/transactions/" + txId), AnswerReader::transaction);
  }

  @Override
  public CompletableFuture<TrialBalance> trialBalance(String book, @Nullable Instant asOf) {
    String target = bookTarget(book);
    return target == null
        // A book that cannot have been written to: the answer needs no server.
        ? CompletableFuture.completedFuture(new TrialBalance(book, asOf, List.of()))
        : call(wire.get(target + "/trial-balance" + asOf(asOf)), AnswerReader::trialBalance);
  }

  @Override
  public CompletableFuture<Page<Asset, String>> assets(@Nullable String after, int limit) {
    return list("/v1/assets?", after, limit, AnswerReader::assets);
  }

  @Override
  public CompletableFuture<Asset> asset(String id) {
    String segment = PercentEncoder.encode(id);
    return segment == null || segment.isEmpty()
        ? refused(new UnknownAsset(id))
        : call(wire.get("/v1/assets/" + segment), AnswerReader::asset);
  }

  @Override
  public CompletableFuture<Page<BookView, String>> books(@Nullable String after, int limit) {
    return list("/v1/books?", after, limit, AnswerReader::books);
  }

  @Override
  public CompletableFuture<BookView> book(String name) {
    String target = bookTarget(name);
    return target == null
        ? refused(new NotFound("book " + name))
        : call(wire.get(target), AnswerReader::book);
  }

  @Override
  public CompletableFuture<Page<AccountView, String>> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    String target = bookTarget(book);
    String wanted = PercentEncoder.encode(prefix);
    return target == null || wanted == null
        ? CompletableFuture.completedFuture(new Page<>(List.of(), null))
        : list(target + "/accounts?prefix=" + wanted + "&", after, limit, AnswerReader::accounts);
  }

  @Override
  public CompletableFuture<AccountView> account(AccountId account) {
    String target = accountTarget(account);
    return target == null ? unknown(account) : call(wire.get(target), AnswerReader::account);
  }

  @Override
  public CompletableFuture<Page<TransactionView, Long>> transactions(
      String book, long afterSeq, int limit) {
    String target = bookTarget(book);
    return target == null
        ? CompletableFuture.completedFuture(new Page<>(List.of(), null))
        : call(
            wire.get(target + "/transactions?after_seq=" + cursor(afterSeq, limit)),
            AnswerReader::transactions);
  }

  @Override
  public CompletableFuture<TransactionView> transactionByKey(String book, String idempotencyKey) {
    String target = bookTarget(book);
    String key = PercentEncoder.encode(idempotencyKey);
    return target == null || key == null || key.isEmpty()
        ? refused(new NotFound("transaction by key " + idempotencyKey))
        : call(wire.get(target + "/transactions/by-key/" + key), AnswerReader::transaction);
  }

  @Override
  public CompletableFuture<Page<Event, Long>> events(String book, long afterSeq, int limit) {
    String target = bookTarget(book);
    return target == null
        ? CompletableFuture.completedFuture(new Page<>(List.of(), null))
        : call(wire.get(target + "/events?from=" + cursor(afterSeq, limit)), AnswerReader::events);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Connects with the first {@link EventStream#poll}. A connection that is lost, falls silent or
   * skips an event is replaced, from the event after the last one seen. The stream fails if the
   * first connection cannot be made with the tries of the {@link RetryPolicy}, if there is no sign
   * of life for as long as the builder's patience, and when the server refuses for good.
   */
  @Override
  public EventStream subscribe(String book, long fromSeq) {
    String target = bookTarget(book);
    if (target == null) {
      throw new LedgerException(new InvalidDraft("book", "is empty or not well-formed text"));
    }
    return new HttpEventStream(
        wire,
        book,
        target + "/events",
        Math.max(fromSeq, 1),
        policy,
        subscriptionPatience,
        surroundings);
  }

  /** Closes all connections; calls and streams under way fail. */
  @Override
  public void close() {
    wire.close();
  }

  private <T> CompletableFuture<T> call(ClientRequest request, Function<byte[], T> read) {
    return retrier.run(() -> wire.send(request, read));
  }

  /** Null for a name that no book can have and no path can spell. */
  private static @Nullable String bookTarget(String book) {
    String segment = PercentEncoder.encode(book);
    return segment == null || segment.isEmpty() ? null : "/v1/books/" + segment;
  }

  private static @Nullable String accountTarget(AccountId account) {
    String book = bookTarget(account.book());
    String path = PercentEncoder.encode(account.path());
    return book == null || path == null || path.isEmpty() ? null : book + "/accounts/" + path;
  }

  /**
   * Asks for a page that is ordered by names.
   *
   * @param target with the beginning of a query
   */
  private <T> CompletableFuture<T> list(
      String target, @Nullable String after, int limit, Function<byte[], T> read) {
    String query = target + "limit=" + Math.max(limit, 0);
    if (after != null) {
      String behind = PercentEncoder.encode(after);
      if (behind == null) {
        return refused(new InvalidDraft("query", "after is not well-formed text"));
      }
      query += "&after=" + behind;
    }
    return call(wire.get(query), read);
  }

  /** The values of the query for a page of seqs. */
  private static String cursor(long afterSeq, int limit) {
    return Math.max(afterSeq, 0) + "&limit=" + Math.max(limit, 0);
  }

  /** For names that no account can have and no path can spell. */
  private static <T> CompletableFuture<T> unknown(AccountId account) {
    return refused(new UnknownAccount(account.key()));
  }

  private static <T> CompletableFuture<T> refused(LedgerError error) {
    return CompletableFuture.failedFuture(new LedgerException(error));
  }

  private static String asOf(@Nullable Instant moment) {
    return moment == null ? "" : "?as_of=" + PercentEncoder.encode(moment.toString());
  }

  /**
   * One request of a batch, which shrinks to the slots that answered {@code overloaded} from try to
   * try. Tries follow each other, so there is nothing to lock.
   */
  private final class BatchCall {
    private final List<byte[]> drafts;
    private final PostResult[] slots;
    private List<Integer> open = new ArrayList<>();

    BatchCall(List<byte[]> drafts) {
      this.drafts = drafts;
      this.slots = new PostResult[drafts.size()];
      for (int i = 0; i < slots.length; i++) {
        open.add(i);
      }
    }

    CompletableFuture<List<PostResult>> run() {
      return retrier.run(this::attempt);
    }

    private CompletableFuture<Outcome<List<PostResult>>> attempt() {
      return wire.send(wire.post(BATCH, body()), AnswerReader::batch).thenApply(this::take);
    }

    private byte[] body() {
      int length = 1;
      for (int i : open) {
        length += drafts.get(i).length + 1;
      }
      byte[] body = new byte[length];
      int end = 0;
      for (int i : open) {
        byte[] draft = drafts.get(i);
        body[end] = (byte) (end == 0 ? '[' : ',');
        System.arraycopy(draft, 0, body, end + 1, draft.length);
        end += draft.length + 1;
      }
      body[end] = ']';
      return body;
    }

    private Outcome<List<PostResult>> take(Outcome<List<PostResult>> outcome) {
      if (outcome instanceof Again<List<PostResult>> again) {
        // After a first try, most slots may have an answer already; it must not get lost.
        return new Again<>(again.why(), again.retryAfter(), fallback(again.why().error()));
      }
      List<PostResult> answers = ((Done<List<PostResult>>) outcome).answer();
      if (answers.size() != open.size()) {
        throw new LedgerException(
            new LedgerError.Internal(
                "a batch of "
                    + open.size()
                    + " drafts was answered with "
                    + answers.size()
                    + " slots"));
      }
      List<Integer> stillOpen = new ArrayList<>();
      LedgerException why = null;
      for (int i = 0; i < answers.size(); i++) {
        int slot = open.get(i);
        slots[slot] = answers.get(i);
        if (answers.get(i) instanceof PostResult.Refused refused
            && refused.error() instanceof LedgerError.Overloaded) {
          stillOpen.add(slot);
          why = new LedgerException(refused.error());
        }
      }
      open = stillOpen;
      return why == null ? new Done<>(List.of(slots)) : new Again<>(why, null, List.of(slots));
    }

    private @Nullable List<PostResult> fallback(LedgerError error) {
      if (open.size() == slots.length) {
        return null;
      }
      PostResult[] filled = slots.clone();
      for (int i : open) {
        filled[i] = new PostResult.Refused(error);
      }
      return List.of(filled);
    }
  }

  /** Collects what a client is made of; for one thread. */
  public static final class Builder {
    private final URI base;
    private @Nullable String token;
    private Duration timeout = Duration.ofSeconds(30);
    private RetryPolicy policy = RetryPolicy.DEFAULT;
    private RandomGenerator random = new SplittableRandom();
    private Duration subscriptionPatience = Duration.ofMinutes(30);
    private int batchMax = 500;
    private int connectionsMax = 64;
    private @Nullable Surroundings surroundings;

    private Builder(String url) {
      this.base = checked(url);
    }

    private static URI checked(String url) {
      URI uri;
      try {
        uri = URI.create(url);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("not a URL: " + url, e);
      }
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!http
          || uri.getHost() == null
          || uri.getRawQuery() != null
          || uri.getRawFragment() != null
          || uri.getRawUserInfo() != null) {
        throw new IllegalArgumentException(
            "a server's URL is http://HOST:PORT or https://HOST:PORT, unlike " + url);
      }
      return uri;
    }

    /** Sent as {@code Authorization: Bearer}. Without one, only an open server answers. */
    public Builder token(String token) {
      if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw new IllegalArgumentException(
            "the token is empty or holds a character that no header can carry");
      }
      this.token = token;
      return this;
    }

    /** How long a single try of a call may take; 30 s unless told. */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /** How often a call is tried; {@link RetryPolicy#DEFAULT} unless told. */
    public Builder retries(RetryPolicy policy) {
      this.policy = policy;
      return this;
    }

    /** Where the random part of a wait comes from. */
    public Builder random(RandomGenerator random) {
      this.random = random;
      return this;
    }

    /** How long a subscription bears a server without a sign of life; 30 min unless told. */
    public Builder subscriptionPatience(Duration patience) {
      this.subscriptionPatience = patience;
      return this;
    }

    /** Drafts in one request, at most; 500 unless told, as the server's own limit. */
    public Builder batchMax(int drafts) {
      if (drafts < 1) {
        throw new IllegalArgumentException("batchMax is " + drafts + ", must be at least 1");
      }
      this.batchMax = drafts;
      return this;
    }

    /** Connections for calls, at most; 64 unless told. Subscriptions have their own on top. */
    public Builder connectionsMax(int connections) {
      this.connectionsMax = connections;
      return this;
    }

    Builder surroundings(Surroundings surroundings) {
      this.surroundings = surroundings;
      return this;
    }

    /** The client. It connects when there is something to say. */
    public TaleaClient build() {
      return new TaleaClient(this);
    }

    private Surroundings surroundings() {
      return surroundings != null ? surroundings : new SystemSurroundings(random);
    }

    private URI origin() {
      return URI.create(base.getScheme() + "://" + base.getRawAuthority());
    }

    private HttpClientSettings settings() {
      return HttpClientSettings.builder()
          .connectionsMax(connectionsMax)
          .waitingMax(IN_HAND_MAX)
          .threadName("talea-client")
          .build();
    }

    private Headers headers() {
      Headers common = Headers.of("User-Agent", "talea");
      return token == null ? common : common.with("Authorization", "Bearer " + token);
    }
  }
}
