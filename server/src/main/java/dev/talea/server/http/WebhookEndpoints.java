// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.WebhookDraft;
import dev.talea.ledger.json.WebhookJson;
import dev.talea.ledger.projection.WebhookView;
import dev.talea.projections.webhook.Webhooks;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.settings.Setting;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The routes of those who have events sent to them. A webhook is for tokens that reach all of its
 * books; to others it is not there. Whichever process delivers sees in the tables what was changed
 * here.
 *
 * <p>Called on event loops; the target is asked on threads of its own.
 */
final class WebhookEndpoints {
  private final @Nullable ProjectionService projections;
  private final ProjectionAnswers answers;

  /**
   * @param projections null where none are named
   * @param threads on which the target is waited for
   */
  WebhookEndpoints(@Nullable ProjectionService projections, Executor threads) {
    this.projections = projections;
    this.answers = new ProjectionAnswers(threads);
  }

  List<Route> routes() {
    String one = "/v1/webhooks/{id}";
    return List.of(
        Route.guarded("POST", "/v1/webhooks", this::add),
        Route.page("/v1/webhooks", this::list),
        Route.guarded("GET", one, this::one),
        Route.guarded("DELETE", one, this::remove),
        Route.page(one + "/deliveries", this::deliveries),
        Route.guarded("POST", one + "/pause", this::pause),
        Route.guarded("POST", one + "/resume", this::resume),
        Route.guarded("POST", one + "/replay", this::replay),
        Route.guarded("POST", one + "/rotate", this::rotate));
  }

  void add(Call call) {
    if (!WriteEndpoints.isJson(call)) {
      return;
    }
    WebhookDraft draft = WebhookDraft.read(call.request().body());
    checkScope(call.grant(), draft.books(), true);
    ProjectionService service = projections;
    if (service == null) {
      throw new LedgerException(
          new Unavailable(
              "webhooks are kept in the tables of projections, and none are known here; name some"
                  + " in "
                  + Setting.PROJECTIONS.variable()));
    }
    call.when(
        answers.asked(
            () -> {
              WebhookView.Keyed added = service.webhooks().add(draft, call.grant().name());
              service.webhooksChanged();
              return WebhookJson.write(added);
            }),
        call::json);
  }

  void list(Call call) {
    Grant grant = call.grant();
    ProjectionService service = projections;
    if (service == null) {
      call.json(WebhookJson.writePage(List.of()));
      return;
    }
    call.when(
        answers.asked(
            () ->
                WebhookJson.writePage(
                    service.webhooks().list().stream()
                        .filter(webhook -> mayRead(grant, webhook.books()))
                        .toList())),
        call::json);
  }

  void one(Call call) {
    answer(
        call, false, webhooks -> WebhookJson.write(webhooks.status(call.path("id"))), call::json);
  }

  void remove(Call call) {
    answer(
        call,
        true,
        webhooks -> {
          webhooks.remove(call.path("id"));
          return true;
        },
        done -> call.noContent());
  }

  void pause(Call call) {
    String by = call.grant().name();
    answer(
        call, true, webhooks -> WebhookJson.write(webhooks.pause(call.path("id"), by)), call::json);
  }

  void resume(Call call) {
    answer(call, true, webhooks -> WebhookJson.write(webhooks.resume(call.path("id"))), call::json);
  }

  void replay(Call call) {
    Query query = call.query();
    String book = query.needed("book");
    long seq = query.cursor("seq", 0);
    if (seq < 1) {
      throw new LedgerException(new InvalidDraft("query", "seq must be given, 1 or more"));
    }
    answer(
        call,
        true,
        webhooks -> WebhookJson.write(webhooks.replay(call.path("id"), book, seq)),
        call::json);
  }

  void rotate(Call call) {
    answer(call, true, webhooks -> WebhookJson.write(webhooks.rotate(call.path("id"))), call::json);
  }

  void deliveries(Call call) {
    Query query = call.query();
    long after = query.cursor("after", 0);
    int limit = query.pageLimit();
    answer(
        call,
        false,
        webhooks -> {
          List<WebhookView.Attempt> page =
              webhooks.deliveries(call.path("id"), after == 0 ? Long.MAX_VALUE : after, limit);
          Long next = page.size() < limit ? null : page.get(page.size() - 1).number();
          return WebhookJson.writeAttempts(new Page<>(page, next));
        },
        call::json);
  }

  /** Does something with the webhook that the path names, if the caller may. */
  private <T> void answer(
      Call call, boolean change, Function<Webhooks, T> what, Consumer<? super T> answering) {
    String id = call.path("id");
    ProjectionService service = projections;
    if (service == null) {
      throw Webhooks.unknown(id);
    }
    Grant grant = call.grant();
    call.when(
        answers.asked(
            () -> {
              Set<String> books = service.webhooks().find(id).selection().books();
              if (!mayRead(grant, books)) {
                throw Webhooks.unknown(id);
              }
              checkScope(grant, books, change);
              T done = what.apply(service.webhooks());
              if (change) {
                service.webhooksChanged();
              }
              return done;
            }),
        answering);
  }

  private static boolean mayRead(Grant grant, @Nullable Set<String> books) {
    return books == null ? grant.mayRead(Grant.ALL_BOOKS) : books.stream().allMatch(grant::mayRead);
  }

  /** All books, named or not, have to be within reach of the token. */
  private static void checkScope(Grant grant, @Nullable Set<String> books, boolean change) {
    for (String book : books == null ? Set.of(Grant.ALL_BOOKS) : books) {
      if (!(change ? grant.mayWrite(book) : grant.mayRead(book))) {
        throw new LedgerException(new Forbidden(book));
      }
    }
  }
}
