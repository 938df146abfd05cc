// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.service.LedgerService;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Gives a ledger and the {@link InMemoryStore} the same commands and compares every answer. The
 * model is handed the ids and commit times that the ledger chose, so answers have to be equal to
 * the letter, moments included; the reasons of malformed drafts, which are for people, may differ.
 * Since the model asks the rules that the ledger asks, answers to writes, balances and totals are
 * compared with a {@link SecondOpinion} too.
 *
 * <p>A failure names the seed and the shortest list of commands that still fails, found by leaving
 * out ever smaller pieces.
 */
public final class ModelCheck {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int SHRINKING_RUNS_MAX = 300;
  private static final int FOLLOWED_MAX = 40;
  private static final int MOMENTS_PER_ACCOUNT = 3;

  /** A ledger to check. */
  public interface Subject extends AutoCloseable {
    /** It, at the moment. */
    LedgerApi ledger();

    /** Closes it and opens it again on the same data; nothing if it ends with its process. */
    default void reopen() throws IOException {}

    /** Lets go of everything, and deletes what it wrote if nobody else does. */
    @Override
    void close() throws IOException;
  }

  private ModelCheck() {}

  /**
   * Checks fresh ledgers with {@code count} commands from the seed.
   *
   * @param fresh makes an empty ledger; called again for every attempt to shrink a failure
   */
  public static void run(long seed, int count, Callable<? extends Subject> fresh) {
    List<Command> commands = new RandomCommands(seed).commands(count);
    String failure = failure(commands, fresh);
    if (failure == null) {
      return;
    }
    List<Command> shortest = shrink(commands, fresh);
    String last = failure(shortest, fresh);
    StringBuilder message = new StringBuilder();
    message.append("seed ").append(seed).append(", ").append(count).append(" commands: ");
    message.append(failure).append("\nShortest list that fails: ").append(last);
    for (int i = 0; i < shortest.size(); i++) {
      message.append("\n  ").append(i).append(' ').append(shortest.get(i));
    }
    throw new AssertionError(message.toString());
  }

  /**
   * Checks one ledger, which must be empty, with these commands; does not close it.
   *
   * @throws AssertionError at the first answer that differs
   */
  public static void run(List<Command> commands, Subject subject) throws Exception {
    new Run(subject).all(commands);
  }

  private static @Nullable String failure(
      List<Command> commands, Callable<? extends Subject> fresh) {
    try (Subject subject = fresh.call()) {
      run(commands, subject);
      return null;
    } catch (AssertionError e) {
      return e.getMessage();
    } catch (Exception e) {
      return "did not get through: " + e;
    }
  }

  /** Leaves out halves, quarters, eighths and so on, as long as what remains still fails. */
  private static List<Command> shrink(List<Command> commands, Callable<? extends Subject> fresh) {
    List<Command> shortest = commands;
    int runs = 0;
    for (int piece = commands.size() / 2; piece > 0; piece /= 2) {
      int from = 0;
      while (from < shortest.size() && runs < SHRINKING_RUNS_MAX) {
        List<Command> shorter = new ArrayList<>(shortest.subList(0, from));
        shorter.addAll(shortest.subList(Math.min(from + piece, shortest.size()), shortest.size()));
        runs++;
        if (failure(shorter, fresh) != null) {
          shortest = shorter;
        } else {
          from += piece;
        }
      }
    }
    return shortest;
  }

  /** An answer, or the refusal in its place. */
  private interface Call {
    @Nullable Object answer() throws Exception;
  }

  private static final class Run implements InMemoryStore.Origin {
    private final Subject subject;
    private final InMemoryStore store = new InMemoryStore(this);
    private final SecondOpinion opinion = new SecondOpinion();
    private final BlockingLedger model = new BlockingLedger(new LedgerService(store, r -> r.run()));

    /** Every commit so far, in the order of the answers. */
    private final List<Posted> commits = new ArrayList<>();

    /** Receipts of the ledger that the model has not posted yet. */
    private final Queue<Posted> receipts = new ArrayDeque<>();

    private String doing = "";

    Run(Subject subject) {
      this.subject = subject;
    }

    @Override
    public Instant now() {
      Posted next = receipts.peek();
      return next == null ? Instant.EPOCH : next.at();
    }

    @Override
    public UUID transactionId(Instant at, String book, long seq) {
      Posted next = receipts.poll();
      return next == null ? new UUID(0, commits.size()) : next.txId();
    }

    void all(List<Command> commands) throws Exception {
      for (int i = 0; i < commands.size(); i++) {
        doing = "command " + i + ", " + commands.get(i);
        step(commands.get(i));
      }
      readEverything();
    }

    private void step(Command command) throws Exception {
      BlockingLedger ledger = new BlockingLedger(subject.ledger());
      if (command instanceof Command.Register c) {
        Object actual = answer(() -> nothing(() -> ledger.registerAsset(c.asset())));
        same(answer(() -> nothing(() -> model.registerAsset(c.asset()))), actual);
        sameAgain(opinion.registers(c.asset()), actual);
      } else if (command instanceof Command.Open c) {
        Object actual = answer(() -> nothing(() -> ledger.openAccount(c.account())));
        same(answer(() -> nothing(() -> model.openAccount(c.account()))), actual);
        sameAgain(opinion.opens(c.account()), actual);
      } else if (command instanceof Command.Post c) {
        same(c.draft(), answer(() -> ledger.post(c.draft())));
      } else if (command instanceof Command.Batch c) {
        batch(c.drafts(), ledger.postBatch(c.drafts()));
      } else if (command instanceof Command.Atomic c) {
        Object actual = answer(() -> ledger.postAtomically(c.drafts()));
        if (actual instanceof List<?> posted) {
          posted.forEach(each -> receipt((Posted) each));
        }
        same(answer(() -> model.postAtomically(c.drafts())), actual);
        sameAgain(opinion.postsAll(c.drafts(), actual), actual);
      } else if (command instanceof Command.Balance c) {
        Instant asOf = moment(c.moment());
        balance(c.account(), asOf, ledger);
      } else if (command instanceof Command.History c) {
        history(c, ledger);
      } else if (command instanceof Command.Totals c) {
        Instant asOf = moment(c.moment());
        trialBalance(c.book(), asOf, ledger);
      } else if (command instanceof Command.Transaction c) {
        UUID id =
            commits.isEmpty() ? new UUID(1, 1) : commits.get(c.commit() % commits.size()).txId();
        same(() -> model.transaction(id), () -> ledger.transaction(id));
      } else if (command instanceof Command.Follow c) {
        follow(c.book(), c.fromSeq(), FOLLOWED_MAX);
      } else {
        subject.reopen();
      }
    }

    /** Batches are posted to the model draft by draft: that is what a batch is. */
    private void batch(List<TransactionDraft> drafts, List<PostResult> slots) {
      same(drafts.size(), slots.size());
      for (int i = 0; i < drafts.size(); i++) {
        PostResult slot = slots.get(i);
        same(drafts.get(i), slot instanceof Refused refused ? refused.error() : slot);
      }
    }

    private void same(TransactionDraft draft, @Nullable Object actual) {
      if (actual instanceof Posted posted) {
        receipt(posted);
      }
      same(answer(() -> model.post(draft)), actual);
      sameAgain(opinion.posts(draft, actual), actual);
    }

    private void balance(AccountId account, @Nullable Instant asOf, BlockingLedger ledger) {
      Object actual = answer(() -> ledger.balance(account, asOf));
      same(answer(() -> model.balance(account, asOf)), actual);
      sameAgain(opinion.balance(account, asOf), actual);
    }

    private void trialBalance(String book, @Nullable Instant asOf, BlockingLedger ledger) {
      Object actual = answer(() -> ledger.trialBalance(book, asOf));
      same(answer(() -> model.trialBalance(book, asOf)), actual);
      sameAgain(opinion.trialBalance(book, asOf), actual);
    }

    private void receipt(Posted posted) {
      if (!posted.deduplicated()) {
        receipts.add(posted);
        commits.add(posted);
      }
    }

    private void history(Command.History c, BlockingLedger ledger) {
      Object expected = answer(() -> model.history(c.account(), c.afterSeq(), c.limit()));
      Object actual = answer(() -> ledger.history(c.account(), c.afterSeq(), c.limit()));
      if (expected instanceof HistoryPage want && actual instanceof HistoryPage page) {
        same(want.items(), page.items());
        List<PostingView> items = page.items();
        // A page may promise more than there is, but only from where it ends.
        Long last = items.isEmpty() ? null : items.get(items.size() - 1).seq();
        if (page.next() != null || want.next() != null) {
          same(last, page.next());
        }
      } else {
        same(expected, actual);
      }
    }

    private void follow(String book, long fromSeq, int max) throws InterruptedException {
      List<Event> expected = store.events(book, Math.max(fromSeq, 1) - 1, max, Integer.MAX_VALUE);
      Instant before = Instant.MIN;
      try (EventStream stream = subject.ledger().subscribe(book, fromSeq)) {
        for (Event want : expected) {
          Event event = stream.poll(PATIENCE);
          if (event == null) {
            throw different(want, "no event within " + PATIENCE);
          }
          boolean posted = want.payload() instanceof TransactionPosted;
          // Only answers to postings told the model their time.
          same(
              new Event(want.seq(), posted ? want.at() : event.at(), want.published().payload()),
              event);
          if (event.at().isBefore(before)) {
            throw different("no commit time before " + before, event);
          }
          before = event.at();
        }
      }
    }

    /** After the last command: every account, total, history and event there is. */
    private void readEverything() throws Exception {
      BlockingLedger ledger = new BlockingLedger(subject.ledger());
      for (String book : store.books()) {
        doing = "at the end, book " + book;
        trialBalance(book, null, ledger);
        follow(book, 1, Integer.MAX_VALUE);
        listings(book, ledger);
        for (Account account : store.accounts(book)) {
          doing = "at the end, account " + account.id();
          balance(account.id(), null, ledger);
          history(new Command.History(account.id(), 0, 1_000), ledger);
          readAroundPostings(account, ledger);
        }
      }
    }

    /** Accounts and transactions of a book, in pages of two sizes. */
    private void listings(String book, BlockingLedger ledger) {
      for (int limit : new int[] {7, 1_000}) {
        String path = null;
        do {
          String after = path;
          same(
              () -> model.accounts(book, "", after, limit),
              () -> ledger.accounts(book, "", after, limit));
          path = model.accounts(book, "", after, limit).next();
        } while (path != null);
        Long seq = 0L;
        while (seq != null) {
          long after = seq;
          same(
              () -> model.transactions(book, after, limit),
              () -> ledger.transactions(book, after, limit));
          seq = model.transactions(book, after, limit).next();
        }
      }
      same(model.book(book).lastSeq(), ledger.book(book).lastSeq());
      same(model.book(book).accounts(), ledger.book(book).accounts());
    }

    /** The balance and the totals at, just before and just after some postings of an account. */
    private void readAroundPostings(Account account, BlockingLedger ledger) {
      List<PostingView> items = store.history(account.id(), 0, 1_000, Integer.MAX_VALUE).items();
      int step = Math.max(1, items.size() / MOMENTS_PER_ACCOUNT);
      for (int i = 0; i < items.size(); i += step) {
        for (long nanos = -1; nanos <= 1; nanos++) {
          Instant asOf = items.get(i).at().plusNanos(nanos);
          balance(account.id(), asOf, ledger);
        }
        trialBalance(account.id().book(), items.get(i).at(), ledger);
      }
    }

    private @Nullable Instant moment(Command.Moment moment) {
      return moment.commit() < 0 || commits.isEmpty()
          ? null
          : commits.get(moment.commit() % commits.size()).at().plusNanos(moment.plusNanos());
    }

    private static @Nullable Object nothing(Runnable call) {
      call.run();
      return null;
    }

    private static @Nullable Object answer(Call call) {
      try {
        return call.answer();
      } catch (LedgerException e) {
        return e.error();
      } catch (Exception e) {
        return "no answer of a ledger: " + e;
      }
    }

    private void same(Call expected, Call actual) {
      same(answer(expected), answer(actual));
    }

    private void same(@Nullable Object expected, @Nullable Object actual) {
      if (!Objects.equals(withoutReason(expected), withoutReason(actual))) {
        throw different(expected, actual);
      }
    }

    private void sameAgain(@Nullable Object expected, @Nullable Object actual) {
      if (!Objects.equals(withoutReason(expected), withoutReason(actual))) {
        throw different(expected + ", by the second opinion", actual);
      }
    }

    private static @Nullable Object withoutReason(@Nullable Object answer) {
      return answer instanceof InvalidDraft invalid ? fieldOnly(invalid) : answer;
    }

    private static LedgerError fieldOnly(InvalidDraft invalid) {
      return new InvalidDraft(invalid.field(), "");
    }

    private AssertionError different(@Nullable Object expected, @Nullable Object actual) {
      return new AssertionError(doing + "\n  expected " + expected + "\n  but was  " + actual);
    }
  }
}
