// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.AccountDraft;
import dev.talea.ledger.json.AssetDraft;
import dev.talea.ledger.json.DraftReader;
import dev.talea.ledger.json.ResultJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The routes that change the ledger. Each walks in the contract's order: content type and body
 * (415, 400), scope (403), then the ledger, which checks the rest.
 *
 * <p>Called on event loops. Answers come on the threads of the store that complete the futures;
 * what is done there is short.
 */
final class WriteEndpoints {
  private final LedgerApi ledger;
  private final int batchDraftsMax;

  WriteEndpoints(LedgerApi ledger, int batchDraftsMax) {
    this.ledger = ledger;
    this.batchDraftsMax = batchDraftsMax;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("POST", "/v1/assets", this::registerAsset),
        Route.guarded("POST", "/v1/accounts", this::openAccount),
        Route.guarded("POST", "/v1/transactions", this::post),
        Route.batch("/v1/transactions/batch", this::postBatch));
  }

  void registerAsset(Call call) {
    if (!isJson(call)) {
      return;
    }
    AssetDraft draft = DraftReader.assetDraft(call.request().body());
    if (!call.grant().mayRegisterAssets()) {
      throw new LedgerException(new Forbidden(Grant.ALL_BOOKS));
    }
    // Looked at here because it comes before the class, which decides whether this is an asset.
    LedgerException.throwIf(DraftRules.checkAssetId(draft.id()));
    call.when(ledger.registerAsset(draft.asset()), done -> call.noContent());
  }

  void openAccount(Call call) {
    if (!isJson(call)) {
      return;
    }
    AccountDraft draft = DraftReader.accountDraft(call.request().body());
    checkScope(call, draft.id().book());
    LedgerException.throwIf(DraftRules.checkPlace(draft.id())); // before the kind
    call.when(ledger.openAccount(draft.account()), done -> call.noContent());
  }

  void post(Call call) {
    if (!isJson(call)) {
      return;
    }
    TransactionDraft draft = DraftReader.transaction(call.request().body());
    checkScope(call, draft.book());
    call.when(ledger.post(draft), posted -> call.json(ResultJson.posted(posted)));
  }

  void postBatch(Call call) {
    if (!isJson(call)) {
      return;
    }
    boolean atomic = call.query().flag("atomic");
    List<TransactionDraft> drafts = DraftReader.transactions(call.request().body(), batchDraftsMax);
    if (atomic) {
      drafts.forEach(draft -> checkScope(call, draft.book()));
      answerBatch(call, ledger.postAtomically(drafts));
    } else {
      answerBatch(call, postInScope(call.grant(), drafts));
    }
  }

  /** Posts what the caller may post; the other slots say so. */
  private CompletableFuture<List<PostResult>> postInScope(
      Grant grant, List<TransactionDraft> drafts) {
    PostResult[] slots = new PostResult[drafts.size()];
    List<TransactionDraft> allowed = new ArrayList<>(drafts.size());
    for (int i = 0; i < slots.length; i++) {
      String book = drafts.get(i).book();
      if (grant.mayWrite(book)) {
        allowed.add(drafts.get(i));
      } else {
        slots[i] = new Refused(new Forbidden(book));
      }
    }
    if (allowed.size() == slots.length) {
      return ledger.postBatch(drafts);
    }
    return ledger
        .postBatch(allowed)
        .thenApply(
            results -> {
              int next = 0;
              for (int i = 0; i < slots.length; i++) {
                if (slots[i] == null) {
                  slots[i] = results.get(next++);
                }
              }
              return Arrays.asList(slots);
            });
  }

  /**
   * Hundreds of receipts are written on the event loop: on the thread that completes them they
   * would hold up the next commit of the book.
   */
  private static void answerBatch(
      Call call, CompletableFuture<? extends List<? extends PostResult>> answer) {
    call.when(answer, results -> call.onEventLoop(() -> call.json(ResultJson.batch(results))));
  }

  private static void checkScope(Call call, String book) {
    if (!call.grant().mayWrite(book)) {
      throw new LedgerException(new Forbidden(book));
    }
  }

  /** Whether the body says that it is plain JSON; if not, the request has been answered. */
  static boolean isJson(Call call) {
    List<String> types = call.request().head().headers().all("Content-Type");
    List<String> codings = call.request().head().headers().all("Content-Encoding");
    String reason = null;
    if (types.size() != 1 || !ContentTypes.isJson(types.get(0))) {
      reason = reason(types);
    } else if (!codings.isEmpty() && !codings.equals(List.of("identity"))) {
      reason = "must not be encoded: Content-Encoding is " + String.join(", ", codings);
    }
    if (reason == null) {
      return true;
    }
    call.respond(Answers.unsupportedMediaType(call.requestId(), reason));
    return false;
  }

  private static String reason(List<String> types) {
    @Nullable String found = types.size() == 1 ? types.get(0) : null;
    return "needs the content type application/json, "
        + (found != null ? "not " + found : types.isEmpty() ? "got none" : "got several");
  }
}
