// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.Limits;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import java.util.ArrayList;
import java.util.List;

/**
 * The process that {@link LargeDraftsTest} gives a small heap: sends short drafts with the keys of
 * large ones, and reads the large ones page by page. Says how many there were of each.
 */
final class SmallHeapChild {
  private static final int PAGE = 1_000;

  /** The last of the accounts. */
  private static final int FIRST = 4;

  private SmallHeapChild() {}

  public static void main(String[] args) {
    try (SqlLedgerStore store = Backends.open(List.of(args).subList(1, args.length))) {
      int count = Integer.parseInt(args[0]);
      List<TransactionDraft> drafts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        drafts.add(Drafts.move("b0", LargeDraftsTest.bulkKey(i), "p0", "p1", 2, "EUR"));
      }
      drafts.set(7, LargeDraftsTest.manyPostings(LargeDraftsTest.bulkKey(7)));
      int conflicts = 0;
      int again = 0;
      for (PostResult result : store.commit("b0", drafts, false).join()) {
        if (result instanceof Refused refused && refused.error() instanceof IdempotencyConflict) {
          conflicts++;
        } else if (result instanceof Posted posted && posted.deduplicated()) {
          again++;
        }
      }
      // A page of small ones, from which the next cannot be told, and a few of a large one each.
      int transactions = 0;
      int events = 0;
      for (int page = 0; page < 4; page++) {
        transactions +=
            store
                .reads()
                .transactions("b0", FIRST + transactions, PAGE, Limits.PAGE_BYTES_MAX)
                .items()
                .size();
        events += store.reads().events("b0", events, PAGE, Limits.PAGE_BYTES_MAX).size();
      }
      System.out.println(
          String.join(
              ", ",
              conflicts + " conflicts",
              again + " again",
              transactions + " transactions",
              events + " events"));
    }
  }
}
