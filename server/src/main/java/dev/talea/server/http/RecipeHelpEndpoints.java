// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.run.Assistant;
import dev.talea.reconcile.run.JsonTree;
import dev.talea.reconcile.run.Reconciliation;
import dev.talea.server.reconcile.ReconcileService;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The routes that help a person to a recipe: the format of a file, a draft, and a trial. They save
 * nothing, but they read rows and begin a process, so that they take what a run takes: {@code rw}
 * on every book that is named. Apart from {@link ReconcileEndpoints}, whose answers wait for a disk
 * and not for half a minute.
 *
 * <p>Called on event loops; the work is waited for on threads of its own.
 */
final class RecipeHelpEndpoints {
  private final ReconcileService service;
  private final Executor threads;

  /**
   * @param threads on which samples are waited for
   */
  RecipeHelpEndpoints(ReconcileService service, Executor threads) {
    this.service = service;
    this.threads = threads;
  }

  List<Route> routes() {
    String at = "/v1/reconcile/";
    return List.of(
        withRows(at + "profiles/detect", this::detect),
        withRows(at + "recipes/propose", this::propose),
        withRows(at + "recipes/preview", this::preview));
  }

  private static Route withRows(String template, Endpoint endpoint) {
    return new Route("POST", template, false, true, Route.PAGE_BYTES, endpoint);
  }

  private void answer(Call call, Function<Reconciliation, Map<String, @Nullable Object>> what) {
    CompletableFuture<byte[]> asked =
        ReconcileEndpoints.asked(threads, () -> JsonTree.bytes(what.apply(service.get())));
    call.when(asked, json -> call.respond(Answers.json(call.requestId(), json, false)));
  }

  void detect(Call call) {
    ReconcileEndpoints.checkWriter(call);
    String upload = call.query().needed("upload");
    if (!upload.matches("[1-9][0-9]{0,17}")) {
      throw new LedgerException(new InvalidDraft("query", "upload is not the id of an upload"));
    }
    answer(
        call,
        of -> of.proposals().detect(Long.parseLong(upload), ReconcileEndpoints.ownUploads(call)));
  }

  void propose(Call call) {
    if (WriteEndpoints.isJson(call)) {
      Map<String, @Nullable Object> wanted = ReconcileEndpoints.body(call);
      Assistant assistant = call.query().flag("assistant") ? assistant() : null;
      answer(
          call,
          of ->
              of.proposals()
                  .propose(
                      wanted,
                      assistant,
                      books -> ReconcileEndpoints.check(call, books, true),
                      ReconcileEndpoints.ownUploads(call)));
    }
  }

  private Assistant assistant() {
    Assistant assistant = service.assistant();
    if (assistant == null) {
      throw new LedgerException(
          new InvalidDraft(
              "query",
              "assistant is asked for, and there is none here: set ANTHROPIC_MODEL, and"
                  + " ANTHROPIC_API_KEY or TALEA_ASSISTANT_URL"));
    }
    return assistant;
  }

  void preview(Call call) {
    if (WriteEndpoints.isJson(call)) {
      Map<String, @Nullable Object> wanted = ReconcileEndpoints.body(call);
      answer(
          call,
          of ->
              of.previews()
                  .preview(
                      wanted,
                      books -> ReconcileEndpoints.check(call, books, true),
                      ReconcileEndpoints.ownUploads(call)));
    }
  }
}
