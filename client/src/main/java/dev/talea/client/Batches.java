// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.client.Retrier.Outcome;
import dev.talea.client.Retrier.Outcome.Again;
import dev.talea.client.Retrier.Outcome.Done;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.DraftWriter;
import dev.talea.ledger.json.ResultJson;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Posts lists of drafts: cuts them into requests that the server takes, sends those one after the
 * other, and tries again what was turned away for lack of room, slot by slot. Apart from the client
 * because every other call is one request with one answer.
 *
 * <p>Any thread may call.
 */
final class Batches {
  static final String TARGET = "/v1/transactions/batch";

  /** Leaves room in a request body of 2 MiB for brackets and commas. */
  private static final int BYTES_MAX = 2 * 1024 * 1024 - 1024;

  private final Wire wire;
  private final Retrier retrier;
  private final int draftsMax;

  /**
   * @param draftsMax in one request
   */
  Batches(Wire wire, Retrier retrier, int draftsMax) {
    this.wire = wire;
    this.retrier = retrier;
    this.draftsMax = draftsMax;
  }

  /** See {@link TaleaClient#postBatch}. */
  CompletableFuture<List<PostResult>> post(List<TransactionDraft> drafts) {
    List<List<byte[]>> requests = new ArrayList<>();
    long bytes = 0;
    for (TransactionDraft draft : drafts) {
      byte[] json = DraftWriter.transaction(draft);
      List<byte[]> last = requests.isEmpty() ? null : requests.get(requests.size() - 1);
      if (last == null || last.size() == draftsMax || bytes + json.length + 1 > BYTES_MAX) {
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
                  new Request(request)
                      .run()
                      .thenApply(
                          slots -> {
                            results.addAll(slots);
                            return results;
                          }));
    }
    return sent;
  }

  /**
   * One request of a batch, which shrinks to the slots that answered {@code overloaded} from try to
   * try. Tries follow each other, so there is nothing to lock.
   */
  private final class Request {
    private final List<byte[]> drafts;
    private final PostResult[] slots;
    private List<Integer> open = new ArrayList<>();

    Request(List<byte[]> drafts) {
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
      return wire.send(wire.post(TARGET, body()), ResultJson::readBatch).thenApply(this::take);
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
}
