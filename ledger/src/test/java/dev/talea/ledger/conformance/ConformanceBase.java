// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.function.Executable;

/** What the parts of {@link LedgerConformance} share: the ledger under test and ways to ask it. */
abstract class ConformanceBase {
  /** The book of tests that need only one. */
  static final String BOOK = "b";

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /**
   * The ledger under test, empty at the start of each test. Made in a {@code @BeforeEach} of the
   * implementing class, or at the first call.
   */
  protected abstract LedgerApi ledger();

  /**
   * Closes the ledger and opens it again on the same data, so that {@link #ledger} returns another
   * object. Only for ledgers that outlive their process; the others leave this as it is.
   *
   * @return whether that is possible here
   */
  protected boolean reopen() throws Exception {
    return false;
  }

  /** The ledger with plain return values. */
  final BlockingLedger ask() {
    return new BlockingLedger(ledger());
  }

  /** USD, and the accounts {@code cash}, {@code income} and {@code fees}: seqs 1 to 3. */
  final void openStandardBook() {
    openStandardBook(BOOK);
  }

  final void openStandardBook(String book) {
    ask().registerAsset(fiat("USD"));
    for (String path : List.of("cash", "income", "fees")) {
      ask().openAccount(account(book, path, "USD"));
    }
  }

  /** One more transaction in the standard book. */
  static TransactionDraft income(String key, long minor) {
    return move(BOOK, key, "income", "cash", minor, "USD");
  }

  final Posted post(TransactionDraft draft) {
    return ask().post(draft);
  }

  /**
   * Posts the draft at a later moment than the given one, letting the ledger's own clock pass by
   * posting to {@code fees} until it has: two commits may share a microsecond.
   */
  final Posted postLater(TransactionDraft draft, Instant after) {
    for (int i = 0; i < 1_000_000; i++) {
      Posted filler = post(move(BOOK, "filler " + after + " " + i, "fees", "fees", 1, "USD"));
      if (filler.at().isAfter(after)) {
        return post(draft);
      }
    }
    return fail("the commit time does not get beyond " + after);
  }

  final Int128 balance(String path) {
    return balance(BOOK, path);
  }

  final Int128 balance(String book, String path) {
    return ask().balance(new AccountId(book, path), null).effective();
  }

  static Int128 minor(long value) {
    return Int128.of(value);
  }

  /** What the ledger answers instead of doing it. */
  static LedgerError refusal(Executable call) {
    return assertThrows(LedgerException.class, call).error();
  }

  static LedgerError refusal(PostResult slot) {
    return assertInstanceOf(Refused.class, slot).error();
  }

  static Posted receipt(PostResult slot) {
    return assertInstanceOf(Posted.class, slot, "should have been posted");
  }

  static void assertInvalid(String field, LedgerError error) {
    assertEquals(field, assertInstanceOf(InvalidDraft.class, error).field(), error::toString);
  }

  /** The next event of a stream that has one coming. */
  static Event next(EventStream stream) throws InterruptedException {
    Event event = stream.poll(PATIENCE);
    return event != null ? event : fail("no event came within " + PATIENCE);
  }

  static List<Event> next(EventStream stream, int count) throws InterruptedException {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(next(stream));
    }
    return events;
  }

  /** The first {@code count} events of a book. */
  final List<Event> events(String book, int count) {
    try (EventStream stream = ledger().subscribe(book, 1)) {
      return next(stream, count);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while waiting for events", e);
    }
  }

  static List<Long> seqs(List<Event> events) {
    return events.stream().map(Event::seq).toList();
  }

  static List<Long> upTo(long last) {
    List<Long> seqs = new ArrayList<>();
    for (long seq = 1; seq <= last; seq++) {
      seqs.add(seq);
    }
    return seqs;
  }
}
