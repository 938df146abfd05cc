// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Stale;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.DailyBalanceJson;
import dev.talea.ledger.json.PostingRowJson;
import dev.talea.ledger.json.PrefixTotalJson;
import dev.talea.ledger.json.ProjectionJson;
import dev.talea.ledger.json.StatementJson;
import dev.talea.ledger.projection.DailyBalance;
import dev.talea.ledger.projection.Freshness;
import dev.talea.ledger.projection.PostingRow;
import dev.talea.ledger.projection.PrefixTotal;
import dev.talea.ledger.projection.ProjectionApi;
import dev.talea.ledger.projection.ProjectionStatus;
import dev.talea.ledger.projection.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The projections of a server: how they are, and what is read from their tables. They may lag
 * behind the ledger; who has posted and wants to see it says {@link Freshness#of} the seq of the
 * receipt, and is refused with {@link Stale} if the tables do not come to it in time. That is not
 * tried again: whether to wait on is the caller's to decide.
 *
 * <p>Apart from {@link TaleaClient}, as a ledger is one without any projection; over its
 * connections and with its retries, and closed with it. Any thread may call.
 */
public final class TaleaProjections implements ProjectionApi {
  /** As long as a server waits at most. */
  private static final Duration WAIT_MAX = Duration.ofSeconds(5);

  private final Wire wire;
  private final Retrier retrier;
  private final Surroundings surroundings;
  private final Duration waitMax;

  /**
   * @param timeout of a single try
   */
  TaleaProjections(Wire wire, Retrier retrier, Surroundings surroundings, Duration timeout) {
    this.wire = wire;
    this.retrier = retrier;
    this.surroundings = surroundings;
    Duration half = timeout.dividedBy(2);
    this.waitMax = half.compareTo(WAIT_MAX) < 0 ? half : WAIT_MAX;
  }

  /** {@inheritDoc} A token for all books is needed. */
  @Override
  public CompletableFuture<List<ProjectionStatus>> projections() {
    return get("/v1/projections", ProjectionJson::readPage);
  }

  /** One of them; a token for all books is needed. */
  public CompletableFuture<ProjectionStatus> projection(String name) {
    String segment = PercentEncoder.encode(name);
    return segment == null || segment.isEmpty()
        ? CompletableFuture.failedFuture(new LedgerException(new NotFound("projection " + name)))
        : get("/v1/projections/" + segment, ProjectionJson::read);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Asks again and again, as a server does not wait for long. A token for all books is needed.
   */
  @Override
  public CompletableFuture<Long> await(String name, String book, long seq, Duration most) {
    String segment = PercentEncoder.encode(name);
    String ofBook = PercentEncoder.encode(book);
    if (segment == null || segment.isEmpty() || ofBook == null) {
      return CompletableFuture.failedFuture(
          new LedgerException(new NotFound("projection " + name + " of book " + book)));
    }
    String target = "/v1/projections/" + segment + "?book=" + ofBook;
    return await(target, book, seq, surroundings.nanoTime() + most.toNanos());
  }

  private CompletableFuture<Long> await(String target, String book, long seq, long untilNanos) {
    long left = Math.max(0, untilNanos - surroundings.nanoTime());
    boolean last = left <= waitMax.toNanos();
    Freshness wanted = new Freshness(Math.max(seq, 0), last ? Duration.ofNanos(left) : waitMax);
    return get(target + query(wanted), ProjectionJson::read)
        .thenApply(status -> Math.max(seq, seq(status, book)))
        .exceptionallyCompose(
            failure ->
                LedgerErrors.unwrap(failure) instanceof LedgerException refused
                        && refused.error() instanceof Stale stale
                    ? last
                        ? CompletableFuture.completedFuture(stale.position())
                        : await(target, book, seq, untilNanos)
                    : CompletableFuture.failedFuture(failure));
  }

  private static long seq(ProjectionStatus status, String book) {
    return status.positions().stream()
        .filter(position -> position.book().equals(book))
        .mapToLong(ProjectionStatus.Position::seq)
        .findFirst()
        .orElse(0);
  }

  /**
   * A page of the statement of an account.
   *
   * @param to the first day behind the period
   * @param zone whose days are meant; the server's for days unless told
   * @param after {@link Statement#next} of the page before; null for the first
   */
  public CompletableFuture<Statement> statement(
      AccountId account,
      LocalDate from,
      LocalDate to,
      @Nullable ZoneId zone,
      @Nullable String after,
      int limit,
      Freshness freshness) {
    String target = Targets.account(account);
    if (target == null) {
      return CompletableFuture.failedFuture(new LedgerException(new UnknownAccount(account.key())));
    }
    String place = after == null ? null : PercentEncoder.encode(after);
    if (after != null && place == null) {
      return CompletableFuture.failedFuture(
          new LedgerException(new InvalidDraft("query", "after is not well-formed text")));
    }
    String query =
        period(from, to, limit)
            + (zone == null ? "" : "&zone=" + PercentEncoder.encode(zone.getId()))
            + (place == null ? "" : "&after=" + place);
    return get(
        target + "/statement" + query + query(freshness),
        body -> StatementJson.read(account.book(), body));
  }

  /**
   * Days of an account on which there was movement.
   *
   * @param to the first day behind the period
   * @return with the day from which to go on
   */
  public CompletableFuture<Page<DailyBalance, LocalDate>> dailyBalances(
      AccountId account, LocalDate from, LocalDate to, int limit, Freshness freshness) {
    String target = Targets.book(account.book());
    String path = PercentEncoder.encode(account.path());
    return target == null || path == null
        ? CompletableFuture.completedFuture(new Page<>(List.of(), null))
        : get(
            target
                + "/daily-balances"
                + period(from, to, limit)
                + "&path="
                + path
                + query(freshness),
            DailyBalanceJson::readPage);
  }

  /** What all accounts hold now whose paths are a prefix, or lie below it, per asset. */
  public CompletableFuture<List<PrefixTotal>> prefixTotals(
      String book, String prefix, Freshness freshness) {
    String target = Targets.book(book);
    String wanted = PercentEncoder.encode(prefix);
    return target == null || wanted == null
        ? CompletableFuture.completedFuture(List.of())
        : get(
            target + "/prefix-totals?prefix=" + wanted + query(freshness),
            PrefixTotalJson::readPage);
  }

  /**
   * Postings in the order of seqs.
   *
   * @param path of an account; null for all of the book
   * @return with the seq after which to go on
   */
  public CompletableFuture<Page<PostingRow, Long>> postings(
      String book, @Nullable String path, long afterSeq, int limit, Freshness freshness) {
    String target = Targets.book(book);
    String account = path == null ? "" : PercentEncoder.encode(path);
    return target == null || account == null
        ? CompletableFuture.completedFuture(new Page<>(List.of(), null))
        : get(
            target
                + "/postings?after_seq="
                + Targets.cursor(afterSeq, limit)
                + (path == null ? "" : "&path=" + account)
                + query(freshness),
            PostingRowJson::readPage);
  }

  private static String period(LocalDate from, LocalDate to, int limit) {
    return "?from=" + from + "&to=" + to + "&limit=" + Math.max(limit, 0);
  }

  private static String query(Freshness freshness) {
    return freshness.minSeq() == 0
        ? ""
        : "&min_seq=" + freshness.minSeq() + "&wait=" + freshness.most().toMillis() + "ms";
  }

  private <T> CompletableFuture<T> get(String target, Function<byte[], T> read) {
    return retrier.run(() -> wire.send(wire.get(target), read));
  }
}
