package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.Limits;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.conformance.Drafts;
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
      long last = store.lastSeq("b0");
      assertFetched(
          proxy,
          after ->
              store.transactions("b0", after, 1_000, Limits.PAGE_BYTES_MAX).items().stream()
                  .map(TransactionView::seq)
                  .toList(),
          last);
      assertFetched(
          proxy,
          after ->
              store.events("b0", after, 1_000, Limits.PAGE_BYTES_MAX).stream()
                  .map(Event::seq)
                  .toList(),
          last);
      assertNull(store.health().ofStore());
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
