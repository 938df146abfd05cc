// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.record.RecordLayout;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.ReadOnlyDisk;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogDirectory;
import dev.talea.log.disk.LogFiles;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Records with right checksums and wrong content, as a bug or a forger would write them: the log
 * cannot tell, replay must.
 */
@Tag("slow")
class BookReplayTest {
  private static final LogSettings SETTINGS = SimulatedLedger.SETTINGS.withIdleMillis(600_000);

  private static final String BOOK = "b";

  /** {@code -Dtalea.forge.step=1} changes every byte and not only every third. */
  private static final int STEP = Integer.getInteger("talea.forge.step", 3);

  private static final Path FORGED = Path.of("/data/forged");

  /** A record, how much of it the hash tree is over, and the time of its block. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Raw(long time, byte[] payload, int provenBytes) {
    Raw with(byte[] other) {
      return new Raw(time, other, Math.min(provenBytes, other.length));
    }
  }

  private record Writing(Raw raw, CompletableFuture<Void> done) {}

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private List<Raw> records = List.of();

  @BeforeEach
  void writeABook() {
    try (LogLedgerStore store =
        LogLedgerStore.open(
            SimulatedLedger.DIRECTORY,
            SETTINGS,
            SimulatedLedger.MAINTENANCE,
            environment(disk),
            Runnable::run)) {
      for (String asset : List.of("EUR", "ETH")) {
        store.registerAsset(fiat(asset)).join();
        store.openAccount(account(BOOK, "cash " + asset, asset)).join();
        store.openAccount(account(BOOK, "sales " + asset, asset)).join();
      }
      post(store, "k1", Int128.of(5), "EUR");
      post(store, "k2", Int128.of(7), "EUR", "ETH");
      post(store, "k3", Int128.ofParts(1L << 40, 3), "ETH");
      post(store, "k4", Int128.of(9), "EUR", "EUR");
    }
    records = read(new LogFiles(SimulatedLedger.DIRECTORY, disk).read(BOOK).reader());
    assertEquals(8, records.size());
  }

  /**
   * With a clock as it is: a mark of a log at rest, at one writing and not at the other, would put
   * what follows at another position.
   */
  private static LogEnvironment environment(SimulatedDisk disk) {
    return SimulatedLedger.environment(disk).withNanos(System::nanoTime);
  }

  private static void post(LogLedgerStore store, String key, Int128 minor, String... assets) {
    List<Posting> postings = new ArrayList<>();
    for (String asset : assets) {
      postings.add(new Posting("cash " + asset, minor, asset, Side.DEBIT));
      postings.add(new Posting("sales " + asset, minor, asset, Side.CREDIT));
    }
    TransactionDraft draft = new TransactionDraft(BOOK, key, postings, List.of(), null, null);
    store.commit(BOOK, List.of(draft), false).join().get(0).orThrow();
  }

  private static List<Raw> read(LogReader log) {
    List<Raw> records = new ArrayList<>();
    LogCursor cursor = log.cursor(1);
    while (cursor.next()) {
      byte[] payload = new byte[cursor.payload().remaining()];
      cursor.payload().get(payload);
      records.add(new Raw(cursor.commitTime(), payload, cursor.provenBytes()));
    }
    return records;
  }

  @Test
  void theRecordsAsTheyWereWrittenReplay() {
    assertEquals(9, replay(records), "8 records and the one that opening adds");
    BookCheck.Result right = check(write(records));
    assertEquals(4, right.transactions());
    assertEquals(4, right.accounts());
    BookCheck.Total eur = requireNonNull(right.totals().get("EUR"));
    assertEquals(BigInteger.valueOf(5 + 7 + 9 + 9), eur.debits());
    assertEquals(eur.debits(), eur.credits());
  }

  /**
   * Nothing in these transactions but their keys is free: everything else follows from something
   * else.
   */
  @Test
  void noByteOfATransactionCanBeAnother() {
    int changed = 0;
    for (int i = 4; i < records.size(); i++) {
      byte[] payload = records.get(i).payload();
      int key = records.get(i).provenBytes() - 2; // two bytes, and nothing behind them
      for (int at = i % STEP; at < payload.length; at += STEP) {
        if (at == key || at == key + 1) {
          continue;
        }
        List<Raw> forged = new ArrayList<>(records);
        byte[] other = payload.clone();
        other[at] ^= (byte) (1 << (at % 8));
        forged.set(i, records.get(i).with(other));
        BrokenRecordException e = assertBroken(forged, "record " + (i + 1) + ", byte " + at);
        assertTrue(e.toString().contains("Book 'b', seq " + (i + 1)), e::toString);
        assertTrue(e.toString().contains("log position"), e::toString);
        changed++;
      }
    }
    System.out.println("[talea] BookReplayTest: " + changed + " forged bytes, all found");
  }

  @Test
  void whatAnAccountSaysOfItselfIsFreeButItsNumbersAreNot() {
    int[] derived = {
      RecordLayout.TYPE_U8,
      RecordLayout.VERSION_U8,
      RecordLayout.FLAGS_U16 + 1,
      RecordLayout.ACCOUNT_NUMBER_U32,
      RecordLayout.AT_I64,
      RecordLayout.ACCOUNT_ASSET_NUMBER_U32,
      RecordLayout.ACCOUNT_RESERVED_U32,
      RecordLayout.ACCOUNT_PRECISION_U8,
      RecordLayout.ACCOUNT_PATH_LENGTH_U16,
      RecordLayout.ACCOUNT_RESERVED_U16,
      RecordLayout.ACCOUNT_MIN_BALANCE_I128,
      records.get(1).payload().length - 1 // of the tag
    };
    for (int at : derived) {
      List<Raw> forged = new ArrayList<>(records);
      byte[] other = records.get(1).payload().clone();
      other[at] ^= 0x10;
      forged.set(1, records.get(1).with(other));
      assertBroken(forged, "byte " + at + " of an opening");
    }
  }

  @Test
  void noOtherPartOfARecordIsProven() {
    for (int i = 0; i < records.size(); i++) {
      Raw record = records.get(i);
      for (int proven : new int[] {0, record.provenBytes() - 1, record.payload().length}) {
        List<Raw> forged = new ArrayList<>(records);
        forged.set(i, new Raw(record.time(), record.payload(), proven));
        BrokenRecordException e = assertBroken(forged, "record " + (i + 1) + " proven " + proven);
        assertTrue(e.toString().contains("proven part of " + proven), e::toString);
      }
    }
  }

  @Test
  void noRecordCanBeLeftOutRepeatedOrMoved() {
    for (int i = 0; i < records.size() - 1; i++) {
      List<Raw> without = new ArrayList<>(records);
      without.remove(i);
      assertBroken(without, "without record " + (i + 1));
      List<Raw> twice = new ArrayList<>(records);
      twice.add(i + 1, records.get(i));
      assertBroken(twice, "record " + (i + 1) + " twice");
    }
  }

  /** With the number and the time that are due, so that nothing else is wrong with it. */
  @Test
  void noAccountIsOpenedTwice() {
    Raw first = records.get(1);
    long later = first.time() + 1;
    byte[] again = first.payload().clone();
    ByteBuffer fields = ByteBuffer.wrap(again).order(ByteOrder.LITTLE_ENDIAN);
    fields.putInt(RecordLayout.ACCOUNT_NUMBER_U32, 2);
    fields.putLong(RecordLayout.AT_I64, later);
    List<Raw> forged = new ArrayList<>(records.subList(0, 2));
    forged.add(new Raw(later, again, first.provenBytes()));
    BrokenRecordException e = assertBroken(forged, "an account twice");
    assertTrue(e.toString().contains("'sales EUR' a second time"), e::toString);
  }

  @Test
  void aShortRecordIsBrokenAtWhateverLength() {
    for (int i = 0; i < records.size(); i++) {
      byte[] payload = records.get(i).payload();
      for (int length = 0; length < payload.length; length += 7) {
        List<Raw> forged = new ArrayList<>(records);
        byte[] shorter = Arrays.copyOf(payload, length);
        forged.set(i, records.get(i).with(shorter));
        assertBroken(forged, "record " + (i + 1) + " cut to " + length);
      }
    }
  }

  /** Whether a book is opened or checked, it is the same record that cannot be. */
  private BrokenRecordException assertBroken(List<Raw> forged, String what) {
    BrokenRecordException opening =
        assertThrows(BrokenRecordException.class, () -> replay(forged), what);
    BrokenRecordException checking =
        assertThrows(BrokenRecordException.class, () -> check(write(forged)), what);
    assertEquals(opening.getMessage(), checking.getMessage());
    return opening;
  }

  private static BookCheck.Result check(SimulatedDisk on) {
    LogFiles files = new LogFiles(FORGED, ReadOnlyDisk.of(on));
    return new BookCheck(
            files.read(BOOK).found(), ReadOnlyDisk.of(on), files.folder(BOOK), 100, bytes -> {})
        .run();
  }

  private static SimulatedDisk write(List<Raw> records) {
    SimulatedDisk fresh = new SimulatedDisk(2);
    long[] time = {0};
    try (LogDirectory directory =
        LogDirectory.open(FORGED, SETTINGS, environment(fresh).withClock(() -> time[0]))) {
      write(directory, records, time).close();
    }
    return fresh;
  }

  private static Log<Writing> write(LogDirectory directory, List<Raw> records, long[] time) {
    Log<Writing> log = directory.createLog(BOOK, reader -> new Forger());
    for (Raw record : records) {
      time[0] = record.time();
      Writing writing = new Writing(record, new CompletableFuture<>());
      assertTrue(log.submit(writing, 1));
      writing.done().join();
    }
    return log;
  }

  /** Writes the records as they are, then opens the book on them; the last seq after an opening. */
  private static long replay(List<Raw> records) {
    SimulatedDisk fresh = new SimulatedDisk(2);
    long[] time = {0};
    try (LogDirectory directory =
        LogDirectory.open(FORGED, SETTINGS, environment(fresh).withClock(() -> time[0]))) {
      write(directory, records, time).close();
      Function<LogReader, CommitHandler<BookRequest<?>>> handler =
          reader -> {
            Maintenance maintenance = new Maintenance(fresh, Runnable::run, 1 << 20, 1 << 20);
            Path folder = FORGED.resolve("books").resolve(BOOK);
            BookState state = BookOpening.open(reader, folder, maintenance, Runnable::run).state();
            return SimulatedLedger.writer(
                state, new BookMaintenance(maintenance, reader, folder, state));
          };
      Log<BookRequest<?>> book = directory.openLog(BOOK, handler);
      OpenRequest opening = new OpenRequest(account(BOOK, "one more", "EUR"), 2);
      assertTrue(book.submit(opening, 1));
      opening.future.join();
      return book.durableSeq();
    }
  }

  /** Writes whatever it is given. */
  private static final class Forger implements CommitHandler<Writing> {
    @Override
    public int handle(Writing request, BlockBuilder block) {
      byte[] payload = request.raw().payload();
      if (block.remaining() < BlockBuilder.bytesFor(payload.length)) {
        return BlockBuilder.bytesFor(payload.length);
      }
      block.begin(payload.length).put(payload);
      block.end(request.raw().provenBytes());
      return DONE;
    }

    @Override
    public void publish(long firstSeq, long lastSeq) {}

    @Override
    public void committed(Writing request) {
      request.done().complete(null);
    }

    @Override
    public void refused(Writing request, LogUnavailableException why) {
      request.done().completeExceptionally(why);
    }
  }
}
