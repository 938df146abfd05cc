// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.ledger.Event;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.Limits;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.json.DraftWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Drafts nearly as large as they may be: how many of them are in memory at once. */
@Tag("slow")
class LargeDraftsTest {
  private static final List<ExternalRef> REFS =
      Collections.nCopies(
          Limits.REFS_MAX,
          new ExternalRef("k".repeat(Limits.TEXT_BYTES_MAX), "v".repeat(Limits.TEXT_BYTES_MAX)));
  private static final String METADATA = '"' + "m".repeat(Limits.METADATA_BYTES_MAX - 2) + '"';
  private static final int BYTES = PageFill.bytes(large("b0", "k"));

  @TempDir private Path directory;

  private static TransactionDraft large(String book, String key) {
    return Drafts.withExtras(Drafts.move(book, key, "p0", "p1", 1, "EUR"), REFS, METADATA, null);
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void whatWaitsForABookIsBoundedInBytes(Backends backend) throws Exception {
    int most = (int) (WriteLanes.BOOK_BYTES_MAX + WriteLanes.GROUP_BYTES_MAX) / BYTES;
    Backends.Ledger ledger = backend.fresh(directory);
    try (SqlLedgerStore store = ledger.open();
        Connection other = ledger.around();
        Statement statement = other.createStatement()) {
      Traffic.world(store);
      List<CompletableFuture<List<PostResult>>> answers = new ArrayList<>();
      other.setAutoCommit(false);
      statement.executeUpdate("UPDATE talea_book SET last_at = last_at WHERE name = 'b0'");
      for (int i = 0; i < most + 20; i++) {
        answers.add(store.commit("b0", List.of(large("b0", "k" + i)), false));
      }
      CompletableFuture<List<PostResult>> another =
          store.commit("b1", List.of(large("b1", "k")), false);
      other.rollback();
      assertInstanceOf(Posted.class, another.join().get(0));
      int posted = 0;
      for (CompletableFuture<List<PostResult>> answer : answers) {
        if (Traffic.errorOf(answer::join) instanceof Overloaded refused) {
          assertEquals(Overloaded.Limit.WRITE_QUEUE, refused.limit());
        } else {
          assertInstanceOf(Posted.class, answer.join().get(0));
          posted++;
        }
      }
      assertTrue(
          posted <= most && posted >= WriteLanes.BOOK_BYTES_MAX / BYTES,
          posted + " of " + answers.size() + " were taken");
      Traffic.audit(store, List.of());
    }
  }

  /** As many postings as a transaction may have, of one minor unit each. */
  static TransactionDraft manyPostings(String key) {
    List<Posting> postings = new ArrayList<>();
    for (int i = 0; i < Limits.POSTINGS_MAX; i += 2) {
      postings.add(Drafts.debit("p1", 1, "EUR"));
      postings.add(Drafts.credit("p0", 1, "EUR"));
    }
    return Drafts.draft("b0", key, postings.toArray(Posting[]::new));
  }

  static String bulkKey(int number) {
    return "bulk " + number;
  }

  private static void post(SqlLedgerStore store, TransactionDraft draft) {
    assertInstanceOf(Posted.class, store.commit("b0", List.of(draft), false).join().get(0));
  }

  /**
   * The heap holds neither a group's stored drafts nor those that a driver would fetch at once,
   * only some of them.
   */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void aSmallHeapIsEnoughForManyLargeDrafts(Backends backend) throws Exception {
    int small = 60;
    int large = 80;
    Backends.Ledger ledger = backend.fresh(directory);
    try (SqlLedgerStore store = ledger.open()) {
      Traffic.world(store);
      store.commit("b0", Drafts.moves("b0", "small ", "p0", "p1", small, "EUR"), false).join();
      post(store, manyPostings("large"));
    }
    try (Connection around = ledger.around();
        Statement statement = around.createStatement()) {
      around.setAutoCommit(false);
      for (int i = 0; i < large; i++) {
        statement.executeUpdate(
            "INSERT INTO talea_transaction (book_id, seq, at, tx_id, idempotency_key, draft)"
                + " SELECT t.book_id, b.last_seq + 1, t.at, t.tx_id, '"
                + bulkKey(i)
                + "', t.draft FROM talea_transaction t JOIN talea_book b ON b.book_id = t.book_id"
                + " WHERE t.idempotency_key = 'large'");
        statement.executeUpdate("UPDATE talea_book SET last_seq = last_seq + 1 WHERE name = 'b0'");
      }
      around.commit();
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx40m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(SmallHeapChild.class.getName(), "" + large));
    command.addAll(ledger.name());
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String expected =
        "%d conflicts, 1 again, %d transactions, %d events"
            .formatted(large - 1, small + 3, 4 + small + 4);
    assertTrue(said.contains(expected), said);
    assertEquals(0, child.waitFor());
  }

  /** What one round trip brings is in memory at once. */
  @Test
  void whatIsKnownOfLargeDraftsComesInBoundedPieces() throws Exception {
    PostgresTarget direct = TestPostgres.newDatabase();
    String database = TestPostgres.ask(direct, "SELECT current_database()");
    try (TcpProxy proxy = new TcpProxy(TestPostgres.port());
        SqlLedgerStore store =
            SqlLedgerStore.openPostgres(
                TestPostgres.target(proxy.port(), database, null, "sslmode=disable"),
                SqlStoreSettings.DEFAULTS,
                SqlStoreObserver.NONE,
                true)) {
      Traffic.world(store);
      store.commit("b0", Drafts.moves("b0", "small ", "p0", "p1", 60, "EUR"), false).join();
      List<TransactionDraft> again = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        post(store, large("b0", "k" + i));
        again.add(Drafts.move("b0", "k" + i, "p0", "p1", 1, "EUR"));
      }
      int most = StoredDrafts.BYTES_MAX + BYTES;
      proxy.longestAnswer();
      long before = proxy.passedBack();
      for (PostResult result : store.commit("b0", again, false).join()) {
        assertTrue(assertInstanceOf(Posted.class, result).deduplicated());
      }
      assertTrue(proxy.passedBack() - before > 40L * BYTES / 2, "the drafts were not read");
      long longest = proxy.longestAnswer();
      assertTrue(longest <= most, longest + " bytes at once");
      store.reads().transactions("b0", 0, 1_000, Limits.PAGE_BYTES_MAX);
      store.reads().events("b0", 0, 1_000, Limits.PAGE_BYTES_MAX);
      longest = proxy.longestAnswer();
      assertTrue(longest <= most, longest + " bytes at once, of a page");
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void aQuestionBringsNoLargeDraftsAlong(Backends backend) throws Exception {
    Backends.Ledger ledger = backend.fresh(directory);
    List<TransactionDraft> drafts = new ArrayList<>();
    try (SqlLedgerStore store = ledger.open()) {
      Traffic.world(store);
      drafts.addAll(Drafts.moves("b0", "small ", "p0", "p1", 10, "EUR"));
      for (int i = 0; i < 6; i++) {
        drafts.add(manyPostings("large " + i));
      }
      for (TransactionDraft draft : drafts) {
        post(store, draft);
      }
    }
    List<WriteRequest> requests = List.of(new WriteRequest.Commit("b0", drafts, false));
    try (Connection around = ledger.around();
        WriteSession session = ledger.session(around)) {
      BookQuestion question =
          BookQuestion.of("b0", requests, StoredDrafts.smallBytesMax(drafts.size()));
      BookState state = session.read(question);
      assertEquals(drafts.size(), state.transactions.size());
      for (TransactionDraft draft : drafts) {
        KnownTransaction known = requireNonNull(state.transactions.get(draft.idempotencyKey()));
        assertEquals(
            draft.idempotencyKey().startsWith("small") ? draft.postings() : null, known.postings());
        assertEquals(DraftWriter.transaction(draft).length, known.draftBytes());
      }
      assertTrue(state.damage.all().isEmpty());
      StoredDrafts stored = new StoredDrafts(session, question, state);
      for (TransactionDraft draft : drafts) {
        String key = draft.idempotencyKey();
        assertEquals(
            draft.postings(), stored.postings(requireNonNull(state.transactions.get(key)), key));
      }
      session.rollback();
    }
  }

  /** The same money is a retry, in whatever order, and other money a conflict. */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void knownKeysAreAnsweredTheSameWhateverTheSize(Backends backend) {
    try (SqlLedgerStore store = backend.fresh(directory).open()) {
      Traffic.world(store);
      List<TransactionDraft> drafts = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        drafts.add(Drafts.move("b0", "small " + i, "p0", "p1", 1, "EUR"));
        drafts.add(large("b0", "large " + i));
        drafts.add(manyPostings("many " + i));
      }
      List<PostResult> first = store.commit("b0", drafts, false).join();
      List<PostResult> replayed = first.stream().map(LargeDraftsTest::again).toList();
      List<TransactionDraft> reversed = new ArrayList<>();
      List<TransactionDraft> others = new ArrayList<>();
      for (TransactionDraft draft : drafts) {
        List<Posting> postings = new ArrayList<>(draft.postings());
        Collections.reverse(postings);
        reversed.add(Drafts.withPostings(draft, postings));
        others.add(Drafts.move("b0", draft.idempotencyKey(), "p0", "p1", 5, "EUR"));
      }
      TransactionDraft fresh = Drafts.move("b0", "new", "p0", "p1", 1, "EUR");
      for (boolean atomic : new boolean[] {false, true}) {
        assertEquals(replayed, store.commit("b0", drafts, atomic).join());
        assertEquals(replayed, store.commit("b0", reversed, atomic).join());
        List<PostResult> refused = store.commit("b0", others, atomic).join();
        for (int i = 0; i < drafts.size(); i++) {
          assertEquals(refused(first, drafts, atomic ? 0 : i), refused.get(i));
        }
        // One that is large and not the same, behind a new one and a retry of a large one.
        List<TransactionDraft> mixed = List.of(fresh, drafts.get(2), others.get(4));
        List<PostResult> answers = store.commit("b0", mixed, true).join();
        assertEquals(Collections.nCopies(3, refused(first, drafts, 4)), answers);
      }
      List<TransactionDraft> mixed =
          List.of(drafts.get(5), fresh, others.get(4), fresh, drafts.get(2), drafts.get(5));
      List<PostResult> answers = store.commit("b0", mixed, false).join();
      assertEquals(replayed.get(5), answers.get(0));
      assertFalse(assertInstanceOf(Posted.class, answers.get(1)).deduplicated());
      assertEquals(refused(first, drafts, 4), answers.get(2));
      assertEquals(again(answers.get(1)), answers.get(3));
      assertEquals(replayed.get(2), answers.get(4));
      assertEquals(replayed.get(5), answers.get(5));
      Traffic.audit(store, List.of());
    }
  }

  private static Refused refused(List<PostResult> first, List<TransactionDraft> drafts, int i) {
    return new Refused(
        new IdempotencyConflict(drafts.get(i).idempotencyKey(), ((Posted) first.get(i)).txId()));
  }

  private static PostResult again(PostResult first) {
    Posted posted = (Posted) first;
    return new Posted(posted.txId(), posted.seq(), posted.at(), true);
  }

  /** What the server has sent is in memory, whether the page takes it or not. */
  @Test
  void aPageOfLargeDraftsIsFetchedAsFarAsThePageGoes() throws Exception {
    PostgresTarget direct = TestPostgres.newDatabase();
    String database = TestPostgres.ask(direct, "SELECT current_database()");
    try (TcpProxy proxy = new TcpProxy(TestPostgres.port());
        SqlLedgerStore store =
            SqlLedgerStore.openPostgres(
                TestPostgres.target(proxy.port(), database, null, "sslmode=disable"),
                SqlStoreSettings.DEFAULTS,
                SqlStoreObserver.NONE,
                true)) {
      Traffic.world(store);
      int count = 60;
      for (int i = 0; i < count; i++) {
        assertInstanceOf(
            Posted.class, store.commit("b0", List.of(large("b0", "k" + i)), false).join().get(0));
      }
      long last = store.reads().lastSeq("b0");
      assertFetched(
          proxy,
          after ->
              store.reads().transactions("b0", after, 1_000, Limits.PAGE_BYTES_MAX).items().stream()
                  .map(TransactionView::seq)
                  .toList(),
          last);
      assertFetched(
          proxy,
          after ->
              store.reads().events("b0", after, 1_000, Limits.PAGE_BYTES_MAX).stream()
                  .map(Event::seq)
                  .toList(),
          last);
      assertNull(store.reads().health().ofStore());
    }
  }

  private static void assertFetched(TcpProxy proxy, LongFunction<List<Long>> page, long last) {
    int fitting = Limits.PAGE_BYTES_MAX / BYTES;
    long after = 4; // the accounts
    while (after < last) {
      long before = proxy.passedBack();
      List<Long> seqs = page.apply(after);
      long fetched = proxy.passedBack() - before;
      assertFalse(seqs.isEmpty());
      assertTrue(seqs.size() <= fitting, seqs::toString);
      // The first few, what is left of the page by their size, and one to know that there are more.
      int most = fitting + 4 + 1;
      assertTrue(fetched <= (long) most * BYTES, fetched + " bytes for " + seqs.size());
      after = seqs.get(seqs.size() - 1);
    }
  }
}
