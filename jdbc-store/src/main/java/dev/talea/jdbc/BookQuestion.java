// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a group has to know of a book before it can be decided: which keys are taken, how accounts
 * stand, which assets there are. Asked in sets, whatever the size of the group.
 *
 * @param book its name
 * @param opens whether the group may bring the book into being
 * @param keys in the order of the drafts
 * @param draftBytesMax stored drafts that are larger are left out of the answer, but for their size
 */
record BookQuestion(
    String book,
    boolean opens,
    Set<String> keys,
    Set<String> paths,
    Set<String> assets,
    int draftBytesMax) {

  static BookQuestion of(String book, List<WriteRequest> requests, int draftBytesMax) {
    boolean opens = false;
    Set<String> keys = new LinkedHashSet<>();
    Set<String> paths = new HashSet<>();
    Set<String> assets = new HashSet<>();
    for (WriteRequest request : requests) {
      if (request instanceof WriteRequest.Commit commit) {
        for (TransactionDraft draft : commit.drafts) {
          keys.add(draft.idempotencyKey());
          for (Posting posting : draft.postings()) {
            paths.add(posting.account());
          }
        }
      } else if (request instanceof WriteRequest.Open open) {
        opens = true;
        paths.add(open.account.id().path());
        assets.add(open.account.asset());
      } else if (request instanceof WriteRequest.Register register) {
        assets.add(register.asset.id());
      }
    }
    return new BookQuestion(book, opens, keys, paths, assets, draftBytesMax);
  }
}
