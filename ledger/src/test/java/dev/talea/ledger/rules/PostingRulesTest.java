// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AssetMismatch;
import dev.talea.ledger.LedgerError.ConstraintViolation;
import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PostingRulesTest {
  private record State(Account definition, Int128 rawBalance)
      implements PostingRules.AccountState {}

  private final Map<String, State> accounts = new HashMap<>();

  private void open(String path, @Nullable Side side, @Nullable Int128 floor, Int128 raw) {
    Account account = new Account(new AccountId("b", path), "USD", AccountKind.ASSET, side, floor);
    accounts.put(path, new State(account, raw));
  }

  private void open(String path, long raw) {
    open(path, null, null, Int128.of(raw));
  }

  /** Answers with a fresh object every time, as a store without an account table would. */
  private PostingRules.Decision<State> decide(Posting... postings) {
    return PostingRules.decide(
        draft("b", "k", postings),
        path -> {
          State state = accounts.get(path);
          return state == null ? null : new State(state.definition, state.rawBalance);
        });
  }

  private LedgerError refusal(Posting... postings) {
    return assertInstanceOf(PostingRules.Refused.class, decide(postings)).error();
  }

  private List<Int128> after(Posting... postings) {
    PostingRules.Decision<State> decision = decide(postings);
    if (decision instanceof PostingRules.Accepted<State> accepted) {
      return accepted.balancesAfter();
    }
    return fail("refused: " + decision);
  }

  private static List<Int128> longs(long... values) {
    return Arrays.stream(values).mapToObj(Int128::of).toList();
  }

  @Test
  void anAcceptedDraftTellsTheBalanceOfEachPostingsAccountAfterIt() {
    open("a", 10);
    open("b", -10);
    assertEquals(longs(15, -15), after(debit("a", 5, "USD"), credit("b", 5, "USD")));
    assertEquals(
        longs(14, -14, 14),
        after(debit("a", 5, "USD"), credit("b", 4, "USD"), credit("a", 1, "USD")),
        "postings of one account share the net");
  }

  @Test
  void accountsComeBeforeBalances() {
    open("a", null, Int128.of(100), Int128.ZERO);
    assertEquals(new UnknownAccount("b:x"), refusal(debit("a", 1, "USD"), credit("x", 1, "USD")));
    assertEquals(
        new AssetMismatch("b:a", "USD", "EUR"),
        refusal(debit("a", 1, "EUR"), credit("x", 1, "EUR")));
  }

  @Test
  void rangeComesBeforeFloorAndNamesTheFirstPostingOfItsAccount() {
    open("low", null, Int128.of(100), Int128.ZERO);
    open("full", null, null, Int128.MAX);
    open("empty", null, null, Int128.MIN);
    assertEquals(
        new InvalidAmount(Int128.of(2)),
        refusal(
            debit("low", 1, "USD"),
            debit("full", 2, "USD"),
            credit("empty", 3, "USD"),
            debit("full", 4, "USD")));
    assertEquals(
        List.of(Int128.MAX, Int128.MAX),
        after(debit("full", 2, "USD"), credit("full", 2, "USD")),
        "beyond the range on the way only");
    assertEquals(
        List.of(Int128.MIN, Int128.MIN),
        after(credit("empty", 2, "USD"), debit("empty", 2, "USD")));
  }

  @Test
  void theFloorIsOfTheEffectiveBalance() {
    open("debit", Side.DEBIT, Int128.of(-5), Int128.ZERO);
    open("credit", Side.CREDIT, Int128.of(-5), Int128.ZERO);
    open("none", null, Int128.of(-5), Int128.ZERO);
    open("free", 0);
    for (String path : List.of("debit", "none")) {
      assertEquals(longs(-5, 5), after(credit(path, 5, "USD"), debit("free", 5, "USD")));
      assertEquals(
          new ConstraintViolation("b:" + path, Int128.of(-5), Int128.of(-6)),
          refusal(credit(path, 6, "USD"), debit("free", 6, "USD")));
    }
    assertEquals(longs(5, -5), after(debit("credit", 5, "USD"), credit("free", 5, "USD")));
    assertEquals(
        new ConstraintViolation("b:credit", Int128.of(-5), Int128.of(-6)),
        refusal(debit("credit", 6, "USD"), credit("free", 6, "USD")));
    open("max", Side.CREDIT, Int128.MAX, Int128.ZERO);
    assertEquals(
        new ConstraintViolation("b:max", Int128.MAX, Int128.of(6)),
        refusal(credit("max", 6, "USD"), debit("free", 6, "USD")));
  }

  @Test
  void theLowestKeyBelowItsFloorAnswersWhateverTheOrderOfPostings() {
    List<String> sorted = List.of("A", "a", "a:b", "b", "ж", "\uFF21", "\uD83D\uDE00");
    sorted.forEach(path -> open(path, null, Int128.ZERO, Int128.ZERO));
    open("free", 0);
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      List<String> some = new ArrayList<>(sorted);
      Collections.shuffle(some, random);
      some = some.subList(0, 1 + random.nextInt(some.size()));
      List<Posting> postings = new ArrayList<>();
      some.forEach(path -> postings.add(credit(path, 1, "USD")));
      postings.add(debit("free", some.size(), "USD"));
      String lowest = Collections.min(some, (x, y) -> sorted.indexOf(x) - sorted.indexOf(y));
      assertEquals(
          new ConstraintViolation("b:" + lowest, Int128.ZERO, Int128.of(-1)),
          refusal(postings.toArray(Posting[]::new)));
    }
  }

  /** The rules again, as slowly and plainly as they can be said. */
  private @Nullable LedgerError plainly(List<Posting> postings, Map<String, BigInteger> after) {
    for (Posting posting : postings) {
      State state = accounts.get(posting.account());
      if (state == null) {
        return new UnknownAccount("b:" + posting.account());
      }
      if (!state.definition.asset().equals(posting.asset())) {
        return new AssetMismatch(
            "b:" + posting.account(), state.definition.asset(), posting.asset());
      }
      BigInteger minor = posting.minor().toBigInteger();
      after.merge(
          posting.account(),
          state
              .rawBalance
              .toBigInteger()
              .add(posting.direction() == Side.DEBIT ? minor : minor.negate()),
          (old, first) -> old.add(first).subtract(state.rawBalance.toBigInteger()));
    }
    for (Posting posting : postings) {
      if (Int128.of(requireNonNull(after.get(posting.account()))) == null) {
        return new InvalidAmount(posting.minor());
      }
    }
    for (String path : new TreeMap<>(Map.copyOf(keysByBytes(postings))).values()) {
      Account account = requireNonNull(accounts.get(path)).definition;
      BigInteger raw = requireNonNull(after.get(path));
      Int128 effective = Int128.of(account.creditNormal() ? raw.negate() : raw);
      if (account.minBalance() != null
          && effective != null
          && effective.compareTo(account.minBalance()) < 0) {
        return new ConstraintViolation("b:" + path, account.minBalance(), effective);
      }
    }
    return null;
  }

  /** Paths by the hexadecimal spelling of their UTF-8, which sorts as the bytes do. */
  private static Map<String, String> keysByBytes(List<Posting> postings) {
    Map<String, String> paths = new HashMap<>();
    for (Posting posting : postings) {
      byte[] bytes = posting.account().getBytes(StandardCharsets.UTF_8);
      paths.put(HexFormat.of().formatHex(bytes), posting.account());
    }
    return paths;
  }

  @Test
  void theRulesAgreeWithTheirPlainStatement() {
    long seed = Long.getLong("talea.seed", 99L);
    Random random = new Random(seed);
    BigInteger[] edges = {
      BigInteger.ZERO,
      BigInteger.TEN,
      BigInteger.ONE.shiftLeft(63),
      Int128.MAX.toBigInteger(),
      Int128.MAX.toBigInteger().subtract(BigInteger.TEN)
    };
    int accepted = 0;
    for (int round = 0; round < 20_000; round++) {
      accounts.clear();
      for (int i = 0; i < 6; i++) {
        BigInteger raw = edges[random.nextInt(edges.length)];
        Int128 balance = Int128.of(random.nextBoolean() ? raw : raw.negate());
        Side side = new Side[] {null, Side.DEBIT, Side.CREDIT}[random.nextInt(3)];
        Int128 floor = random.nextInt(3) == 0 ? Int128.of(random.nextInt(20) - 10) : null;
        open("p" + i, side, floor, balance == null ? Int128.ZERO : balance);
      }
      List<Posting> postings = new ArrayList<>();
      for (int i = random.nextInt(random.nextInt(10) == 0 ? 60 : 5) + 1; i > 0; i--) {
        String path = "p" + random.nextInt(random.nextInt(20) == 0 ? 8 : 6);
        String asset = random.nextInt(40) == 0 ? "EUR" : "USD";
        BigInteger edge = edges[1 + random.nextInt(random.nextInt(4) == 0 ? 4 : 1)];
        Int128 minor = Int128.of(edge.subtract(BigInteger.valueOf(random.nextInt(10))));
        postings.add(
            new Posting(
                path,
                minor == null ? Int128.MAX : minor,
                asset,
                random.nextBoolean() ? Side.DEBIT : Side.CREDIT));
      }
      Map<String, BigInteger> after = new HashMap<>();
      LedgerError expected = plainly(postings, after);
      PostingRules.Decision<State> decision = decide(postings.toArray(Posting[]::new));
      String context = "-Dtalea.seed=" + seed + ", round " + round + ": " + postings;
      if (decision instanceof PostingRules.Refused<State> refused) {
        assertEquals(expected, refused.error(), context);
      } else {
        accepted++;
        assertEquals(null, expected, context);
        PostingRules.Accepted<State> yes = (PostingRules.Accepted<State>) decision;
        for (int i = 0; i < postings.size(); i++) {
          String path = postings.get(i).account();
          assertEquals(after.get(path), yes.balancesAfter().get(i).toBigInteger(), context);
          assertEquals(path, yes.accounts().get(i).definition().id().path(), context);
        }
      }
    }
    assertTrue(accepted > 2_000, "too few were accepted to say much: " + accepted);
  }

  /** Nearly every draft has two postings and a short way of its own, which must decide the same. */
  @Test
  void twoPostingsAreDecidedAsManyAre() {
    Random random = new Random(2);
    Int128[] amounts = {
      Int128.of(1), Int128.of(7), Int128.of(Long.MAX_VALUE), Int128.MAX, Int128.of(100)
    };
    Int128[] balances = {
      Int128.ZERO,
      Int128.of(99),
      Int128.of(-100),
      Int128.MAX,
      Int128.MIN,
      Int128.of(Long.MIN_VALUE),
      Int128.of(Long.MAX_VALUE)
    };
    Int128[] floors = {Int128.ZERO, Int128.of(-100), Int128.MAX, Int128.MIN};
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      for (String path : List.of("p", "q")) {
        open(
            path,
            random.nextBoolean() ? null : random.nextBoolean() ? Side.DEBIT : Side.CREDIT,
            random.nextInt(3) > 0 ? null : floors[random.nextInt(floors.length)],
            balances[random.nextInt(balances.length)]);
      }
      Posting[] postings = new Posting[2];
      for (int p = 0; p < 2; p++) {
        String path = random.nextBoolean() ? "p" : "q";
        Int128 amount = amounts[random.nextInt(amounts.length)];
        postings[p] =
            new Posting(path, amount, "USD", random.nextBoolean() ? Side.DEBIT : Side.CREDIT);
      }
      PostingRules.Decision<State> decision = decide(postings);
      // Balances on paper, of which there are none here, take the way of many.
      assertEquals(
          PostingRules.decide(draft("b", "k", postings), accounts::get, Map.of()), decision);
      accepted += decision instanceof PostingRules.Accepted ? 1 : 0;
    }
    assertTrue(accepted > 2_000 && accepted < 18_000, "accepted " + accepted);
  }
}
