// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.AnchorRecord.Restore;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.Logs;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.DescribedSegment;
import dev.talea.log.disk.GoldenFile;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The log {@code _anchors} byte by byte, as {@link Anchorer} writes it: against a golden file, and
 * with a reader written from docs/log-format.md alone, which has to find the trees that the books'
 * own segments have.
 */
class AnchorFormatTest {
  private static final Path DIRECTORY = Path.of("/data/talea");
  private static final GoldenFile GOLDEN =
      new GoldenFile(AnchorFormatTest.class, "golden-anchors-v1.hex");
  private static final long BEGUN = 1_800_000_000_000_000L;
  private static final long MINUTE = 60_000_000L;
  private static final String REASON = "a wrong import, № 7";

  /** The folder of {@code книга}, as the page says. */
  private static final String CYRILLIC = "%d0%ba%d0%bd%d0%b8%d0%b3%d0%b0";

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final AtomicLong micros = new AtomicLong(BEGUN);
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong random = new AtomicLong(0x0102030405060708L);

  // ------------------------------------------------------------------ the ledger

  /** The clocks stand still between the minutes, so no writer rests, and none marks its log. */
  private LogEnvironment environment() {
    return SystemLogEnvironment.create()
        .withDisk(disk)
        .withClock(micros::get)
        .withNanos(nanos::get)
        .withRandom(() -> random.addAndGet(0x1111111111111111L))
        .withBackground(Runnable::run);
  }

  private LogLedgerStore open() {
    return LogLedgerStore.open(DIRECTORY, LogStoreSettings.DEFAULTS, environment(), Runnable::run);
  }

  private static void begin(LogLedgerStore store, String book) {
    store.openAccount(account(book, "p", "EUR")).join();
    store.openAccount(account(book, "q", "EUR")).join();
  }

  private static void post(LogLedgerStore store, String book, String key) {
    store.commit(book, List.of(move(book, key, "p", "q", 1, "EUR")), false).join();
  }

  private static TreeHead head(LogLedgerStore store, String book) {
    return Objects.requireNonNull(store.heads().get(book));
  }

  private void anchor(Anchorer anchorer, int books) {
    micros.addAndGet(MINUTE);
    assertEquals(new Anchorer.Round(books, List.of()), anchorer.round());
  }

  /** Three processes: two that anchor, and between them a restore of {@code a} that is not made. */
  @BeforeEach
  void write() {
    TreeHead begun;
    TreeHead posted;
    try (LogLedgerStore store = open()) {
      store.registerAsset(fiat("EUR")).join();
      begin(store, "a");
      begin(store, "книга");
      begun = head(store, "a");
      Anchorer anchorer = new Anchorer(store);
      anchor(anchorer, 3);
      post(store, "a", "1");
      anchor(anchorer, 1);
      anchor(anchorer, 0);
      posted = head(store, "a");
    }
    micros.addAndGet(MINUTE);
    try (Logs logs = new LogFiles(DIRECTORY, disk).open(LogSettings.DEFAULTS, environment());
        AnchorLog anchors = AnchorLog.open(logs)) {
      anchors.append(List.of(new Restore("a", posted, begun, REASON)));
    }
    try (LogLedgerStore store = open()) {
      post(store, "a", "2");
      post(store, "книга", "1");
      anchor(new Anchorer(store), 2);
    }
    nanos.set(Long.MAX_VALUE / 2); // helpers that wait for work have waited long enough
  }

  private static Path segment(String folder) {
    return DIRECTORY.resolve("books").resolve(folder).resolve("00000000000000000001.log");
  }

  // ------------------------------------------------- a reader written from the description alone

  /** A tree that a record speaks of. */
  private record Tree(String book, long size, String root) {}

  /** A record; an anchor has no tree now, and its reason is empty. */
  private record Line(
      String kind, long at, Tree tree, long sizeNow, String rootNow, String reason) {}

  private static List<Line> lines(byte[] segment) throws NoSuchAlgorithmException {
    DescribedSegment log = new DescribedSegment(segment);
    assertEquals("_anchors", log.name());
    List<Line> lines = new ArrayList<>();
    for (DescribedSegment.Entry record : log.records()) {
      ByteBuffer payload = ByteBuffer.wrap(record.payload()).order(ByteOrder.LITTLE_ENDIAN);
      assertEquals(record.payload().length, record.provenBytes(), "all of it is proven");
      boolean cut = payload.get(0) == 65;
      assertTrue(cut || payload.get(0) == 64, "type");
      assertEquals(1, payload.get(1), "layout version");
      int nameBytes = payload.getShort(2);
      int reasonBytes = payload.getInt(4);
      long at = payload.getLong(8);
      assertEquals(record.commitTime(), at, "that of the block");
      int texts = cut ? 96 : 56;
      assertEquals(texts + nameBytes + reasonBytes, record.payload().length);
      String book = text(payload, texts, nameBytes);
      lines.add(
          new Line(
              cut ? "restore" : "anchor",
              at,
              new Tree(book, payload.getLong(16), hex(payload, 24)),
              cut ? payload.getLong(56) : 0,
              cut ? hex(payload, 64) : "",
              text(payload, texts + nameBytes, reasonBytes)));
    }
    return lines;
  }

  private static String text(ByteBuffer payload, int at, int length) {
    return new String(part(payload, at, length), StandardCharsets.UTF_8);
  }

  private static String hex(ByteBuffer payload, int at) {
    return hex(part(payload, at, 32));
  }

  private static byte[] part(ByteBuffer payload, int at, int length) {
    byte[] bytes = new byte[length];
    payload.get(at, bytes);
    return bytes;
  }

  /** The trees that the books have to have, by the page's first rule. */
  private static Map<String, SortedMap<Long, String>> inForce(List<Line> lines) {
    Map<String, SortedMap<Long, String>> trees = new TreeMap<>();
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      boolean cut = line.kind.equals("restore");
      long size = cut ? line.sizeNow : line.tree.size;
      boolean cutLater =
          lines.subList(i + 1, lines.size()).stream()
              .anyMatch(
                  later ->
                      later.kind.equals("restore")
                          && later.tree.book.equals(line.tree.book)
                          && later.sizeNow < size);
      if (size > 0 && !cutLater) {
        String root = cut ? line.rootNow : line.tree.root;
        String same =
            trees.computeIfAbsent(line.tree.book, book -> new TreeMap<>()).put(size, root);
        assertTrue(same == null || same.equals(root), "one size, one root");
      }
    }
    return trees;
  }

  // ------------------------------------------------------------------ the tests

  @Test
  void theBytesAreThoseOfTheGoldenFile() throws Exception {
    GOLDEN.assertSame(disk.content(segment("_anchors")));
  }

  /** What the books' own segments have is read from the page as well. */
  @Test
  void aReaderWrittenFromTheDescriptionReadsTheFile() throws Exception {
    DescribedSegment system = new DescribedSegment(disk.content(segment("_system")));
    DescribedSegment a = new DescribedSegment(disk.content(segment("a")));
    DescribedSegment other = new DescribedSegment(disk.content(segment(CYRILLIC)));
    assertEquals("книга", other.name());
    assertEquals(
        List.of(
            anchor(1, "_system", 1, system),
            anchor(1, "a", 2, a),
            anchor(1, "книга", 2, other),
            anchor(2, "a", 3, a),
            new Line("restore", BEGUN + 4 * MINUTE, tree("a", 3, a), 2, hex(a.root(2)), REASON),
            anchor(5, "a", 4, a),
            anchor(5, "книга", 3, other)),
        lines(GOLDEN.segment()));
  }

  private static Line anchor(int minute, String book, int size, DescribedSegment log)
      throws NoSuchAlgorithmException {
    return new Line("anchor", BEGUN + minute * MINUTE, tree(book, size, log), 0, "", "");
  }

  private static Tree tree(String book, int size, DescribedSegment log)
      throws NoSuchAlgorithmException {
    return new Tree(book, size, hex(log.root(size)));
  }

  private static String hex(byte[] root) {
    return HexFormat.of().formatHex(root);
  }

  /** Our own reader, of the same file. */
  @Test
  void theProductReadsTheSame() throws Exception {
    SimulatedDisk found = new SimulatedDisk(2);
    Path file = segment("_anchors");
    found.createDurably(Objects.requireNonNull(file.getParent()));
    try (var to = found.create(file)) {
      to.write(ByteBuffer.wrap(GOLDEN.segment()), 0);
    }
    AnchorHistory history =
        AnchorHistory.of(new LogFiles(DIRECTORY, found).read(AnchorLog.NAME).found());
    List<Line> lines = lines(GOLDEN.segment());
    Map<String, SortedMap<Long, String>> trees = inForce(lines);
    assertEquals(List.of(2L, 4L), List.copyOf(trees.getOrDefault("a", new TreeMap<>()).keySet()));
    assertEquals(trees.keySet(), history.books());
    assertEquals(6, history.anchors());
    assertEquals(1, history.restores());
    assertEquals(lines.get(lines.size() - 1).at, history.lastAt());
    assertEquals(List.of(), history.contradictions());
    trees.forEach(
        (book, roots) -> {
          assertNull(compared(history, book, roots), book);
          roots.forEach(
              (size, root) -> {
                SortedMap<Long, String> others = new TreeMap<>(roots);
                others.put(size, (root.startsWith("0") ? "1" : "0") + root.substring(1));
                assertNotNull(compared(history, book, others), book + " " + size);
              });
        });
  }

  /** What is wrong with a book of these trees, asked for exactly these sizes. */
  private static @Nullable String compared(
      AnchorHistory history, String book, SortedMap<Long, String> roots) {
    AnchorHistory.Comparison comparison = Objects.requireNonNull(history.compare(book));
    roots.forEach(
        (size, root) -> {
          assertEquals(size, comparison.nextSize());
          comparison.passed(new TreeHead(size, HexFormat.of().parseHex(root)));
        });
    assertEquals(Long.MAX_VALUE, comparison.nextSize());
    return comparison.fault(roots.lastKey());
  }
}
