// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.audit.export.ReadModelCsv;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.DailyBalanceJson;
import dev.talea.ledger.json.PostingRowJson;
import dev.talea.ledger.json.PrefixTotalJson;
import dev.talea.ledger.json.StatementJson;
import dev.talea.ledger.projection.Statement;
import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import dev.talea.projections.read.ReadModels;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.settings.Setting;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The routes that answer from tables of projections, as JSON or CSV. Apart from {@link
 * ReadEndpoints}, which ask the ledger: these may lag behind it, can be asked to wait until they do
 * not, and are not there where no tables are.
 *
 * <p>Called on event loops; tables are read on threads of their own.
 */
final class ReadModelEndpoints {
  private static final String POSTINGS = "postings";
  private static final String DAILY = "daily-balances";
  private static final String PREFIXES = "prefix-totals";

  private final @Nullable ProjectionService projections;
  private final ZoneId zone;
  private final ProjectionAnswers answers;

  /**
   * @param projections null where none are named
   * @param zone of days, where a caller names none
   * @param threads on which the target is waited for
   */
  ReadModelEndpoints(@Nullable ProjectionService projections, ZoneId zone, Executor threads) {
    this.projections = projections;
    this.zone = zone;
    this.answers = new ProjectionAnswers(threads);
  }

  List<Route> routes() {
    return List.of(
        Route.page("/v1/books/{book}/accounts/{path}/statement", this::statement),
        Route.page("/v1/books/{book}/daily-balances", this::dailyBalances),
        Route.page("/v1/books/{book}/prefix-totals", this::prefixTotals),
        Route.page("/v1/books/{book}/postings", this::postings));
  }

  private static boolean wantsCsv(Call call) {
    return Accepted.prefersCsv(call.request().head().headers().all("Accept"));
  }

  void statement(Call call) {
    Query query = call.query();
    LocalDate from = query.date("from");
    LocalDate to = query.date("to");
    checkPeriod(from, to);
    ZoneId named = query.zone("zone");
    String after = query.text("after");
    int limit = query.pageLimit();
    AccountId account = call.readableAccount();
    boolean csv = wantsCsv(call);
    answer(
        call,
        POSTINGS,
        account.book(),
        tables -> {
          Statement found;
          try {
            found =
                tables.statement(
                    account.book(),
                    account.path(),
                    from,
                    to,
                    named == null ? zone : named,
                    after,
                    limit);
          } catch (IllegalArgumentException e) {
            throw new LedgerException(new InvalidDraft("query", "after: " + e.getMessage()), e);
          }
          if (found == null) {
            throw new LedgerException(new UnknownAccount(account.path()));
          }
          return csv
              ? csv(call, ReadModelCsv.statement(found, after == null), found.next())
              : json(call, StatementJson.write(found));
        });
  }

  void dailyBalances(Call call) {
    Query query = call.query();
    LocalDate from = query.date("from");
    LocalDate to = query.date("to");
    checkPeriod(from, to);
    String path = query.needed("path");
    int limit = query.pageLimit();
    String book = call.readableBook();
    boolean csv = wantsCsv(call);
    answer(
        call,
        DAILY,
        book,
        tables -> {
          var days = tables.daily(book, path, from, to, limit);
          LocalDate next = days.size() < limit ? null : days.get(days.size() - 1).day().plusDays(1);
          return csv
              ? csv(call, ReadModelCsv.daily(days), next)
              : json(call, DailyBalanceJson.page(new Page<>(days, next)));
        });
  }

  void prefixTotals(Call call) {
    String prefix = call.query().needed("prefix");
    String book = call.readableBook();
    boolean csv = wantsCsv(call);
    answer(
        call,
        PREFIXES,
        book,
        tables -> {
          var totals = tables.prefixTotals(book, prefix);
          return csv
              ? csv(call, ReadModelCsv.totals(totals), null)
              : json(call, PrefixTotalJson.page(totals));
        });
  }

  void postings(Call call) {
    Query query = call.query();
    String path = query.text("path");
    long afterSeq = query.cursor("after_seq", 0);
    int limit = query.pageLimit();
    String book = call.readableBook();
    boolean csv = wantsCsv(call);
    answer(
        call,
        POSTINGS,
        book,
        tables -> {
          var page = tables.postings(book, path, afterSeq, limit);
          return csv
              ? csv(call, ReadModelCsv.postings(page.items()), page.next())
              : json(call, PostingRowJson.page(page));
        });
  }

  private static void checkPeriod(LocalDate from, LocalDate to) {
    if (to.isBefore(from)) {
      throw new LedgerException(
          new InvalidDraft("query", "to is the day after the last, and before from"));
    }
  }

  private static HttpResponse json(Call call, byte[] body) {
    boolean strings = call.stringAmounts(Accepted.JSON);
    return Answers.json(call.requestId(), body, strings).with("Vary", "Accept");
  }

  private static HttpResponse csv(Call call, byte[] body, @Nullable Object next) {
    HttpResponse answer =
        HttpResponse.of(
            200,
            Headers.of(
                "Content-Type",
                "text/csv; charset=utf-8; header=present",
                "Vary",
                "Accept",
                Answers.REQUEST_ID,
                call.requestId()),
            body);
    return next == null ? answer : answer.with("X-Talea-Next", next.toString());
  }

  /** Waits until the tables hold what was asked for, if something was, and reads them. */
  private void answer(
      Call call, String projection, String book, Function<ReadModels, HttpResponse> read) {
    ProjectionAnswers.Wanted wanted = ProjectionAnswers.Wanted.of(call);
    ProjectionService service = projections;
    if (service == null) {
      throw new LedgerException(
          new Unavailable(
              "no tables of projections are known here; name some in "
                  + Setting.PROJECTIONS.variable()));
    }
    answers.whenReached(
        call, wanted, service, projection, book, () -> read.apply(service.tables()));
  }
}
