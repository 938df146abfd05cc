// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.Limits;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.json.EventJson;
import dev.talea.log.TreeHash;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines lose nothing, and are read back as they were written or not at all. */
@Tag("slow")
class EventLinesTest {
  private static HostileLedger ledger;
  private static byte[] lines;

  @BeforeAll
  static void make() throws IOException {
    ledger = HostileLedger.make(7, 5, 400, 600);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    EventLines.write(ledger.source(), out);
    lines = out.toByteArray();
  }

  /** Gives one byte at a time, as a pipe may. */
  private static InputStream dripping(byte[] bytes) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        return super.read(into, offset, Math.min(length, 1));
      }
    };
  }

  private static List<Happened> read(InputStream in) throws IOException {
    EventLineReader reader = new EventLineReader(in);
    List<Happened> events = new ArrayList<>();
    for (Happened next = reader.next(); next != null; next = reader.next()) {
      events.add(next);
      assertEquals(events.size(), reader.lineNumber());
    }
    return events;
  }

  private static String refused(String text) {
    return refused(text.getBytes(UTF_8));
  }

  private static String refused(byte[] bytes) {
    return ""
        + assertThrows(ExportException.class, () -> read(new ByteArrayInputStream(bytes)))
            .getMessage();
  }

  private static String text() {
    return new String(lines, UTF_8);
  }

  @Test
  void everyEventComesBackAndIsWrittenAgainByteForByte() throws IOException {
    List<Happened> events = read(new ByteArrayInputStream(lines));
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    int at = 0;
    for (String book : ledger.source().books()) {
      long last = ledger.store.lastSeq(book);
      for (long seq = 1; seq <= last; seq++) {
        Event stored = ledger.store.events(book, seq - 1, 1, Limits.PAGE_BYTES_MAX).get(0);
        assertEquals(new Happened(book, stored), events.get(at++));
        again.write(EventJson.write(book, stored));
        again.write('\n');
      }
    }
    assertEquals(at, events.size());
    assertArrayEquals(lines, again.toByteArray());
    assertTrue(text().contains("\"occurred_at\":null"));
  }

  @Test
  void systemComesFirstThenTheBooksInBytewiseOrder() {
    List<String> books = ledger.source().books();
    assertEquals("_system", books.get(0));
    assertEquals(6, books.size());
    for (int i = 2; i < books.size(); i++) {
      byte[] before = books.get(i - 1).getBytes(UTF_8);
      byte[] after = books.get(i).getBytes(UTF_8);
      assertTrue(java.util.Arrays.compareUnsigned(before, after) < 0);
    }
  }

  @Test
  void aPipeThatDripsAndAMarkAtTheBeginningMakeNoDifference() throws IOException {
    assertEquals(read(new ByteArrayInputStream(lines)), read(dripping(lines)));
    byte[] marked = ("\uFEFF" + text()).getBytes(UTF_8);
    assertEquals(read(new ByteArrayInputStream(lines)), read(new ByteArrayInputStream(marked)));
    assertEquals(List.of(), read(new ByteArrayInputStream(new byte[0])));
  }

  @Test
  void whatIsPostedMeanwhileIsNotInIt() throws IOException {
    InMemoryStore store = new InMemoryStore(() -> Instant.parse("2026-01-01T00:00:00Z"));
    store.registerAsset(Drafts.fiat("EUR")).join();
    store.openAccount(Drafts.account("b", "p", "EUR")).join();
    store.openAccount(Drafts.account("b", "q", "EUR")).join();
    ExportSource source = ExportSource.allOf(store.reads());
    store.registerAsset(Drafts.fiat("USD")).join();
    store.openAccount(Drafts.account("c", "p", "USD")).join();
    store.commit("b", Drafts.moves("b", "k", "p", "q", 10, "EUR"), true).join();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    EventLines.write(source, out);
    assertEquals(3, out.toString(UTF_8).lines().count());
    assertEquals(
        new LedgerDigest(sha256(out.toByteArray()), 3, 2), LedgerDigest.of(source, b -> {}));
  }

  @Test
  void aLogGivesTheSameLinesAfterARestart(@TempDir Path directory) throws IOException {
    byte[] before = new byte[0];
    for (int opening = 0; opening < 2; opening++) {
      try (LogLedgerStore store =
          LogLedgerStore.open(directory.resolve("log"), LogStoreSettings.DEFAULTS)) {
        if (opening == 0) {
          store.registerAsset(Drafts.fiat("EUR")).join();
          for (String book : List.of("b", "\ud8c0\udc00", "\uffee")) {
            store.openAccount(Drafts.account(book, "p", "EUR")).join();
            store.openAccount(Drafts.account(book, "q", "EUR")).join();
            List<TransactionDraft> drafts = Drafts.moves(book, "k", "p", "q", 500, "EUR");
            drafts.add(
                Drafts.withExtras(
                    drafts.get(0),
                    List.of(),
                    "{\"n\":1.50}",
                    Instant.parse("2026-01-01T00:00:00Z")));
            drafts.remove(0);
            store.commit(book, drafts, true).join();
          }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        EventLines.write(ExportSource.allOf(store.reads()), out);
        if (opening == 1) {
          assertArrayEquals(before, out.toByteArray());
        }
        before = out.toByteArray();
      }
    }
    List<Happened> read = read(new ByteArrayInputStream(before));
    assertEquals(1 + 3 * 502, read.size());
    // By code point, which is the order of the bytes, and not that of Java's chars.
    assertEquals("\ud8c0\udc00", read.get(read.size() - 1).book());
  }

  @Test
  void theDigestIsTheHashOfTheLines() throws IOException {
    List<LedgerDigest.OfBook> books = new ArrayList<>();
    LedgerDigest digest = LedgerDigest.of(ledger.source(), books::add);
    assertEquals(sha256(lines), digest.sha256());
    assertEquals(text().lines().count(), digest.events());
    assertEquals(6, digest.books());
    for (LedgerDigest.OfBook book : books) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      EventLines.write(ExportSource.book(ledger.store, book.book()), out);
      assertEquals(sha256(out.toByteArray()), book.sha256());
      assertEquals(ledger.store.lastSeq(book.book()), book.events());
    }
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(TreeHash.sha256().digest(bytes));
  }

  @Test
  void aFileOfAnotherFormIsRefusedBeforeItsFirstLine() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(lines);
    }
    assertTrue(refused(packed.toByteArray()).contains("is compressed (gzip)"));
    assertTrue(refused(("\uFEFF" + text()).getBytes(UTF_16LE)).contains("UTF-16"));
    assertTrue(refused(text().getBytes(UTF_16LE)).contains("UTF-16"));
    assertTrue(refused("[" + text().replace("\n", ",\n") + "]\n").contains("is a JSON array"));
    assertTrue(refused("{\n \"book\": 1\n}\n").contains("laid out over several lines"));
  }

  @Test
  void aLineThatIsMissingRepeatedMovedOrCutIsFoundByItsNumber() {
    List<String> all = text().lines().toList();
    int first = (int) ledger.store.lastSeq("_system");
    List<String> missing = new ArrayList<>(all);
    missing.remove(first + 1);
    assertEquals("Line " + (first + 2) + ": seq 3 of book", beginning(refused(joined(missing))));
    List<String> twice = new ArrayList<>(all);
    twice.add(first, all.get(first));
    assertEquals("Line " + (first + 2) + ": seq 1 of book", beginning(refused(joined(twice))));
    List<String> moved = new ArrayList<>(all.subList(first, all.size()));
    moved.addAll(all.subList(0, first));
    assertTrue(refused(joined(moved)).contains("book '_system' comes after book "));
    String cut = text().substring(0, text().length() - 1);
    assertEquals(
        "Line " + all.size() + ": has no end: the file was cut off, or is still being written.",
        refused(cut));
    assertEquals(
        "Line 2: is empty, a JSON document is expected.",
        refused(all.get(0) + "\n\n" + all.get(1)));
    assertTrue(refused(text().replace("\n", "\r\n")).startsWith("Line 1: from byte "));
    assertTrue(
        refused(all.get(0).replace("\"seq\":1", "\"seq\":\"1\"") + "\n")
            .startsWith("Line 1: seq (column "));
  }

  @Test
  void timesThatGoBackAreRefused() {
    String one =
        "{\"book\":\"b\",\"seq\":%d,\"at\":\"%s\",\"kind\":\"account_opened\",\"payload\":{"
            + "\"kind\":\"account_opened\",\"def\":{\"id\":{\"book\":\"b\",\"path\":\"p\"},\"asset\":"
            + "\"E\",\"kind\":\"asset\"},\"cfg\":{\"normal_side\":null,\"min_balance\":null}}}\n";
    String later = one.formatted(1, "2026-01-01T00:00:01Z");
    assertEquals(
        "Line 2: its commit time 2026-01-01T00:00:00Z is before that of the line above,"
            + " 2026-01-01T00:00:01Z.",
        refused(later + one.formatted(2, "2026-01-01T00:00:00Z")));
    assertTrue(
        refused(one.formatted(1, "2026-01-01T00:00:00.000000001Z"))
            .contains("is not a whole microsecond"));
  }

  @Test
  void aLineWithoutEndDoesNotFillTheMemory() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    ExportException e = assertThrows(ExportException.class, () -> read(endless));
    assertEquals("Line 1: is longer than 16777216 bytes, and no event is.", e.getMessage());
  }

  @Test
  void aBookThatIsNotThereIsNoEmptyExport() {
    ExportException e =
        assertThrows(ExportException.class, () -> ExportSource.book(ledger.store, "none"));
    assertEquals("There is no book 'none' in this ledger.", e.getMessage());
  }

  private static String joined(List<String> all) {
    return String.join("\n", all) + "\n";
  }

  private static String beginning(String message) {
    return message.substring(0, message.indexOf(" of book") + " of book".length());
  }
}
