// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.ForwardingLedger;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.json.DraftWriter;
import dev.talea.ledger.service.LedgerService;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LoaderTest {
  private static final LedgerError OVERLOADED =
      new LedgerError.Overloaded(LedgerError.Overloaded.Limit.WRITE_QUEUE);
  private static final LedgerError GONE = new LedgerError.Unavailable("no server");

  @TempDir private Path directory;
  private final InMemoryStore store = new InMemoryStore();
  private final HostileLedger ledger = new HostileLedger(new LedgerService(store, Runnable::run));

  @BeforeEach
  void openBooks() {
    BlockingLedger direct = new BlockingLedger(new LedgerService(store, Runnable::run));
    direct.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "Euro"));
    for (String book : List.of("b0", "b1", "b2")) {
      for (String path : List.of("x", "y")) {
        direct.openAccount(
            new Account(new AccountId(book, path), "EUR", AccountKind.ASSET, null, null));
      }
    }
  }

  @Test
  void everyDraftIsPostedOnceAndASecondRunFindsThemAll() throws Exception {
    List<TransactionDraft> drafts = drafts(2_000);
    LoadTally first = load(text(drafts));
    assertEquals(2_000, first.posted());
    assertEquals(0, first.deduplicated() + first.rejected());
    LoadTally second = load(text(drafts));
    assertEquals(2_000, second.deduplicated());
    assertEquals(0, second.posted() + second.rejected());
    assertEquals(keysByBook(drafts), keysInLedger());
  }

  @Test
  void draftsOfABookKeepTheirOrderWhateverFails() throws Exception {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      List<TransactionDraft> drafts = new ArrayList<>();
      for (TransactionDraft draft : drafts(300)) {
        drafts.add(withKey(draft, seed + "-" + draft.idempotencyKey()));
      }
      Map<String, List<String>> before = keysInLedger();
      ledger.onBatch = batch -> random.nextInt(3) > 0 ? null : GONE;
      load(
          text(drafts),
          new Loader.Plan(
              1 + random.nextInt(20), 1 + random.nextInt(5), FOREVER, Duration.ofMillis(1)));
      Map<String, List<String>> expected = new HashMap<>(before);
      keysByBook(drafts)
          .forEach(
              (book, keys) -> {
                List<String> all = new ArrayList<>(before.getOrDefault(book, List.of()));
                all.addAll(keys);
                expected.put(book, all);
              });
      assertEquals(expected, keysInLedger(), "seed " + seed);
    }
  }

  @Test
  void slotsThatAreOverloadedAreTriedAgainUntilTheyAreTaken() throws Exception {
    Map<String, Integer> refusals = new HashMap<>();
    ledger.onSlot =
        (draft, results) ->
            refusals.merge(draft.idempotencyKey(), 1, Integer::sum) <= 3 ? OVERLOADED : null;
    LoadTally tally = load(text(drafts(50)));
    assertEquals(50, tally.posted());
    assertFalse(Files.exists(rejectedFile()));
  }

  @Test
  void linesThatCannotBePostedAreWrittenDownAndDoNotStopTheRest() throws Exception {
    TransactionDraft good = drafts(1).get(0);
    TransactionDraft unknown =
        new TransactionDraft("b0", "u", postings("nobody", 5), List.of(), null, null);
    String input =
        text(List.of(good))
            + "\n   \r\nthis is no draft\n"
            + text(List.of(unknown))
            + "{\"book\":1}\n"
            + text(List.of(withKey(good, "last"))).stripTrailing();
    LoadTally tally = load(input);
    assertEquals(2, tally.posted());
    assertEquals(3, tally.rejected());
    List<String[]> rejected = new ArrayList<>();
    for (String line : Files.readAllLines(rejectedFile())) {
      rejected.add(line.split("\t", 3));
    }
    rejected.sort((a, b) -> a[0].compareTo(b[0]));
    assertEquals("4", rejected.get(0)[0]);
    assertTrue(rejected.get(0)[1].startsWith("{\"error\":\"invalid_draft\",\"field\":\"body\""));
    assertEquals("this is no draft", rejected.get(0)[2]);
    assertEquals("5", rejected.get(1)[0]);
    assertEquals("{\"error\":\"unknown_account\",\"account\":\"b0:nobody\"}", rejected.get(1)[1]);
    assertEquals(text(List.of(unknown)).stripTrailing(), rejected.get(1)[2]);
    assertEquals("6", rejected.get(2)[0]);
    assertEquals("{\"book\":1}", rejected.get(2)[2]);
  }

  @Test
  void theFileOfRejectedLinesIsOfThisRunOnly() throws Exception {
    load("nonsense\n");
    assertTrue(Files.exists(rejectedFile()));
    load(text(drafts(1)));
    assertFalse(Files.exists(rejectedFile()));
  }

  @Test
  void aLineTooLongForAnyServerIsRejectedByItself() throws Exception {
    String input = "x".repeat(DraftLines.LINE_BYTES_MAX + 1) + "\n" + text(drafts(1));
    LoadTally tally = load(input);
    assertEquals(1, tally.posted());
    assertEquals(1, tally.rejected());
    assertTrue(Files.readString(rejectedFile()).contains("2097153 bytes long"));
  }

  @Test
  void aServerThatTakesSmallerBatchesGetsSmallerBatches() throws Exception {
    ledger.onBatch =
        batch -> batch.size() > 7 ? new LedgerError.InvalidDraft("body", "at most 7 drafts") : null;
    LoadTally tally = load(text(drafts(500)));
    assertEquals(500, tally.posted());
    assertEquals(keysByBook(drafts(500)), keysInLedger());
  }

  @Test
  void aDraftThatNoServerTakesIsFoundAndTheOthersArePosted() throws Exception {
    ledger.onBatch =
        batch ->
            batch.stream().anyMatch(draft -> draft.idempotencyKey().equals("k13"))
                ? new LedgerError.InvalidDraft("body", "that one")
                : null;
    LoadTally tally = load(text(drafts(100)));
    assertEquals(99, tally.posted());
    assertEquals(1, tally.rejected());
    assertTrue(Files.readString(rejectedFile()).startsWith("14\t"));
  }

  @Test
  void aServerAwayForMinutesIsWaitedForAndThenGivenUpWithWhatItSaid() throws Exception {
    AtomicLong clock = new AtomicLong();
    LongSupplier hurried = () -> clock.addAndGet(Duration.ofMillis(100).toNanos());
    ledger.onBatch = batch -> clock.get() < Duration.ofMinutes(1).toNanos() ? GONE : null;
    LoadTally tally = load(text(drafts(10)), plan(Duration.ofMinutes(2)), hurried);
    assertEquals(10, tally.lines());
    assertEquals(0, tally.rejected());

    ledger.onBatch = batch -> GONE;
    Loader.StoppedException e =
        assertThrows(
            Loader.StoppedException.class,
            () -> load(text(drafts(10)), plan(Duration.ofMinutes(2)), hurried));
    assertEquals(
        "the server did not take drafts for 120 s, and last said:"
            + " {\"error\":\"unavailable\",\"reason\":\"no server\"}",
        e.getMessage());
  }

  @Test
  void aTokenThatIsRefusedStopsTheLoadAtOnce() {
    ledger.onBatch = batch -> new LedgerError.Unauthorized();
    Loader.StoppedException e =
        assertThrows(Loader.StoppedException.class, () -> load(text(drafts(10))));
    assertEquals("the server refuses: {\"error\":\"unauthorized\"}", e.getMessage());
  }

  @Test
  void inputThatBreaksOffIsAnErrorAndNotAnEnd() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("Input/output error");
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            return read();
          }
        };
    Loader.StoppedException e =
        assertThrows(
            Loader.StoppedException.class, () -> load(broken, plan(FOREVER), SystemTicker::nanos));
    assertEquals(
        "the input cannot be read any further: Input/output error", String.valueOf(e.getMessage()));
    assertTrue(e.againMayHelp());
  }

  // --- the story's props ---

  private static final Duration FOREVER = Duration.ofDays(1);

  private static Loader.Plan plan(Duration patience) {
    return new Loader.Plan(50, 4, patience, Duration.ofMillis(1));
  }

  private Path rejectedFile() {
    return directory.resolve("x.rejected");
  }

  private LoadTally load(String text) throws Exception {
    return load(text, plan(FOREVER));
  }

  private LoadTally load(String text, Loader.Plan plan) throws Exception {
    return load(text, plan, SystemTicker::nanos);
  }

  private LoadTally load(String text, Loader.Plan plan, LongSupplier nanos) throws Exception {
    return load(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), plan, nanos);
  }

  private LoadTally load(InputStream input, Loader.Plan plan, LongSupplier nanos) throws Exception {
    try (RejectedLines rejected = new RejectedLines(rejectedFile())) {
      Loader loader = new Loader(ledger, plan, rejected, new Silence(), nanos);
      loader.run(input);
      return loader.tally();
    }
  }

  private static List<TransactionDraft> drafts(int count) {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // Neither evenly nor in turns: b0 has half of them, in runs.
      String book = "b" + (i % 10 < 5 ? 0 : i % 3);
      drafts.add(new TransactionDraft(book, "k" + i, postings("x", 1 + i), List.of(), null, null));
    }
    return drafts;
  }

  private static List<Posting> postings(String account, long minor) {
    return List.of(
        new Posting(account, Int128.of(minor), "EUR", Side.DEBIT),
        new Posting("y", Int128.of(minor), "EUR", Side.CREDIT));
  }

  private static TransactionDraft withKey(TransactionDraft draft, String key) {
    return new TransactionDraft(draft.book(), key, draft.postings(), List.of(), null, null);
  }

  private static String text(List<TransactionDraft> drafts) {
    StringBuilder text = new StringBuilder();
    for (TransactionDraft draft : drafts) {
      text.append(new String(DraftWriter.transaction(draft), StandardCharsets.UTF_8)).append('\n');
    }
    return text.toString();
  }

  private static Map<String, List<String>> keysByBook(List<TransactionDraft> drafts) {
    Map<String, List<String>> keys = new HashMap<>();
    for (TransactionDraft draft : drafts) {
      keys.computeIfAbsent(draft.book(), b -> new ArrayList<>()).add(draft.idempotencyKey());
    }
    return keys;
  }

  private Map<String, List<String>> keysInLedger() {
    Map<String, List<String>> keys = new HashMap<>();
    for (String book : List.of("b0", "b1", "b2")) {
      for (Event event : store.events(book, 0, Integer.MAX_VALUE, Integer.MAX_VALUE)) {
        if (event.payload() instanceof TransactionPosted posted) {
          keys.computeIfAbsent(book, b -> new ArrayList<>()).add(posted.draft().idempotencyKey());
        }
      }
    }
    return keys;
  }

  private static final class Silence implements LoadProgress {
    @Override
    public void update(LoadTally tally) {}

    @Override
    public void waiting(String why, Duration patienceLeft) {}

    @Override
    public void resumed() {}

    @Override
    public void close() {}
  }

  /** A ledger that refuses, or loses its answer after it has posted, when it is told to. */
  private static final class HostileLedger extends ForwardingLedger {
    interface OnBatch {
      @Nullable LedgerError refuse(List<TransactionDraft> batch);
    }

    interface OnSlot {
      @Nullable LedgerError refuse(TransactionDraft draft, List<PostResult> soFar);
    }

    private final LedgerApi real;
    private int batches;
    private OnBatch onBatch = batch -> null;
    private OnSlot onSlot = (draft, results) -> null;

    HostileLedger(LedgerApi real) {
      super(real);
      this.real = real;
    }

    @Override
    public CompletableFuture<List<PostResult>> postBatch(List<TransactionDraft> drafts) {
      LedgerError refusal = onBatch.refuse(drafts);
      if (refusal != null) {
        // Every other time the work is done and only the answer is lost.
        if (refusal instanceof LedgerError.Unavailable && batches++ % 2 == 0) {
          real.postBatch(drafts).join();
        }
        return CompletableFuture.failedFuture(new LedgerException(refusal));
      }
      List<PostResult> results = new ArrayList<>();
      for (TransactionDraft draft : drafts) {
        LedgerError slot = onSlot.refuse(draft, results);
        results.add(
            slot != null ? new Refused(slot) : real.postBatch(List.of(draft)).join().get(0));
      }
      return CompletableFuture.completedFuture(results);
    }

    @Override
    public void close() {}
  }
}
