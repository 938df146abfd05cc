// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import dev.talea.audit.anchor.AnchorHistory;
import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.proof.MalformedException;
import dev.talea.index.BookCheck;
import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.ledger.Asset;
import dev.talea.ledger.DraftRules;
import dev.talea.log.Disk;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.FoundLogs;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.VerifyReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Checks a ledger in a directory of logs, from the files alone: every checksum of every byte, every
 * record replayed by the rules from the first one on, every balance, total, id and tree root
 * computed again, what was derived from the logs, and the books against the registry. It takes no
 * lock and touches nothing, so that it may run beside a server.
 *
 * <p>Each book is read twice, by two tasks: its bytes, and its records. One thread calls; tasks run
 * on the executor it brings.
 */
public final class LedgerVerifier {
  private static final int STRAYS_TOLD = 16;
  private static final int LOOKS_MAX = 4;

  /** Books that hold less than this part of all hashes are not counted, and wait for no other. */
  private static final int SMALL_PART = 64;

  private final LogFiles files;
  private final Disk disk;
  private final Options options;

  /** As many as there may be hashes of keys in memory. */
  private final Semaphore keys;

  /**
   * How to go about it.
   *
   * @param books the names of those to check
   * @param earlier heads that the books had, by name: the logs must extend them
   * @param keysMax hashes of keys that all books may hold in memory at a time, 8 bytes each. A book
   *     with more of them is read several times; one for which there is no room waits for another
   * @param workers runs the tasks; with one that runs them at once, all is done on this thread
   * @param passed told of bytes that have been gone over, by any thread; each byte counts twice.
   *     May pause, to leave the disk to others
   */
  public record Options(
      Predicate<String> books,
      Map<String, TreeHead> earlier,
      int keysMax,
      Executor workers,
      LongConsumer passed) {}

  /** Checks nothing yet. */
  public LedgerVerifier(LogFiles files, Disk disk, Options options) {
    this.files = files;
    this.disk = disk;
    this.options = options;
    this.keys = new Semaphore(options.keysMax);
  }

  private record Tasks(FutureTask<Bytes> bytes, FutureTask<Records> records) {}

  /**
   * What going over the bytes came to: a report or a failure.
   *
   * @param faults where the log is not what it was
   */
  private record Bytes(
      @Nullable VerifyReport report, List<String> faults, @Nullable RuntimeException failure) {}

  /**
   * What going over the records came to.
   *
   * @param assets of the registry
   */
  private record Records(
      BookCheck.@Nullable Result result,
      @Nullable Map<String, Asset> assets,
      @Nullable RuntimeException failure) {}

  /**
   * Checks the ledger.
   *
   * @throws LogException if the directory cannot be listed
   */
  public LedgerVerdict verify() {
    List<Finding> ofAnchors = new ArrayList<>();
    // Before the books: what is anchored there was on disk then, and a server writes on.
    AnchorHistory anchors = anchors(ofAnchors);
    FoundLogs found = files.found();
    List<Finding> general = strays(found.strays());
    Map<String, Tasks> tasks = new LinkedHashMap<>();
    for (String book : found.names()) {
      if (isWanted(book)) {
        tasks.put(book, new Tasks(start(() -> bytes(book, anchors)), start(() -> records(book))));
      }
    }
    Map<String, Asset> registered = null;
    Tasks registry = tasks.get(DraftRules.SYSTEM_BOOK);
    if (registry != null) {
      registered = result(registry.records).assets;
    }
    List<BookVerdict> books = new ArrayList<>();
    tasks.forEach(
        (book, its) -> {
          List<Finding> known = book.equals(AnchorLog.NAME) ? ofAnchors : List.of();
          books.add(verdict(book, known, result(its.bytes), result(its.records)));
        });
    if (registry == null || registered != null) {
      compareWithRegistry(books, registered == null ? Map.of() : registered, general);
    }
    options.earlier.keySet().stream()
        .filter(book -> !tasks.containsKey(book))
        .forEach(
            book ->
                general.add(
                    Finding.wrong(
                        "There is no book '" + book + "' here, of which there is a head.")));
    if (anchors != null) {
      for (String book : anchors.books()) {
        if (isWanted(book) && !tasks.containsKey(book)) {
          general.add(
              Finding.wrong(
                  "There is no book '"
                      + book
                      + "' here, and "
                      + anchors.describe(book)
                      + ": it has vanished."));
        }
      }
    }
    return new LedgerVerdict(books, general, anchors);
  }

  private boolean isWanted(String book) {
    return options.books.test(book)
        || book.equals(DraftRules.SYSTEM_BOOK)
        || book.equals(AnchorLog.NAME);
  }

  /** What the books have to be; null if nothing tells, or what does cannot be read. */
  private @Nullable AnchorHistory anchors(List<Finding> findings) {
    try {
      if (!files.exists(AnchorLog.NAME)) {
        return null;
      }
      AnchorHistory read = AnchorHistory.of(files.read(AnchorLog.NAME).found());
      read.contradictions().forEach(what -> findings.add(Finding.wrong(what)));
      return read;
    } catch (MalformedException e) {
      findings.add(
          Finding.wrong(e.getMessage() + " No book was compared with what was anchored of it."));
      return null;
    } catch (LogException e) {
      return null; // going over its bytes says what is wrong
    }
  }

  private <T> FutureTask<T> start(Callable<T> task) {
    FutureTask<T> started = new FutureTask<>(task);
    options.workers.execute(started);
    return started;
  }

  private static <T> T result(FutureTask<T> task) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true; // half a verdict is none
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new CompletionException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Bytes bytes(String book, @Nullable AnchorHistory anchors) {
    Watches[] last = new Watches[1];
    try {
      VerifyReport report =
          files.verify(
              book,
              options.passed,
              () -> {
                last[0] =
                    new Watches(
                        options.earlier.get(book), anchors == null ? null : anchors.compare(book));
                return last[0];
              });
      return new Bytes(report, last[0].faults(report.records()), null);
    } catch (LogException e) {
      return new Bytes(null, List.of(), e);
    }
  }

  private Records records(String book) {
    for (int looks = 1; ; looks++) {
      Records records = look(book);
      // Beside a writer a derived file may be newer than the look at the log: look again.
      if (looks == LOOKS_MAX
          || !(records.failure instanceof LogDamagedException damage)
          || !damage.isEndLost()) {
        return records;
      }
    }
  }

  private Records look(String book) {
    try {
      LogReader log = files.read(book).found();
      if (book.equals(AnchorLog.NAME)) {
        return new Records(null, null, null);
      }
      if (book.equals(DraftRules.SYSTEM_BOOK)) {
        return new Records(null, BookCheck.registry(log), null);
      }
      return new Records(check(log, files.folder(book)), null, null);
    } catch (LogException | BrokenRecordException | UnreadableFileException e) {
      return new Records(null, null, e);
    }
  }

  /** Several large books at a time would each be read several times: one waits for the other. */
  private BookCheck.Result check(LogReader log, Path folder) {
    int held = (int) Math.min(log.durableSeq() + 1, options.keysMax);
    int counted = held < options.keysMax / SMALL_PART ? 0 : held;
    keys.acquireUninterruptibly(counted);
    try {
      return new BookCheck(log, disk, folder, held, options.passed).run();
    } finally {
      keys.release(counted);
    }
  }

  private BookVerdict verdict(String book, List<Finding> known, Bytes bytes, Records records) {
    List<Finding> findings = new ArrayList<>(known);
    if (bytes.failure != null) {
      findings.add(Finding.wrong(words(book, bytes.failure)));
    }
    RuntimeException broken = records.failure;
    // Bytes that are damaged are found by both.
    if (broken != null && !(bytes.failure != null && broken instanceof LogDamagedException)) {
      findings.add(Finding.wrong(words(book, broken)));
    }
    VerifyReport report = bytes.report;
    if (report != null) {
      if (report.end() == VerifyReport.End.TORN) {
        findings.add(
            Finding.warning(
                "behind its last whole group lie bytes of one that was never finished, and never"
                    + " acknowledged: a process ended, or is writing"));
      } else if (report.end() == VerifyReport.End.UNPROVEN) {
        findings.add(
            Finding.warning(
                "it was not closed: nothing written later proves its last group to be on disk"));
      }
      bytes.faults.forEach(fault -> findings.add(Finding.wrong(fault)));
    }
    if (records.result != null) {
      for (String fault : records.result.derivedFaults()) {
        findings.add(
            Finding.wrong(
                "a derived file is wrong, though the log is right; stop the server, delete it, and"
                    + " it is made again: "
                    + fault));
      }
      for (String torn : records.result.derivedTorn()) {
        findings.add(
            Finding.warning(
                "a derived file is damaged, as a power failure leaves one; it will be made again at"
                    + " the next start: "
                    + torn));
      }
    }
    return new BookVerdict(book, report, records.result, findings);
  }

  private String words(String book, RuntimeException failure) {
    String words = String.valueOf(failure.getMessage());
    if (failure instanceof LogDamagedException damage && damage.seq() > 0) {
      return words + " It concerns seq " + damage.seq() + accounts(book, damage) + ".";
    }
    return words;
  }

  private String accounts(String book, LogDamagedException damage) {
    byte[] payload = damage.payload();
    if (payload == null || DraftRules.isReserved(book)) {
      return "";
    }
    try {
      BookCheck names =
          new BookCheck(files.readBeforeDamage(book), disk, files.folder(book), 1, options.passed);
      names.replayForNames();
      Collection<String> paths = names.accountsIn(payload);
      return paths.isEmpty()
          ? ""
          : (paths.size() == 1 ? ", account '" : ", accounts '") + String.join("', '", paths) + "'";
    } catch (LogException e) {
      return "";
    }
  }

  private static List<Finding> strays(Collection<FoundLogs.Stray> strays) {
    List<Finding> findings = new ArrayList<>();
    for (FoundLogs.Stray stray : strays) {
      if (findings.size() == STRAYS_TOLD) {
        findings.add(
            Finding.warning((strays.size() - STRAYS_TOLD) + " more in books/ are no logs"));
        break;
      }
      findings.add(Finding.warning("books/" + stray.entry() + " is no log: " + stray.what()));
    }
    return findings;
  }

  /** An asset is registered before an account of it is opened, and its precision never changes. */
  private static void compareWithRegistry(
      List<BookVerdict> books, Map<String, Asset> registered, List<Finding> findings) {
    for (BookVerdict book : books) {
      if (book.records() == null) {
        continue;
      }
      book.records()
          .totals()
          .forEach(
              (id, total) -> {
                Asset asset = registered.get(id);
                if (asset == null) {
                  findings.add(
                      Finding.wrong(
                          "Book '"
                              + book.book()
                              + "' has accounts of asset '"
                              + id
                              + "', which is not registered: the log _system has lost it."));
                } else if (asset.precision() != total.precision()) {
                  findings.add(
                      Finding.wrong(
                          "Book '"
                              + book.book()
                              + "' knows asset '"
                              + id
                              + "' with precision "
                              + total.precision()
                              + ", it is registered with "
                              + asset.precision()
                              + "."));
                }
              });
    }
  }
}
