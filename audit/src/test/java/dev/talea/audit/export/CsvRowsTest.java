// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.conformance.InMemoryStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows that a spreadsheet reads as they are meant, whatever the names in them. */
class CsvRowsTest {
  private static final DateRange ALL = new DateRange(null, null, ZoneOffset.UTC);

  private static String csv(
      InMemoryStore store, @Nullable String path, DateRange range, boolean excel)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ExportOptions options = new ExportOptions(path, range, false, excel);
    Export.write(ExportSource.allOf(store), ExportFormat.CSV, options, out);
    return out.toString(UTF_8);
  }

  private static InMemoryStore shop() {
    List<Instant> times =
        new ArrayList<>(
            List.of(
                Instant.parse("2026-01-31T22:59:59.999999Z"),
                Instant.parse("2026-01-31T23:00:00Z")));
    InMemoryStore store =
        new InMemoryStore(() -> times.size() > 1 ? times.get(0) : times.get(times.size() - 1));
    store.registerAsset(Drafts.fiat("EUR")).join();
    store.openAccount(Drafts.account("shop", "cash", "EUR")).join();
    store.openAccount(Drafts.account("shop", "=sales, \"net\"", "EUR")).join();
    TransactionDraft sale =
        Drafts.draft(
            "shop",
            "@1",
            Drafts.debit("cash", 4990, "EUR"),
            Drafts.credit("=sales, \"net\"", 4990, "EUR"));
    store
        .commit(
            "shop",
            List.of(
                Drafts.withExtras(
                    sale,
                    List.of(new ExternalRef("invoice", "2026/7"), new ExternalRef("-a", "b\nc")),
                    null,
                    Instant.parse("2026-01-30T10:00:00Z"))),
            true)
        .join();
    times.remove(0);
    store
        .commit(
            "shop", List.of(Drafts.move("shop", "2", "cash", "=sales, \"net\"", 5, "EUR")), true)
        .join();
    return store;
  }

  @Test
  void aRowIsAPosting() throws IOException {
    String id1 = "" + ((TransactionPosted) event(3).payload()).id();
    String id2 = "" + ((TransactionPosted) event(4).payload()).id();
    String at = ",2026-01-31T22:59:59.999999Z,2026-01-30T10:00:00Z,";
    assertEquals(
        "book,account,asset,seq,tx_id,at,occurred_at,debit,credit,amount,balance,idempotency_key,"
            + "refs\r\n"
            + ("shop,cash,EUR,3," + id1 + at)
            + "49.90,,49.90,49.90,@1,\"invoice=2026/7; -a=b\nc\"\r\n"
            + ("shop,\"=sales, \"\"net\"\"\",EUR,3," + id1 + at)
            + ",49.90,-49.90,-49.90,@1,\"invoice=2026/7; -a=b\nc\"\r\n"
            + ("shop,\"=sales, \"\"net\"\"\",EUR,4," + id2)
            + ",2026-01-31T23:00:00Z,,0.05,,0.05,-49.85,2,\r\n"
            + ("shop,cash,EUR,4," + id2)
            + ",2026-01-31T23:00:00Z,,,0.05,-0.05,49.85,2,\r\n",
        csv(shop(), null, ALL, false));
  }

  private static Event event(long seq) {
    return shop().events("shop", seq - 1, 1, 1 << 20).get(0);
  }

  @Test
  void forExcelThereIsAMarkAndNoTextIsAFormula() throws IOException {
    String text = csv(shop(), null, ALL, true);
    assertTrue(text.startsWith("\uFEFFbook,"));
    assertTrue(text.contains("\nshop,\"'=sales, \"\"net\"\"\",EUR"), text);
    assertTrue(text.contains(",'@1,"), text);
    // Numbers are numbers, negative ones too.
    assertTrue(text.contains(",-49.90,-49.90,"), text);
    assertFalse(csv(shop(), null, ALL, false).contains("'"));
  }

  @Test
  void daysAreThoseOfTheZoneAndTheLastIsNotOneOfThem() throws IOException {
    LocalDate first = LocalDate.parse("2026-02-01");
    DateRange february = new DateRange(first, null, ZoneId.of("Europe/Prague"));
    DateRange january = new DateRange(null, first, ZoneId.of("Europe/Prague"));
    assertEquals(3, Csv.rows(csv(shop(), null, february, false)).size());
    // The balance goes on from what was before.
    assertTrue(csv(shop(), "cash", february, false).contains(",-0.05,49.85,"));
    assertEquals(2, Csv.rows(csv(shop(), "cash", january, false)).size());
    DateRange utc = new DateRange(first, null, ZoneOffset.UTC);
    assertEquals(1, Csv.rows(csv(shop(), null, utc, false)).size());
  }

  @Test
  void hostileNamesComeBackAndBalancesAddUp() throws IOException {
    HostileLedger ledger = HostileLedger.make(11, 3, 300, 400);
    List<String[]> rows = Csv.rows(csv(ledger.store, null, ALL, false));
    Map<List<String>, BigDecimal> balances = new HashMap<>();
    int at = 1;
    for (String book : ExportSource.allOf(ledger.store).books()) {
      for (Event event : ledger.store.events(book, 0, 1000, Integer.MAX_VALUE)) {
        if (event.payload() instanceof TransactionPosted posted) {
          for (Posting posting : posted.draft().postings()) {
            String[] row = rows.get(at++);
            String[] expected = {book, posting.account(), posting.asset(), "" + event.seq()};
            assertArrayEquals(expected, List.of(row).subList(0, 4).toArray());
            assertEquals(posted.draft().idempotencyKey(), row[11]);
            boolean debit = posting.direction() == Side.DEBIT;
            assertEquals("", row[debit ? 8 : 7]);
            BigDecimal amount = new BigDecimal(row[9]);
            assertEquals(posting.minor().toBigInteger(), amount.unscaledValue().abs());
            assertEquals(new BigDecimal(row[debit ? 7 : 8]), debit ? amount : amount.negate());
            BigDecimal balance =
                balances.merge(List.of(book, posting.account()), amount, BigDecimal::add);
            assertEquals(balance, new BigDecimal(row[10]));
          }
        }
      }
    }
    assertEquals(rows.size(), at);
    for (List<Account> accounts : ledger.accounts.values()) {
      for (Account account : accounts) {
        Int128 effective = ledger.store.balance(account.id(), null).effective();
        BigDecimal last =
            balances.getOrDefault(
                List.of(account.id().book(), account.id().path()), BigDecimal.ZERO);
        Int128 raw = account.creditNormal() ? effective.negated() : effective;
        assertEquals(raw.toBigInteger(), last.unscaledValue());
      }
    }
  }
}
