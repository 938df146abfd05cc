package dev.talea.index;

import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.PostingRules;
import dev.talea.ledger.PostingRules.Accepted;
import dev.talea.log.BlockBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides a batch that is to be posted whole or not at all, on paper: balances and keys as they
 * would be after each draft are kept in an overlay, and nothing of the book changes. Only when all
 * drafts pass and all their room is there does the writer post them for real.
 *
 * <p>Lives for one decision on the writer thread.
 *
 * @param error the first refusal, or null if all drafts pass
 * @param room bytes the batch takes in one block
 * @param known results of drafts whose keys were used before this batch; null for the others
 * @param repeats for each draft, the slot of the one earlier in this batch with the same key, or -1
 */
@SuppressWarnings("ArrayRecordComponent") // a plan for the writer, never compared
record AtomicBatch(
    @Nullable LedgerError error, int room, @Nullable PostResult[] known, int[] repeats) {

  /** An account as it would be. */
  private static final class Provisional implements PostingRules.AccountState {
    final AccountEntry entry;
    Int128 balance;

    Provisional(AccountEntry entry) {
      this.entry = entry;
      this.balance = entry.balance;
    }

    @Override
    public Account definition() {
      return entry.definition();
    }

    @Override
    public Int128 rawBalance() {
      return balance;
    }
  }

  private static AtomicBatch refused(LedgerError error) {
    return new AtomicBatch(error, 0, new PostResult[0], new int[0]);
  }

  /** What the draft in this slot has been answered before, or null. */
  @Nullable PostResult known(int slot) {
    return known[slot];
  }

  /** The slot that this one repeats, or -1. */
  int repeats(int slot) {
    return repeats[slot];
  }

  /**
   * Also reads all that posting will need: see {@link BookState#prepare}.
   *
   * @param drafts which have passed {@link dev.talea.ledger.DraftRules#checkKeys}
   */
  static AtomicBatch decide(List<PreparedDraft> drafts, BookState state) {
    Map<String, Provisional> provisional = new HashMap<>();
    PostingRules.Accounts<Provisional> overlay =
        path -> {
          Provisional found = provisional.get(path);
          if (found == null) {
            AccountEntry entry = state.accounts.find(path);
            if (entry != null) {
              found = new Provisional(entry);
              provisional.put(path, found);
            }
          }
          return found;
        };
    @Nullable PostResult[] known = new PostResult[drafts.size()];
    int[] repeats = new int[drafts.size()];
    Map<String, Integer> slots = new HashMap<>();
    long room = 0;
    for (int i = 0; i < drafts.size(); i++) {
      PreparedDraft draft = drafts.get(i);
      String key = draft.draft().idempotencyKey();
      PostResult again = state.keys.answer(draft);
      Integer earlier = slots.get(key);
      known[i] = again;
      repeats[i] = again == null && earlier != null ? earlier : -1;
      if (again instanceof Refused conflict) {
        return refused(conflict.error());
      }
      if (again == null && repeats[i] < 0) {
        PostingRules.Decision<Provisional> decision = PostingRules.decide(draft.draft(), overlay);
        if (decision instanceof PostingRules.Refused<Provisional> refused) {
          return refused(refused.error());
        }
        Accepted<Provisional> accepted = (Accepted<Provisional>) decision;
        for (int j = 0; j < accepted.accounts().size(); j++) {
          accepted.accounts().get(j).balance = accepted.balancesAfter().get(j);
        }
        state.prepare(accepted.accounts().stream().map(account -> account.entry).toList());
        slots.put(key, i);
        room += BlockBuilder.bytesFor(draft.bytesMax());
      }
    }
    return new AtomicBatch(null, Math.toIntExact(room), known, repeats);
  }
}
