// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.Page;
import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.conformance.ForwardingLedger;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.json.JsonTexts;
import dev.talea.ledger.service.LedgerService;
import dev.talea.reconcile.recipe.SourceRef;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LedgerSourceTest {
  private final LedgerApi api = new LedgerService(new InMemoryStore(), Runnable::run);
  private final BlockingLedger ledger = new BlockingLedger(api);

  LedgerSourceTest() {
    for (String asset : List.of("EUR", "USD")) {
      ledger.registerAsset(Drafts.fiat(asset));
    }
    for (String path : List.of("a:bank", "a:bank:giro", "a:bankrupt", "e:sales", "e:fees")) {
      ledger.openAccount(Drafts.account("shop", path, "EUR"));
    }
    ledger.openAccount(Drafts.account("shop", "a:bank:usd", "USD"));
    ledger.openAccount(Drafts.account("shop", "e:usd", "USD"));
  }

  private void post(
      String key,
      @Nullable String day,
      List<ExternalRef> refs,
      @Nullable String metadata,
      Posting... postings) {
    ledger.post(
        new TransactionDraft(
            "shop",
            key,
            List.of(postings),
            refs,
            metadata == null ? null : JsonTexts.parse(metadata),
            day == null ? null : Instant.parse(day + "T12:00:00Z")));
  }

  private long end() {
    return ledger.get(api -> api.book("shop")).lastSeq();
  }

  private LedgerSource source(long seq, String... accounts) {
    return new LedgerSource(
        api,
        new SourceRef.Ledger("shop", List.of(accounts), null, null, null),
        null,
        null,
        seq,
        (book, at, looked) -> book.equals("shop") && at == seq ? Map.of("head", "abc") : Map.of());
  }

  /** The columns that say something here, a line for each row. */
  private static List<String> rows(LedgerSource source) throws IOException {
    List<String> rows = new ArrayList<>();
    for (List<@Nullable Object> row : Collected.of(source).values) {
      rows.add(row.subList(0, 3) + " " + row.subList(4, 9) + " " + row.get(11) + " " + row.get(12));
    }
    return rows;
  }

  @Test
  void postingsOfSomeAccountsComeSignedWithWhatTheirTransactionSays() throws IOException {
    post(
        "k1",
        "2026-01-31",
        List.of(new ExternalRef("bank", "B1"), new ExternalRef("x", "2")),
        "{\"description\":\"Sale\",\"reference\":\"no\"}",
        Drafts.debit("a:bank:giro", 500, "EUR"),
        Drafts.credit("e:sales", 500, "EUR"));
    post(
        "k2",
        "2026-02-01",
        List.of(),
        "{\"a\":{\"reference\":\"deep\"},\"reference\":\"R2\"}",
        Drafts.debit("e:sales", 70, "EUR"),
        Drafts.debit("e:fees", 5, "EUR"),
        Drafts.credit("a:bank", 75, "EUR"));
    post(
        "k3",
        "2026-02-02",
        List.of(),
        "[1]",
        Drafts.debit("a:bankrupt", 1, "EUR"),
        Drafts.credit("e:sales", 1, "EUR"));
    post(
        "k4",
        "2026-02-03",
        List.of(),
        null,
        Drafts.debit("a:bank:usd", 9, "USD"),
        Drafts.credit("e:usd", 9, "USD"));
    LedgerSource source = source(end(), "a:bank");
    assertEquals(
        List.of(
            "[500, EUR, 2026-01-31] [B1, e:sales, a:bank:giro, Sale, bank=B1; x=2] 1 k1",
            "[-75, EUR, 2026-02-01] [R2, null, a:bank, null, null] 3 k2",
            "[9, USD, 2026-02-03] [null, e:usd, a:bank:usd, null, null] 1 k4"),
        rows(source));
    assertEquals(
        "SourceFacts[kind=ledger, facts={accounts=a:bank, book=shop, head=abc, rows=3, seq="
            + end()
            + ", signs=debit positive}]",
        source.facts().toString());
    assertEquals(1, rows(source(end(), "a:bank:giro:", "a:bank:giro")).size());
  }

  @Test
  void daysAndAssetNarrowWhatIsRead() throws IOException {
    for (int day = 10; day < 20; day++) {
      post(
          "k" + day,
          "2026-01-" + day,
          List.of(),
          null,
          Drafts.debit("a:bank", day, "EUR"),
          Drafts.credit("e:sales", day, "EUR"));
    }
    LedgerSource source =
        new LedgerSource(
            api,
            new SourceRef.Ledger("shop", List.of("a"), "EUR", "$from", "$to"),
            LocalDate.of(2026, 1, 12),
            LocalDate.of(2026, 1, 14),
            end(),
            BookHeads.NONE);
    assertEquals(3, rows(source).size());
    assertEquals("2026-01-12", source.facts().facts().get("from"));
    assertEquals(null, source.facts().facts().get("head"));
    LedgerSource other =
        new LedgerSource(
            api,
            new SourceRef.Ledger("shop", List.of("a"), "USD", null, null),
            null,
            null,
            end(),
            BookHeads.NONE);
    assertEquals(List.of(), rows(other));
  }

  /** Section 8: an unsnapshotted paging of a live table. */
  @Test
  void whatIsPostedWhileItIsReadIsNotInIt() throws IOException {
    for (int i = 0; i < 2_500; i++) {
      post(
          "k" + i,
          null,
          List.of(),
          null,
          Drafts.debit("a:bank", 1, "EUR"),
          Drafts.credit("e:sales", 1, "EUR"));
    }
    long seq = end();
    LedgerApi busy =
        new ForwardingLedger(api) {
          private int pages;

          @Override
          public CompletableFuture<Page<Event, Long>> events(String book, long after, int limit) {
            LedgerSourceTest.this.post(
                "late" + pages++,
                null,
                List.of(),
                null,
                Drafts.debit("a:bank", 1, "EUR"),
                Drafts.credit("e:sales", 1, "EUR"));
            return super.events(book, after, limit);
          }
        };
    SourceRef.Ledger which = new SourceRef.Ledger("shop", List.of("a:bank"), null, null, null);
    List<String> first = rows(new LedgerSource(busy, which, null, null, seq, BookHeads.NONE));
    assertEquals(2_500, first.size());
    assertEquals(first, rows(new LedgerSource(api, which, null, null, seq, BookHeads.NONE)));
    assertTrue(end() > seq);
  }

  @Test
  void aBookThatDoesNotReachTheSeqIsAnError() {
    IOException e = assertThrows(IOException.class, () -> rows(source(end() + 1, "a")));
    assertEquals(
        "book 'shop' ends at seq " + end() + ", expected it to reach " + (end() + 1),
        e.getMessage());
  }

  /** Section 8: zero-row sources that abort. */
  @Test
  void accountsWithoutPostingsAreNoError() throws IOException {
    assertEquals(List.of(), rows(source(end(), "nothing:here")));
    assertEquals(List.of(), rows(source(0, "a")));
  }
}
