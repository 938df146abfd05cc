// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Timeout;
import dev.talea.ledger.LedgerError.Unauthorized;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.DraftReader;
import dev.talea.ledger.json.ResultJson;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Posts a stream of drafts in batches and never gives up on one without writing it down.
 *
 * <p>A reader thread parses lines ahead, within a budget of bytes. Everything else happens on the
 * thread that calls {@link #run}: it puts drafts into batches, keeps a few in flight, and takes the
 * answers. Drafts of one book are posted in the order of the file: while some are in flight, or
 * wait for another try, no other batch carries that book. So a file of one book has one batch in
 * flight, and a file of many books several.
 *
 * <p>It keeps no notes of its own between runs. The idempotency keys in the drafts are the notes:
 * what a killed run had posted, the next one finds in the ledger.
 */
final class Loader {
  /**
   * How to load.
   *
   * @param batchMax drafts in a batch
   * @param batchesInFlightMax batches that wait for an answer at the same time
   * @param patience how long the server may refuse or be away before the load stops
   * @param firstPause before a second try; doubles up to ten times as much
   */
  record Plan(int batchMax, int batchesInFlightMax, Duration patience, Duration firstPause) {}

  /** The load had to stop before the end of its input. The message says why, in one sentence. */
  static final class StoppedException extends Exception {
    private final boolean againMayHelp;
    private final boolean unauthorized;

    StoppedException(String message, boolean againMayHelp) {
      this(message, againMayHelp, false);
    }

    private StoppedException(String message, boolean againMayHelp, boolean unauthorized) {
      super(message);
      this.againMayHelp = againMayHelp;
      this.unauthorized = unauthorized;
    }

    private static StoppedException refused(LedgerError error) {
      return new StoppedException(
          "the server refuses: " + envelope(error), false, error instanceof Unauthorized);
    }

    /** Whether the server wants another token, or one at all. */
    boolean unauthorized() {
      return unauthorized;
    }

    /** Whether the same command may get further, with nothing mended but by time. */
    boolean againMayHelp() {
      return againMayHelp;
    }
  }

  /** Bytes of lines, read ahead or on their way. Ten thousands of drafts, but no big heap. */
  private static final int WINDOW_BYTES = 16 * 1024 * 1024;

  /** What an entry costs beyond its text: objects, references. */
  private static final int LINE_OVERHEAD_BYTES = 512;

  /** Leaves room in a request of 2 MiB for the fields that drafts may leave out. */
  private static final int BATCH_BYTES_MAX = 1024 * 1024;

  /** How often the display of the progress is renewed. */
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** What comes to the loader's thread from other threads. */
  private sealed interface News {}

  /** A draft, or why the line is none. */
  private record Entry(
      DraftLines.Line line, @Nullable TransactionDraft draft, @Nullable LedgerError fault)
      implements News {
    int cost() {
      return line.text().length + LINE_OVERHEAD_BYTES;
    }
  }

  private record EndOfInput(@Nullable IOException failure) implements News {}

  private record Answer(
      Batch batch, @Nullable List<PostResult> results, @Nullable Throwable failure)
      implements News {}

  /** Entries on their way, the number of tries so far, and when the next one is due. */
  private record Batch(List<Entry> entries, int tries, long dueNanos) {}

  private final LedgerApi ledger;
  private final Plan plan;
  private final RejectedLines rejected;
  private final LoadProgress progress;
  private final LongSupplier nanos;

  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final Semaphore window = new Semaphore(WINDOW_BYTES);

  /** Drafts waiting for a batch, by book. */
  private final Map<String, Deque<Entry>> waiting = new HashMap<>();

  /** Books with drafts waiting and none on their way. */
  private final Set<String> ready = new LinkedHashSet<>();

  /** Books with drafts on their way. */
  private final Set<String> busy = new HashSet<>();

  private final Queue<Batch> pausing =
      new PriorityQueue<>(Comparator.comparingLong(Batch::dueNanos));
  private int inFlight;
  private boolean inputEnded;

  /** Drafts in a batch; fewer than planned while the server refuses batches as they are. */
  private int batchMax;

  private final long startNanos;
  private final AtomicLong posted = new AtomicLong();
  private final AtomicLong deduplicated = new AtomicLong();
  private final AtomicLong rejections = new AtomicLong();
  private final AtomicLong bytesDone = new AtomicLong();

  /** When the server began to say nothing but no; meaningless unless {@link #inTrouble}. */
  private long troubleNanos;

  private boolean inTrouble;

  /** What the server said last; empty until it has. */
  private String troubleWords = "";

  Loader(
      LedgerApi ledger,
      Plan plan,
      RejectedLines rejected,
      LoadProgress progress,
      LongSupplier nanos) {
    this.ledger = ledger;
    this.plan = plan;
    this.rejected = rejected;
    this.progress = progress;
    this.nanos = nanos;
    this.batchMax = plan.batchMax();
    this.startNanos = nanos.getAsLong();
  }

  /** The numbers now. Any thread may ask. */
  LoadTally tally() {
    Duration elapsed = Duration.ofNanos(nanos.getAsLong() - startNanos);
    return new LoadTally(
        posted.get(), deduplicated.get(), rejections.get(), bytesDone.get(), elapsed);
  }

  /**
   * Loads everything.
   *
   * @throws StoppedException if it cannot go on; what is posted is posted
   */
  void run(InputStream input) throws StoppedException, InterruptedException {
    Thread reader = new Thread(() -> read(input), "talea-load-reader");
    reader.setDaemon(true);
    reader.start();
    try {
      long nextTick = nanos.getAsLong();
      while (!isDone()) {
        sendWhatCanBeSent();
        News first = news.poll(nanosToWait(), TimeUnit.NANOSECONDS);
        for (News next = first; next != null; next = news.poll()) {
          take(next);
        }
        long now = nanos.getAsLong();
        if (now - nextTick >= 0) {
          if (inTrouble) {
            progress.waiting(troubleWords, patienceLeft(now));
          }
          progress.update(tally());
          nextTick = now + TICK_NANOS;
        }
      }
      progress.update(tally());
    } finally {
      reader.interrupt();
    }
  }

  private boolean isDone() {
    return inputEnded && waiting.isEmpty() && busy.isEmpty() && news.isEmpty();
  }

  private long nanosToWait() {
    Batch next = pausing.peek();
    long wait = next == null ? TICK_NANOS : next.dueNanos - nanos.getAsLong();
    return Math.max(Math.min(wait, TICK_NANOS), 0);
  }

  // --- the reader's thread ---

  private void read(InputStream input) {
    try {
      DraftLines lines = new DraftLines(input);
      for (DraftLines.Line line = lines.next(); line != null; line = lines.next()) {
        if (!line.isBlank()) {
          Entry entry = parse(line);
          window.acquire(entry.cost());
          news.add(entry);
        }
      }
      news.add(new EndOfInput(null));
    } catch (IOException e) {
      news.add(new EndOfInput(e));
    } catch (InterruptedException e) {
      // The loader has stopped and takes no more news.
      Thread.currentThread().interrupt();
    }
  }

  private static Entry parse(DraftLines.Line line) {
    if (line.isOverlong()) {
      return new Entry(
          line,
          null,
          new InvalidDraft(
              "body",
              "the line is "
                  + line.length()
                  + " bytes long, at most "
                  + DraftLines.LINE_BYTES_MAX
                  + " fit; only its beginning is kept here"));
    }
    try {
      return new Entry(line, DraftReader.transaction(line.text()), null);
    } catch (LedgerException e) {
      return new Entry(line, null, e.error());
    }
  }

  // --- the loader's thread ---

  private void sendWhatCanBeSent() {
    long now = nanos.getAsLong();
    while (inFlight < plan.batchesInFlightMax()) {
      Batch due = pausing.peek();
      Batch batch =
          due != null && due.dueNanos - now <= 0 ? pausing.poll() : inTrouble ? null : newBatch();
      if (batch == null) {
        return;
      }
      send(batch);
    }
  }

  private @Nullable Batch newBatch() {
    List<Entry> entries = new ArrayList<>();
    int bytes = 0;
    var books = ready.iterator();
    boolean full = false;
    while (books.hasNext() && !full) {
      String book = books.next();
      Deque<Entry> lane = waiting.get(book);
      while (lane != null && !lane.isEmpty() && !full) {
        Entry entry = lane.remove();
        entries.add(entry);
        bytes += entry.line().text().length;
        full = entries.size() >= batchMax || bytes >= BATCH_BYTES_MAX;
      }
      books.remove();
      busy.add(book);
      if (lane != null && lane.isEmpty()) {
        waiting.remove(book);
      }
    }
    return entries.isEmpty() ? null : new Batch(entries, 0, 0);
  }

  private void send(Batch batch) {
    inFlight++;
    List<TransactionDraft> drafts = new ArrayList<>(batch.entries.size());
    for (Entry entry : batch.entries) {
      drafts.add(draftOf(entry));
    }
    var unused =
        ledger
            .postBatch(drafts)
            .whenComplete((results, failure) -> news.add(new Answer(batch, results, failure)));
  }

  private static TransactionDraft draftOf(Entry entry) {
    TransactionDraft draft = entry.draft();
    if (draft == null) {
      throw new IllegalStateException("line " + entry.line().number() + " has no draft");
    }
    return draft;
  }

  private void take(News what) throws StoppedException {
    if (what instanceof Entry entry) {
      if (entry.fault() != null) {
        reject(entry, entry.fault());
      } else {
        String book = draftOf(entry).book();
        waiting.computeIfAbsent(book, b -> new ArrayDeque<>()).add(entry);
        if (!busy.contains(book)) {
          ready.add(book);
        }
      }
    } else if (what instanceof EndOfInput end) {
      if (end.failure() != null) {
        throw new StoppedException(
            "the input cannot be read any further: " + FileTrouble.words(end.failure()), true);
      }
      inputEnded = true;
    } else if (what instanceof Answer answer) {
      inFlight--;
      take(answer);
    }
  }

  private void take(Answer answer) throws StoppedException {
    Batch batch = answer.batch();
    List<PostResult> results = answer.results();
    if (results == null) {
      Throwable failure = answer.failure();
      refused(batch, failure == null ? new Internal("no answer") : errorOf(failure));
      return;
    }
    List<Entry> again = new ArrayList<>();
    LedgerError trouble = null;
    for (int i = 0; i < results.size(); i++) {
      Entry entry = batch.entries.get(i);
      if (results.get(i) instanceof Posted receipt) {
        if (receipt.deduplicated()) {
          deduplicated.incrementAndGet();
        } else {
          posted.incrementAndGet();
        }
        done(entry);
      } else {
        LedgerError error = ((Refused) results.get(i)).error();
        if (isTemporary(error)) {
          again.add(entry);
          trouble = error;
        } else {
          reject(entry, error);
        }
      }
    }
    if (again.size() < results.size() && inTrouble) {
      inTrouble = false;
      progress.resumed();
    }
    release(batch, again);
    if (trouble != null) {
      tryAgain(again, again.size() < results.size() ? 0 : batch.tries, trouble);
    }
  }

  /** The whole batch got one answer. */
  private void refused(Batch batch, LedgerError error) throws StoppedException {
    if (isTemporary(error)) {
      tryAgain(batch.entries, batch.tries, error);
    } else if (!(error instanceof InvalidDraft)) {
      // A wrong token, no such server: nothing that another line would fare better with.
      throw StoppedException.refused(error);
    } else if (batch.entries.size() > 1) {
      // Too many drafts or too many bytes for this server, or one of them is at fault: smaller
      // batches find out which.
      batchMax = batch.entries.size() / 2;
      putBack(batch);
    } else {
      batchMax = plan.batchMax();
      reject(batch.entries.get(0), error);
      release(batch, List.of());
    }
  }

  private void putBack(Batch batch) {
    for (int i = batch.entries.size() - 1; i >= 0; i--) {
      Entry entry = batch.entries.get(i);
      waiting.computeIfAbsent(draftOf(entry).book(), b -> new ArrayDeque<>()).addFirst(entry);
    }
    release(batch, List.of());
  }

  private void tryAgain(List<Entry> entries, int tries, LedgerError error) throws StoppedException {
    long now = nanos.getAsLong();
    if (!inTrouble) {
      inTrouble = true;
      troubleNanos = now;
    }
    troubleWords = envelope(error);
    Duration left = patienceLeft(now);
    if (left.isNegative()) {
      throw new StoppedException(
          "the server did not take drafts for "
              + plan.patience().toSeconds()
              + " s, and last said: "
              + envelope(error),
          true);
    }
    progress.waiting(envelope(error), left);
    Duration pause = plan.firstPause().multipliedBy(Math.min(1L << Math.min(tries, 10), 10));
    pausing.add(new Batch(entries, tries + 1, now + pause.toNanos()));
  }

  private Duration patienceLeft(long now) {
    return plan.patience().minusNanos(now - troubleNanos);
  }

  /** Books with nothing left on its way may go on. */
  private void release(Batch batch, List<Entry> stillOnTheWay) {
    Set<String> kept = new HashSet<>();
    for (Entry entry : stillOnTheWay) {
      kept.add(draftOf(entry).book());
    }
    for (Entry entry : batch.entries) {
      String book = draftOf(entry).book();
      if (!kept.contains(book) && busy.remove(book) && waiting.containsKey(book)) {
        ready.add(book);
      }
    }
  }

  private void reject(Entry entry, LedgerError error) {
    rejected.add(entry.line(), error);
    rejections.incrementAndGet();
    done(entry);
  }

  private void done(Entry entry) {
    bytesDone.accumulateAndGet(entry.line().endOffset(), Math::max);
    window.release(entry.cost());
  }

  private static boolean isTemporary(LedgerError error) {
    // An internal error leaves open whether the draft is posted; only another try can tell.
    return error instanceof Overloaded
        || error instanceof Unavailable
        || error instanceof Timeout
        || error instanceof Internal;
  }

  private static LedgerError errorOf(Throwable failure) {
    Throwable cause = LedgerErrors.unwrap(failure);
    return cause instanceof LedgerException refusal
        ? refusal.error()
        : new Internal("a fault in talea itself: " + cause);
  }

  private static String envelope(LedgerError error) {
    return new String(ResultJson.error(error), StandardCharsets.UTF_8);
  }
}
