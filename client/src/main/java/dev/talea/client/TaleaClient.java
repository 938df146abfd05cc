// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Cut;
import dev.talea.ledger.DraftRules;
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
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.json.AccountJson;
import dev.talea.ledger.json.AssetJson;
import dev.talea.ledger.json.BalanceJson;
import dev.talea.ledger.json.BookJson;
import dev.talea.ledger.json.DraftWriter;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.json.HistoryJson;
import dev.talea.ledger.json.ResultJson;
import dev.talea.ledger.json.TransactionJson;
import dev.talea.ledger.json.TrialBalanceJson;
import dev.talea.net.ClientRequest;
import dev.talea.net.Headers;
import dev.talea.net.HttpClient;
import dev.talea.net.HttpClientSettings;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
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
  /** As many as the queue of the connections takes; the others wait before it. */
  private static final int IN_HAND_MAX = 4096;

  private final Wire wire;
  private final Retrier retrier;
  private final RetryPolicy policy;
  private final Surroundings surroundings;
  private final Batches batches;
  private final Duration subscriptionPatience;
  private final TaleaProjections projections;
  private final TaleaWebhooks webhooks;

  private TaleaClient(Builder builder) {
    this.surroundings = builder.surroundings();
    this.policy = builder.policy;
    this.retrier = new Retrier(policy, surroundings);
    this.subscriptionPatience = builder.subscriptionPatience;
    this.wire =
        new Wire(
            HttpClient.to(builder.origin(), builder.settings()),
            builder.base,
            builder.headers(),
            builder.timeout,
            new Gate(IN_HAND_MAX, Gate.WAITING_BYTES_MAX, builder.timeout, surroundings));
    this.batches = new Batches(wire, retrier, builder.batchMax);
    this.projections = new TaleaProjections(wire, retrier, surroundings, builder.timeout);
    this.webhooks = new TaleaWebhooks(wire, retrier, new Retrier(RetryPolicy.NONE, surroundings));
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
        wire.post("/v1/transactions", DraftWriter.transaction(draft)), ResultJson::readPosted);
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
    return batches.post(drafts);
  }

  @Override
  public CompletableFuture<List<Posted>> postAtomically(List<TransactionDraft> drafts) {
    if (drafts.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    return call(
        wire.post(Batches.TARGET + "?atomic=true", DraftWriter.transactions(drafts)),
        body -> ResultJson.readBatch(body).stream().map(PostResult::orThrow).toList());
  }

  @Override
  public CompletableFuture<BalanceView> balance(AccountId account, @Nullable Instant asOf) {
    String target = Targets.account(account);
    return target == null
        ? unknown(account)
        : call(wire.get(target + "/balance" + Targets.asOf(asOf)), BalanceJson::read);
  }

  @Override
  public CompletableFuture<HistoryPage> history(AccountId account, long afterSeq, int limit) {
    String target = Targets.account(account);
    String query = "?after_seq=" + Targets.cursor(afterSeq, limit);
    return target == null
        ? unknown(account)
        : call(wire.get(target + "/history" + query), HistoryJson::read);
  }

  @Override
  public CompletableFuture<TransactionView> transaction(UUID txId) {
    return call(wire.get("/v1/transactions/" + txId), TransactionJson::read);
  }

  @Override
  public CompletableFuture<TrialBalance> trialBalance(String book, @Nullable Instant asOf) {
    String target = Targets.book(book);
    return target == null
        // A book that cannot have been written to: the answer needs no server.
        ? CompletableFuture.completedFuture(new TrialBalance(book, asOf, List.of()))
        : call(wire.get(target + "/trial-balance" + Targets.asOf(asOf)), TrialBalanceJson::read);
  }

  @Override
  public CompletableFuture<Page<Asset, String>> assets(@Nullable String after, int limit) {
    return list("/v1/assets?", after, limit, AssetJson::readPage);
  }

  @Override
  public CompletableFuture<Asset> asset(String id) {
    String segment = PercentEncoder.encode(id);
    return segment == null || segment.isEmpty()
        ? refused(new UnknownAsset(id))
        : call(wire.get("/v1/assets/" + segment), AssetJson::read);
  }

  @Override
  public CompletableFuture<Page<BookView, String>> books(@Nullable String after, int limit) {
    return list("/v1/books?", after, limit, BookJson::readPage);
  }

  @Override
  public CompletableFuture<BookView> book(String name) {
    String target = Targets.book(name);
    return target == null
        ? refused(new NotFound("book " + name))
        : call(wire.get(target), BookJson::read);
  }

  @Override
  public CompletableFuture<Page<AccountView, String>> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    String target = Targets.book(book);
    String wanted = PercentEncoder.encode(prefix);
    return target == null || wanted == null
        ? CompletableFuture.completedFuture(new Page<>(List.of(), null))
        : list(target + "/accounts?prefix=" + wanted + "&", after, limit, AccountJson::readPage);
  }

  @Override
  public CompletableFuture<AccountView> account(AccountId account) {
    String target = Targets.account(account);
    return target == null ? unknown(account) : call(wire.get(target), AccountJson::read);
  }

  @Override
  public CompletableFuture<Page<TransactionView, Long>> transactions(
      String book, long afterSeq, int limit) {
    String target = Targets.book(book);
    return target == null
        ? CompletableFuture.completedFuture(new Page<>(List.of(), null))
        : call(
            wire.get(target + "/transactions?after_seq=" + Targets.cursor(afterSeq, limit)),
            TransactionJson::readPage);
  }

  @Override
  public CompletableFuture<TransactionView> transactionByKey(String book, String idempotencyKey) {
    String target = Targets.book(book);
    String key = PercentEncoder.encode(idempotencyKey);
    return target == null || key == null || key.isEmpty()
        ? refused(new NotFound("transaction by key " + idempotencyKey))
        : call(wire.get(target + "/transactions/by-key/" + key), TransactionJson::read);
  }

  @Override
  public CompletableFuture<Page<Event, Long>> events(String book, long afterSeq, int limit) {
    String target = Targets.book(book);
    return target == null
        ? CompletableFuture.completedFuture(new Page<>(List.of(), null))
        : call(
            wire.get(target + "/events?from=" + Targets.cursor(afterSeq, limit)),
            EventJson::readPage);
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
    String target = Targets.book(book);
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

  /**
   * {@inheritDoc}
   *
   * <p>Connects and comes back as {@link #subscribe(String, long)} does, with the last seq of every
   * book it has seen. A book that is damaged ends when something is heard after the server has said
   * so, within 15 seconds.
   */
  @Override
  public LedgerStream subscribe(@Nullable Set<String> books, Cut after) {
    LedgerError fault = DraftRules.checkBooks(books);
    if (fault != null) {
      throw new LedgerException(fault);
    }
    return new HttpLedgerStream(wire, books, after, policy, subscriptionPatience, surroundings);
  }

  /** Tables that follow the ledger, where the server keeps some. */
  public TaleaProjections projections() {
    return projections;
  }

  /** Those who have the server send them events. */
  public TaleaWebhooks webhooks() {
    return webhooks;
  }

  /** Closes all connections; calls and streams under way fail. */
  @Override
  public void close() {
    wire.close();
  }

  private <T> CompletableFuture<T> call(ClientRequest request, Function<byte[], T> read) {
    return retrier.run(() -> wire.send(request, read));
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

  /** For names that no account can have and no path can spell. */
  private static <T> CompletableFuture<T> unknown(AccountId account) {
    return refused(new UnknownAccount(account.key()));
  }

  private static <T> CompletableFuture<T> refused(LedgerError error) {
    return CompletableFuture.failedFuture(new LedgerException(error));
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
