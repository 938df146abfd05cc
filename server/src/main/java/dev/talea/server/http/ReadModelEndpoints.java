// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Stale;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import dev.talea.projections.TargetException;
import dev.talea.projections.read.ReadModels;
import dev.talea.projections.read.Statement;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.settings.Setting;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
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
  private final Executor threads;

  /**
   * @param projections null where none are named
   * @param zone of days, where a caller names none
   * @param threads on which the target is waited for
   */
  ReadModelEndpoints(@Nullable ProjectionService projections, ZoneId zone, Executor threads) {
    this.projections = projections;
    this.zone = zone;
    this.threads = threads;
  }

  List<Route> routes() {
    return List.of(
        Route.page("/v1/books/{book}/accounts/{path}/statement", this::statement),
        Route.page("/v1/books/{book}/daily-balances", this::dailyBalances),
        Route.page("/v1/books/{book}/prefix-totals", this::prefixTotals),
        Route.page("/v1/books/{book}/postings", this::postings));
  }

  /** In what form an answer goes out. */
  private record Form(boolean csv, boolean stringAmounts) {
    static Form of(Call call) {
      boolean csv = Accepted.prefersCsv(call.request().head().headers().all("Accept"));
      return new Form(csv, call.stringAmounts(Accepted.JSON));
    }
  }

  void statement(Call call) {
    Query query = call.query();
    LocalDate from = query.date("from");
    LocalDate to = query.date("to");
    checkPeriod(from, to);
    ZoneId named = query.zone("zone");
    String after = query.text("after");
    int limit = limit(query);
    AccountId account = call.readableAccount();
    Form form = Form.of(call);
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
          return form.csv
              ? csv(call, ReadModelCsv.statement(found, after == null), found.next())
              : json(call, form, ReadModelJson.statement(found, form.stringAmounts));
        });
  }

  void dailyBalances(Call call) {
    Query query = call.query();
    LocalDate from = query.date("from");
    LocalDate to = query.date("to");
    checkPeriod(from, to);
    String path = query.needed("path");
    int limit = limit(query);
    String book = call.readableBook();
    Form form = Form.of(call);
    answer(
        call,
        DAILY,
        book,
        tables -> {
          var days = tables.daily(book, path, from, to, limit);
          String next =
              days.size() < limit ? null : days.get(days.size() - 1).day().plusDays(1).toString();
          return form.csv
              ? csv(call, ReadModelCsv.daily(days), next)
              : json(call, form, ReadModelJson.daily(days, next, form.stringAmounts));
        });
  }

  void prefixTotals(Call call) {
    String prefix = call.query().needed("prefix");
    String book = call.readableBook();
    Form form = Form.of(call);
    answer(
        call,
        PREFIXES,
        book,
        tables -> {
          var totals = tables.prefixTotals(book, prefix);
          return form.csv
              ? csv(call, ReadModelCsv.totals(totals), null)
              : json(call, form, ReadModelJson.totals(totals, form.stringAmounts));
        });
  }

  void postings(Call call) {
    Query query = call.query();
    String path = query.text("path");
    long afterSeq = query.cursor("after_seq", 0);
    int limit = limit(query);
    String book = call.readableBook();
    Form form = Form.of(call);
    answer(
        call,
        POSTINGS,
        book,
        tables -> {
          var page = tables.postings(book, path, afterSeq, limit);
          Long next = page.next();
          return form.csv
              ? csv(call, ReadModelCsv.postings(page.items()), next == null ? null : "" + next)
              : json(call, form, ReadModelJson.postings(page, form.stringAmounts));
        });
  }

  private static int limit(Query query) {
    long limit = query.limit(Limits.PAGE_LIMIT_DEFAULT);
    return (int) Math.max(1, Math.min(limit, Limits.PAGE_LIMIT_MAX));
  }

  private static void checkPeriod(LocalDate from, LocalDate to) {
    if (to.isBefore(from)) {
      throw new LedgerException(
          new InvalidDraft("query", "to is the day after the last, and before from"));
    }
  }

  private static HttpResponse json(Call call, Form form, byte[] body) {
    return Answers.json(call.requestId(), body, form.stringAmounts).with("Vary", "Accept");
  }

  private static HttpResponse csv(Call call, byte[] body, @Nullable String next) {
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
    return next == null ? answer : answer.with("X-Talea-Next", next);
  }

  /** Waits until the tables hold what was asked for, if something was, and reads them. */
  private void answer(
      Call call, String projection, String book, Function<ReadModels, HttpResponse> read) {
    long minSeq = call.query().cursor("min_seq", 0);
    Duration most = call.query().shortWait("wait");
    ProjectionService service = projections;
    if (service == null) {
      throw new LedgerException(
          new Unavailable(
              "no tables of projections are known here; name some in "
                  + Setting.PROJECTIONS.variable()));
    }
    if (minSeq == 0) {
      call.when(onThread(() -> read.apply(service.tables())), call::respond);
      return;
    }
    Runnable goOn = call.waits();
    CompletableFuture<HttpResponse> answer =
        service
            .await(projection, book, minSeq, most, threads)
            .thenCompose(
                reached -> {
                  if (reached < minSeq) {
                    throw new LedgerException(new Stale(projection, reached));
                  }
                  return onThread(() -> read.apply(service.tables()));
                });
    call.when(
        answer.exceptionallyCompose(e -> CompletableFuture.failedFuture(inWords(e))),
        response -> {
          call.respond(response);
          goOn.run();
        },
        failure -> {
          call.failure(failure);
          goOn.run();
        });
  }

  private interface Reading {
    HttpResponse read();
  }

  private CompletableFuture<HttpResponse> onThread(Reading reading) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return reading.read();
          } catch (TargetException e) {
            throw inWords(e);
          }
        },
        threads);
  }

  private static RuntimeException inWords(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof TargetException e) {
      return ProjectionAnswers.unavailable(e);
    }
    if (cause instanceof RejectedExecutionException) {
      return new LedgerException(new Overloaded(Overloaded.Limit.ADMISSION), cause);
    }
    return cause instanceof RuntimeException known ? known : new CompletionException(cause);
  }
}
