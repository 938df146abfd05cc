// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the narrow rules accept, the rules accept, and come to the same balances. */
class NarrowRulesTest {
  private static final long SEED = Long.getLong("talea.seed", 11);
  private static final int TRANSACTIONS = 200_000;
  private static final int ACCOUNTS = 6;

  /** Sums of two of them are around all limits there are. */
  private static final long[] EDGES = {
    0, 1, 2, 100, Long.MAX_VALUE / 2, Long.MAX_VALUE - 1, Long.MAX_VALUE
  };

  private record State(Account definition, Int128 rawBalance)
      implements PostingRules.AccountState, NarrowRules.NarrowAccount {
    @Override
    public boolean isNarrow() {
      return rawBalance.fitsLong();
    }

    @Override
    public long narrowBalance() {
      return rawBalance.low();
    }

    @Override
    public long leastBalance() {
      return NarrowRules.least(definition);
    }

    @Override
    public long mostBalance() {
      return NarrowRules.most(definition);
    }
  }

  private final Random random = new Random(SEED);

  private long edge() {
    long edge = EDGES[random.nextInt(EDGES.length)];
    return switch (random.nextInt(4)) {
      case 0 -> -edge;
      case 1 -> -edge - 1;
      default -> edge;
    };
  }

  private Int128 number() {
    return switch (random.nextInt(8)) {
      case 0 -> Int128.ofParts(edge() / 2, edge());
      case 1 -> Int128.of(edge());
      default -> Int128.of(random.nextInt(200) - 100);
    };
  }

  private State account(int number) {
    @Nullable Int128 floor = random.nextBoolean() ? number() : null;
    @Nullable Side side = new Side[] {null, Side.DEBIT, Side.CREDIT}[random.nextInt(3)];
    AccountId id = new AccountId("b", "a" + number);
    return new State(new Account(id, "EUR", AccountKind.ASSET, side, floor), number());
  }

  @Test
  void whatIsAcceptedIsWhatTheRulesAccept() {
    int accepted = 0;
    int left = 0;
    for (int round = 0; round < TRANSACTIONS; round++) {
      State[] all = new State[ACCOUNTS];
      for (int i = 0; i < ACCOUNTS; i++) {
        all[i] = account(i);
      }
      int count = 1 + random.nextInt(4);
      State[] accounts = new State[count];
      long[] changes = new long[count];
      List<Posting> postings = new ArrayList<>();
      long rest = 0;
      for (int i = 0; i < count; i++) {
        long change = random.nextInt(8) == 0 ? edge() : random.nextInt(200) - 100;
        change = i == count - 1 && random.nextInt(16) > 0 ? -rest : change;
        change = change == 0 || change == Long.MIN_VALUE ? 1 : change;
        rest += change;
        accounts[i] = all[random.nextInt(ACCOUNTS)];
        changes[i] = change;
        postings.add(
            new Posting(
                accounts[i].definition().id().path(),
                Int128.of(Math.abs(change)),
                "EUR",
                change > 0 ? Side.DEBIT : Side.CREDIT));
      }
      long[] after = new long[count];
      boolean yes = NarrowRules.accepts(accounts, changes, count, after);
      boolean balances = DraftRules.checkMoney(postings) == null;
      PostingRules.Decision<State> decision = PostingRules.weigh(postings, List.of(accounts));
      String what = "seed " + SEED + ", round " + round + ": " + postings;
      if (yes) {
        accepted++;
        assertNull(DraftRules.checkMoney(postings), what);
        assertTrue(decision instanceof PostingRules.Accepted<State>, what);
        List<Int128> balancesAfter = ((PostingRules.Accepted<State>) decision).balancesAfter();
        for (int i = 0; i < count; i++) {
          assertEquals(balancesAfter.get(i), Int128.of(after[i]), what);
        }
      } else if (balances
          && decision instanceof PostingRules.Accepted<State> other
          && isOrdinary(postings, accounts, other.balancesAfter())) {
        left++;
      }
    }
    assertTrue(accepted > TRANSACTIONS / 10, accepted + " accepted");
    assertEquals(0, left, "transactions of small numbers that the rules accept, and these do not");
  }

  private static boolean isOrdinary(List<Posting> postings, State[] accounts, List<Int128> after) {
    boolean ordinary = true;
    for (int i = 0; i < accounts.length; i++) {
      Int128 floor = accounts[i].definition().minBalance();
      ordinary &= isSmall(postings.get(i).minor()) && isSmall(accounts[i].rawBalance());
      ordinary &= isSmall(after.get(i)) && (floor == null || isSmall(floor));
    }
    return ordinary;
  }

  private static boolean isSmall(Int128 number) {
    return number.compareTo(Int128.of(1000)) < 0 && number.compareTo(Int128.of(-1000)) > 0;
  }
}
