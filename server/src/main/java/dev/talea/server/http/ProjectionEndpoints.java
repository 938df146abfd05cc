// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.json.ProjectionJson;
import dev.talea.projections.ProjectionEngine;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.settings.Setting;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The routes of those who look after projections: how they are, and what a person may have them do.
 * They are about all books, so they take a token for all books. What is asked for is written into
 * the target, and whichever process runs the projection does it.
 *
 * <p>Called on event loops; the target is asked on threads of its own.
 */
final class ProjectionEndpoints {
  private final @Nullable ProjectionService projections;
  private final ProjectionAnswers answers;

  /**
   * @param projections null where none are named
   * @param threads on which the target is waited for
   */
  ProjectionEndpoints(@Nullable ProjectionService projections, Executor threads) {
    this.projections = projections;
    this.answers = new ProjectionAnswers(threads);
  }

  List<Route> routes() {
    return List.of(
        Route.page("/v1/projections", this::list),
        Route.guarded("GET", "/v1/projections/{name}", this::one),
        Route.guarded(
            "POST", "/v1/projections/{name}/rebuild", call -> change(call, rebuild(call))),
        Route.guarded("POST", "/v1/projections/{name}/retry", call -> change(call, retry(call))),
        Route.guarded("POST", "/v1/projections/{name}/skip", call -> change(call, skip(call))),
        Route.guarded("POST", "/v1/projections/{name}/drop", call -> change(call, drop(call))),
        Route.guarded("POST", "/v1/projections/{name}/verify", call -> change(call, verify(call))));
  }

  void list(Call call) {
    checkScope(call, false);
    ProjectionService service = projections;
    if (service == null) {
      call.json(ProjectionJson.page(List.of()));
      return;
    }
    call.when(answers.asked(service::status), found -> call.json(ProjectionJson.page(found)));
  }

  /** One of them; with {@code book} and {@code min_seq} when it has come as far. */
  void one(Call call) {
    checkScope(call, false);
    String name = call.path("name");
    String book = call.query().text("book");
    ProjectionAnswers.Wanted wanted = ProjectionAnswers.Wanted.of(call);
    if (wanted.minSeq() > 0 && book == null) {
      throw new LedgerException(
          new InvalidDraft("query", "min_seq is the seq of a book, which must be given"));
    }
    ProjectionService service = known(name);
    boolean strings = call.stringAmounts(Accepted.JSON);
    answers.whenReached(
        call,
        wanted,
        service,
        name,
        String.valueOf(book),
        () ->
            service.status().stream()
                .filter(status -> status.name().equals(name))
                .map(
                    status -> Answers.json(call.requestId(), ProjectionJson.write(status), strings))
                .findFirst()
                .orElseThrow(() -> unknown(name)));
  }

  private static Consumer<ProjectionEngine> rebuild(Call call) {
    String name = call.path("name");
    return engine -> engine.rebuild(name);
  }

  private static Consumer<ProjectionEngine> verify(Call call) {
    String name = call.path("name");
    return engine -> engine.verify(name);
  }

  private static Consumer<ProjectionEngine> drop(Call call) {
    String name = call.path("name");
    return engine -> engine.drop(name);
  }

  private static Consumer<ProjectionEngine> retry(Call call) {
    String name = call.path("name");
    String book = call.query().text("book");
    return engine -> engine.retry(name, book);
  }

  private static Consumer<ProjectionEngine> skip(Call call) {
    String name = call.path("name");
    Query query = call.query();
    String book = query.needed("book");
    String why = query.needed("why");
    long seq = query.cursor("seq", 0);
    if (seq < 1) {
      throw new LedgerException(new InvalidDraft("query", "seq must be given, 1 or more"));
    }
    return engine -> engine.skip(name, book, seq, why, call.grant().name());
  }

  private void change(Call call, Consumer<ProjectionEngine> what) {
    checkScope(call, true);
    ProjectionService service = known(call.path("name"));
    call.when(
        answers.asked(
            () -> {
              what.accept(service.engine());
              return true;
            }),
        done -> call.respond(Answers.accepted(call.requestId())));
  }

  private ProjectionService known(String name) {
    ProjectionService service = projections;
    if (service == null || !service.knows(name)) {
      throw unknown(name);
    }
    return service;
  }

  private static LedgerException unknown(String name) {
    return new LedgerException(
        new NotFound(
            "projection "
                + name
                + (name.equals(ProjectionService.WEBHOOKS)
                    ? ", which keeps no tables to read; see /v1/webhooks"
                    : ", which " + Setting.PROJECTIONS.variable() + " does not name here")));
  }

  private static void checkScope(Call call, boolean change) {
    Grant grant = call.grant();
    if (!(change ? grant.mayWrite(Grant.ALL_BOOKS) : grant.mayRead(Grant.ALL_BOOKS))) {
      throw new LedgerException(new Forbidden(Grant.ALL_BOOKS));
    }
  }
}
