// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Makes random lists of commands from a seed: the same seed, the same list. The world is small on
 * purpose, so that commands meet: few books, accounts and keys, drafts that come back with or
 * without changes, amounts near the edges of 64 and 128 bits, and about one draft in six that is
 * wrong in some way.
 *
 * <p>One thread.
 */
public final class RandomCommands {
  private static final List<String> BOOKS = List.of("b", "книга/2", "..");
  private static final List<Asset> ASSETS =
      List.of(
          new Asset("USD", AssetClass.FIAT, 2, "Dollar"),
          new Asset("YEN", AssetClass.FIAT, 0, "円"),
          new Asset("ETH", new AssetClass.Crypto("ethereum", null), 18, "Ether"));
  private static final int ACCOUNTS_PER_ASSET = 4;
  private static final int BATCH_MAX = 12;

  private final Random random;
  private final List<TransactionDraft> drafted = new ArrayList<>();
  private int keys;

  public RandomCommands(long seed) {
    this.random = new Random(seed);
  }

  /** A list that opens most of the world first and then does anything. */
  public List<Command> commands(int count) {
    List<Command> commands = new ArrayList<>();
    List<Command> world = world();
    commands.addAll(world.subList(0, Math.min(count, world.size())));
    while (commands.size() < count) {
      commands.add(command());
    }
    return commands;
  }

  /** One more draft, good or bad, new or seen before. */
  public TransactionDraft draft() {
    TransactionDraft draft = chance(20) && !drafted.isEmpty() ? seenBefore() : fresh();
    drafted.add(draft);
    return draft;
  }

  /** A new draft that only a floor or a range can refuse, once the world is open. */
  public TransactionDraft goodDraft() {
    TransactionDraft draft = balanced(pick(BOOKS), "key " + keys++);
    drafted.add(draft);
    return draft;
  }

  /** What registers every asset and opens every account, in random order within reason. */
  public List<Command> world() {
    List<Command> world = new ArrayList<>();
    ASSETS.forEach(asset -> world.add(new Command.Register(asset)));
    List<Command> accounts = new ArrayList<>();
    for (String book : BOOKS) {
      for (Asset asset : ASSETS) {
        for (int i = 0; i < ACCOUNTS_PER_ASSET; i++) {
          accounts.add(new Command.Open(account(book, asset.id(), i)));
        }
      }
    }
    Collections.shuffle(accounts, random);
    world.addAll(accounts);
    return world;
  }

  private Command command() {
    int dice = random.nextInt(100);
    if (dice < 40) {
      return new Command.Post(draft());
    } else if (dice < 50) {
      return new Command.Batch(drafts(false));
    } else if (dice < 56) {
      return new Command.Atomic(drafts(true));
    } else if (dice < 60) {
      return new Command.Register(asset());
    } else if (dice < 66) {
      return new Command.Open(opening());
    } else if (dice < 76) {
      return new Command.Balance(accountId(), moment());
    } else if (dice < 84) {
      return new Command.History(accountId(), random.nextInt(60), random.nextInt(8));
    } else if (dice < 91) {
      return new Command.Totals(book(), moment());
    } else if (dice < 95) {
      return new Command.Transaction(random.nextInt(10_000));
    } else if (dice < 98) {
      return new Command.Follow(book(), random.nextInt(40));
    }
    return new Command.Reopen();
  }

  private List<TransactionDraft> drafts(boolean mostlyOneBook) {
    List<TransactionDraft> drafts = new ArrayList<>();
    int count = random.nextInt(BATCH_MAX + 1);
    String book = pick(BOOKS);
    for (int i = 0; i < count; i++) {
      if (i > 0 && chance(10)) {
        drafts.add(pick(drafts));
      } else if (mostlyOneBook && !chance(5)) {
        drafts.add(balanced(book, "key " + keys++));
        drafted.add(drafts.get(i));
      } else {
        drafts.add(draft());
      }
    }
    return drafts;
  }

  private TransactionDraft seenBefore() {
    TransactionDraft seen = pick(drafted);
    return switch (random.nextInt(6)) {
      case 0 -> Drafts.withPostings(seen, balanced(seen.book(), "").postings());
      case 1 -> Drafts.withPostings(seen, shuffled(seen.postings()));
      case 2 -> Drafts.withExtras(seen, List.of(), "\"changed\"", null);
      default -> seen;
    };
  }

  private List<Posting> shuffled(List<Posting> postings) {
    List<Posting> shuffled = new ArrayList<>(postings);
    Collections.shuffle(shuffled, random);
    return shuffled;
  }

  private TransactionDraft fresh() {
    TransactionDraft good = balanced(pick(BOOKS), "key " + keys++);
    return chance(17) ? spoilt(good) : good;
  }

  private TransactionDraft spoilt(TransactionDraft good) {
    List<Posting> postings = new ArrayList<>(good.postings());
    int at = random.nextInt(postings.size());
    Posting posting = postings.get(at);
    switch (random.nextInt(11)) {
      case 0 -> postings.clear();
      case 1 -> postings.remove(at);
      case 2 -> postings.set(at, with(posting, "nobody", posting.minor(), posting.asset()));
      case 3 -> postings.set(at, with(posting, "", posting.minor(), posting.asset()));
      case 4 -> postings.set(at, with(posting, posting.account(), Int128.ZERO, posting.asset()));
      case 5 -> postings.set(at, with(posting, posting.account(), Int128.of(-3), posting.asset()));
      case 6 -> postings.replaceAll(each -> with(each, each.account(), each.minor(), "GBP"));
      case 7 -> postings.replaceAll(each -> with(each, each.account(), each.minor(), "YEN"));
      case 8 -> {
        return new TransactionDraft(book(), "", postings, List.of(), null, null);
      }
      case 9 -> {
        return new TransactionDraft(
            chance(50) ? "_system" : "nowhere", "k", postings, List.of(), null, null);
      }
      default -> {
        postings.add(with(posting, posting.account(), Int128.MAX, posting.asset()));
        postings.add(with(posting, posting.account(), Int128.MAX, posting.asset()));
      }
    }
    return Drafts.withPostings(good, postings);
  }

  private static Posting with(Posting posting, String account, Int128 minor, String asset) {
    return new Posting(account, minor, asset, posting.direction());
  }

  /** Debits equal credits, in one asset or two. */
  private TransactionDraft balanced(String book, String key) {
    List<Posting> postings = new ArrayList<>();
    for (int i = chance(15) ? 2 : 1; i > 0; i--) {
      String asset = pick(ASSETS).id();
      BigInteger amount = amount();
      split(postings, asset, amount, Side.DEBIT);
      split(postings, asset, amount, Side.CREDIT);
    }
    Collections.shuffle(postings, random);
    boolean extras = chance(25);
    return new TransactionDraft(
        book,
        key,
        postings,
        extras ? List.of(new ExternalRef("bank", "№ " + random.nextInt())) : List.of(),
        extras ? new JsonText("{\"n\":" + random.nextInt(100) + ".50}") : null,
        extras ? Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)) : null);
  }

  private void split(List<Posting> postings, String asset, BigInteger amount, Side side) {
    BigInteger left = amount;
    for (int parts = random.nextInt(3); parts > 0; parts--) {
      BigInteger part = new BigInteger(left.bitLength() + 1, random).mod(left);
      if (part.signum() > 0) {
        postings.add(posting(asset, part, side));
        left = left.subtract(part);
      }
    }
    postings.add(posting(asset, left, side));
  }

  private Posting posting(String asset, BigInteger minor, Side side) {
    Int128 exact = Int128.of(minor);
    if (exact == null) {
      throw new IllegalStateException("made an amount out of range: " + minor);
    }
    return new Posting(asset + " " + random.nextInt(ACCOUNTS_PER_ASSET), exact, asset, side);
  }

  /** Mostly small; now and then at an edge of 64 or 128 bits. */
  private BigInteger amount() {
    if (!chance(8)) {
      return BigInteger.valueOf(1 + random.nextInt(200));
    }
    int[] edges = {31, 53, 62, 63, 64, 65, 100, 125, 126};
    BigInteger edge = BigInteger.ONE.shiftLeft(edges[random.nextInt(edges.length)]);
    return edge.add(BigInteger.valueOf(random.nextInt(3) - 1));
  }

  private Asset asset() {
    return switch (random.nextInt(4)) {
      case 0 -> new Asset("USD", AssetClass.FIAT, random.nextInt(4), "Dollar");
      case 1 -> new Asset("", AssetClass.FIAT, 0, "nameless");
      case 2 -> new Asset("A" + random.nextInt(5), AssetClass.FIAT, random.nextInt(300), "x");
      default -> pick(ASSETS);
    };
  }

  private Account opening() {
    String book = book();
    String asset = chance(10) ? "GBP" : pick(ASSETS).id();
    return account(book, asset, random.nextInt(ACCOUNTS_PER_ASSET + 3));
  }

  /** The same account for the same number, but for a few that come in two versions. */
  private Account account(String book, String asset, int number) {
    Side[] sides = {null, Side.DEBIT, Side.CREDIT, null};
    Int128[] floors = {null, Int128.of(-500), Int128.ZERO, null};
    AccountKind kind =
        number > ACCOUNTS_PER_ASSET && chance(50) ? AccountKind.CLEARING : AccountKind.ASSET;
    return new Account(
        new AccountId(book, asset + " " + number),
        asset,
        kind,
        sides[number % sides.length],
        floors[number % floors.length]);
  }

  private AccountId accountId() {
    String path = chance(5) ? "nobody" : pick(ASSETS).id() + " " + random.nextInt(5);
    return new AccountId(book(), path);
  }

  private String book() {
    return chance(5) ? "nowhere" : pick(BOOKS);
  }

  private Command.Moment moment() {
    long[] plus = {0, 0, 0, -1, 1, 999, -1_000, 1_000, 5_000_000};
    return new Command.Moment(
        chance(40) ? -1 : random.nextInt(10_000), plus[random.nextInt(plus.length)]);
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private <T extends @Nullable Object> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
