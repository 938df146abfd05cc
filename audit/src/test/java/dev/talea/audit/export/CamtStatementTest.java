// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.conformance.InMemoryStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** Statements as a bank makes them: balances, entries and days of one account. */
class CamtStatementTest {
  private static final String HOSTILE = "<&>\"']]> é😀\uffff x".repeat(11);
  private static final DateRange JANUARY =
      new DateRange(
          LocalDate.parse("2026-01-01"), LocalDate.parse("2026-02-01"), ZoneId.of("Europe/Prague"));

  private static byte[] camt(InMemoryStore store, String path, DateRange range) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ExportOptions options = new ExportOptions(path, range, false, false);
    Export.write(ExportSource.book(store, "bank"), ExportFormat.CAMT053, options, out);
    return out.toByteArray();
  }

  private static List<String> texts(byte[] xml, String element) throws Exception {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(xml));
    NodeList nodes = document.getElementsByTagName(element);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }

  private static InMemoryStore bank() {
    List<Instant> clock = new ArrayList<>(List.of(Instant.parse("2025-12-31T22:59:59Z")));
    InMemoryStore store = new InMemoryStore(() -> clock.get(0));
    store.registerAsset(Drafts.fiat("CZK")).join();
    store.registerAsset(new Asset("ETH", new AssetClass.Crypto("ethereum", null), 18, "E")).join();
    for (String path : List.of("customer:7", "cash", HOSTILE)) {
      store
          .openAccount(
              new Account(
                  new AccountId("bank", path), "CZK", AccountKind.LIABILITY, Side.CREDIT, null))
          .join();
    }
    store.openAccount(Drafts.account("bank", "coins", "ETH")).join();
    post(store, "before", "customer:7", "cash", 100_00);
    clock.set(0, Instant.parse("2025-12-31T23:00:00Z"));
    post(store, "first", "customer:7", "cash", 25_05);
    post(store, HOSTILE, "cash", "customer:7", 30_00);
    clock.set(0, Instant.parse("2026-01-31T22:59:59.999999Z"));
    store
        .commit(
            "bank",
            List.of(
                Drafts.withExtras(
                    Drafts.draft(
                        "bank",
                        "twice",
                        Drafts.credit("customer:7", 100, "CZK"),
                        Drafts.credit("customer:7", 200, "CZK"),
                        Drafts.debit("cash", 300, "CZK")),
                    List.of(new ExternalRef("invoice", "7"), new ExternalRef("", HOSTILE)),
                    null,
                    Instant.parse("2026-01-15T23:30:00Z"))),
            true)
        .join();
    post(store, "hostile", HOSTILE, "cash", 1);
    clock.set(0, Instant.parse("2026-01-31T23:00:00Z"));
    post(store, "after", "cash", "customer:7", 1_00);
    return store;
  }

  private static void post(InMemoryStore store, String key, String to, String from, long minor) {
    store
        .commit(
            "bank",
            List.of(
                Drafts.draft(
                    "bank",
                    key,
                    Drafts.credit(to, minor, "CZK"),
                    Drafts.debit(from, minor, "CZK"))),
            true)
        .join();
  }

  @Test
  void aStatementHasWhatWasBeforeWhatCameAndWhatIsLeft() throws Exception {
    byte[] xml = camt(bank(), "customer:7", JANUARY);
    assertEquals(
        List.of("OPBD", "CLBD", "BOOK", "talea", "BOOK", "talea", "BOOK", "talea", "BOOK", "talea"),
        texts(xml, "Cd"));
    // Balances, then each entry and its one detail.
    assertEquals(
        List.of(
            "100.00", "98.05", "25.05", "25.05", "30.00", "30.00", "1.00", "1.00", "2.00", "2.00"),
        texts(xml, "Amt"));
    assertEquals(
        List.of("CRDT", "CRDT", "CRDT", "CRDT", "DBIT", "DBIT", "CRDT", "CRDT", "CRDT", "CRDT"),
        texts(xml, "CdtDbtInd"));
    assertEquals(List.of("6", "7", "8", "8-2"), texts(xml, "NtryRef"));
    assertEquals(List.of("2026-01-01T00:00:00+01:00"), texts(xml, "FrDtTm"));
    assertEquals(List.of("2026-02-01T00:00:00+01:00"), texts(xml, "ToDtTm"));
    assertEquals(List.of("2026-01-31"), distinct(trimmed(texts(xml, "BookgDt")).subList(2, 4)));
    assertEquals(List.of("2026-01-16"), distinct(trimmed(texts(xml, "ValDt")).subList(2, 4)));
    assertEquals(
        List.of("2026-01-01", "2026-01-31"),
        trimmed(texts(xml, "Dt")).subList(0, 3).stream().distinct().toList());
    Event event = bank().events("bank", 5, 1, 1 << 20).get(0);
    String id = ("" + ((TransactionPosted) event.payload()).id()).replace("-", "");
    assertEquals(id, texts(xml, "AcctSvcrRef").get(0));
    assertEquals("first", texts(xml, "Ustrd").get(0));
    assertEquals(
        HOSTILE.replace('\uffff', '\ufffd'),
        texts(xml, "Ustrd").get(1) + texts(xml, "Ustrd").get(2));
    assertEquals("bank:customer:7", texts(xml, "AddtlStmtInf").get(0));
  }

  private static List<String> trimmed(List<String> texts) {
    return texts.stream().map(String::strip).toList();
  }

  private static List<String> distinct(List<String> texts) {
    return texts.stream().distinct().toList();
  }

  @Test
  void theSameStatementIsTheSameBytesAndAnotherHasAnotherId() throws Exception {
    byte[] xml = camt(bank(), "customer:7", JANUARY);
    assertEquals(new String(xml, UTF_8), new String(camt(bank(), "customer:7", JANUARY), UTF_8));
    String id = texts(xml, "MsgId").get(0);
    assertEquals(32, id.length());
    assertTrue(!id.equals(texts(camt(bank(), "cash", JANUARY), "MsgId").get(0)));
  }

  @Test
  void aMonthWithoutEntriesHasItsBalancesAllTheSame() throws Exception {
    DateRange march =
        new DateRange(LocalDate.parse("2026-03-01"), LocalDate.parse("2026-04-01"), JANUARY.zone());
    assertEquals(List.of("97.05", "97.05"), texts(camt(bank(), "customer:7", march), "Amt"));
  }

  @Test
  void onlyMoneyOfTheWorldHasStatements() {
    ExportException e = assertThrows(ExportException.class, () -> camt(bank(), "coins", JANUARY));
    assertTrue(("" + e.getMessage()).startsWith("Account 'coins' holds 'ETH', and a bank"));
    assertThrows(LedgerException.class, () -> camt(bank(), "none", JANUARY));
    InMemoryStore store = bank();
    Posting credit = new Posting("customer:7", Int128.of(Long.MAX_VALUE), "CZK", Side.CREDIT);
    Posting debit = new Posting("cash", Int128.of(Long.MAX_VALUE), "CZK", Side.DEBIT);
    store.commit("bank", List.of(Drafts.draft("bank", "big", credit, debit)), true).join();
    DateRange february =
        new DateRange(LocalDate.parse("2026-02-01"), LocalDate.parse("2026-03-01"), JANUARY.zone());
    e = assertThrows(ExportException.class, () -> camt(store, "customer:7", february));
    assertTrue(("" + e.getMessage()).contains("more than the 18 digits"));
  }

  /** The schema is the standard's and not ours to bring along. */
  @Test
  void theSchemaOfTheStandardAgrees() throws Exception {
    String schema = System.getProperty("talea.camt.xsd", "");
    if (schema.isEmpty()) {
      System.err.println("SKIPPED: -Dtalea.camt.xsd names no camt.053.001.08.xsd.");
    }
    assumeTrue(!schema.isEmpty());
    for (String path : List.of("customer:7", "cash", HOSTILE)) {
      SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
          .newSchema(Path.of(schema).toFile())
          .newValidator()
          .validate(new StreamSource(new ByteArrayInputStream(camt(bank(), path, JANUARY))));
    }
  }
}
