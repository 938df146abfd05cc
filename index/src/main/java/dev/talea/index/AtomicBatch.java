package dev.talea.index;

import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.PostingRules;
import dev.talea.ledger.PostingRules.Accepted;
import dev.talea.log.BlockBuilder;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntFunction;
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
 */
record AtomicBatch(@Nullable LedgerError error, int room) {

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

  private record Earlier(PreparedDraft draft, int index) {}

  /**
   * @param idOf the id that the nth new transaction of the batch would get
   */
  static AtomicBatch decide(
      List<PreparedDraft> drafts, AccountTable accounts, KnownKeys known, IntFunction<UUID> idOf) {
    Map<String, Provisional> provisional = new HashMap<>();
    PostingRules.Accounts<Provisional> overlay =
        path -> {
          Provisional found = provisional.get(path);
          if (found == null) {
            AccountEntry entry = accounts.find(path);
            if (entry != null) {
              found = new Provisional(entry);
              provisional.put(path, found);
            }
          }
          return found;
        };
    Map<String, Earlier> keys = new HashMap<>();
    long room = 0;
    for (PreparedDraft draft : drafts) {
      PostResult again = known.answer(draft);
      Earlier earlier = keys.get(draft.draft().idempotencyKey());
      if (again == null && earlier != null) {
        Posted posted = new Posted(idOf.apply(earlier.index), 0, Instant.EPOCH, false);
        again = KnownKeys.again(draft, earlier.draft.draft().postings(), posted);
      }
      if (again instanceof Refused conflict) {
        return new AtomicBatch(conflict.error(), 0);
      }
      if (again == null) {
        PostingRules.Decision<Provisional> decision = PostingRules.decide(draft.draft(), overlay);
        if (decision instanceof PostingRules.Refused<Provisional> refused) {
          return new AtomicBatch(refused.error(), 0);
        }
        Accepted<Provisional> accepted = (Accepted<Provisional>) decision;
        for (int i = 0; i < accepted.accounts().size(); i++) {
          accepted.accounts().get(i).balance = accepted.balancesAfter().get(i);
        }
        keys.put(draft.draft().idempotencyKey(), new Earlier(draft, keys.size()));
        room += BlockBuilder.bytesFor(draft.bytesMax());
      }
    }
    return new AtomicBatch(null, Math.toIntExact(room));
  }
}
