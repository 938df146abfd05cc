// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.derived.DerivedFiles;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.TransactionRecord;
import dev.talea.log.Disk;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of keys of one book: finds them, writes new ones, merges small ones into larger, and
 * makes again from the log what is damaged.
 *
 * <p>One thread at a time; whose turn it is, {@link KeyIndex} sees to.
 */
public final class KeyFiles {
  private static final Logger LOG = LoggerFactory.getLogger(KeyFiles.class);

  /** As many neighbouring files of about one size become one. */
  private static final int MERGED_AT_ONCE = 4;

  /** Keys that are held in memory while files are made again from the log. */
  private static final int REBUILT_AT_ONCE = 1 << 18;

  private final Disk disk;
  private final Path folder;
  private final LogReader log;
  private final KeyHash hash;

  /**
   * @param folder of the log
   */
  public KeyFiles(Disk disk, Path folder, LogReader log, KeyHash hash) {
    this.disk = disk;
    this.folder = folder;
    this.log = log;
    this.hash = hash;
  }

  /**
   * The files that cover the log from its beginning without a gap, oldest first; others are
   * deleted. Each is known to be of this log as it stands; damage inside is found by looking.
   *
   * @throws UnreadableFileException if one cannot be read: it may be as good as ever
   */
  List<KeyRun> find() {
    List<KeyRun> usable = new ArrayList<>();
    List<Path> useless = new ArrayList<>();
    for (String name : DerivedFiles.list(disk, folder)) {
      if (KeyRunLayout.isName(name)) {
        Path file = folder.resolve(name);
        try {
          usable.add(KeyRun.open(disk, file, log));
        } catch (DamagedFileException e) {
          LOG.warn("A file of keys is made again from the log: {}", e.getMessage());
          useless.add(file);
        } catch (IOException e) {
          throw new UnreadableFileException(file, e);
        }
      }
    }
    List<KeyRun> chosen = withoutGap(usable);
    for (KeyRun run : usable) {
      if (!chosen.contains(run)) { // left over by a crash between a merge and its tidying up
        useless.add(run.file());
      }
    }
    useless.add(temporary());
    useless.forEach(file -> DerivedFiles.delete(disk, file));
    return chosen;
  }

  private static List<KeyRun> withoutGap(List<KeyRun> runs) {
    runs.sort(Comparator.comparingLong(KeyRun::fromSeq).thenComparing(KeyRun::toSeq));
    List<KeyRun> chosen = new ArrayList<>();
    long next = 1;
    for (int i = 0; i < runs.size(); i++) {
      KeyRun run = runs.get(i);
      boolean longest = i + 1 == runs.size() || runs.get(i + 1).fromSeq() != run.fromSeq();
      if (longest && run.fromSeq() == next) {
        chosen.add(run);
        next = run.toSeq() + 1;
      }
    }
    return chosen;
  }

  /** Writes the keys of the transactions among these seqs. */
  KeyRun write(long from, long to, KeyTable keys) throws IOException {
    return KeyRunWriter.write(disk, log, from, to, keys.size(), keys.sorted(), temporary());
  }

  /**
   * Calls for every transaction among these seqs.
   *
   * @param to at most the last durable one
   */
  void scan(long from, long to, KeySink sink) {
    if (from > to) {
      return;
    }
    LogCursor cursor = log.cursor(from);
    while (cursor.next()) {
      LedgerRecord record = LedgerRecord.of(log.name(), cursor);
      if (record.type() == RecordLayout.TRANSACTION_POSTED) {
        byte[] key = new TransactionRecord(record).key();
        sink.add(hash.of(key), record.position, record.seq);
      }
      if (record.seq == to) {
        return;
      }
    }
  }

  /** Takes what {@link #scan} finds. */
  interface KeySink {
    void add(long hash, long position, long seq);
  }

  /**
   * Files that say the same as a damaged one, made from the log.
   *
   * @throws UnreadableFileException if they cannot be written at the moment. The keys are not kept
   *     in memory instead: there may be millions of them
   */
  List<KeyRun> rebuild(KeyRun damaged) {
    List<KeyRun> made = new ArrayList<>();
    long from = damaged.fromSeq();
    while (from <= damaged.toSeq()) {
      // In stretches of seqs, each with at most as many keys: memory is bounded whatever the
      // length.
      long to = Math.min(damaged.toSeq(), from + REBUILT_AT_ONCE - 1);
      KeyTable keys = new KeyTable();
      scan(from, to, (keyHash, position, seq) -> keys.add(keyHash, position));
      try {
        made.add(write(from, to, keys));
      } catch (IOException e) {
        throw new UnreadableFileException(damaged.file(), e);
      }
      from = to + 1;
    }
    if (made.size() > 1) { // else the new file has taken the name of the damaged one
      delete(damaged);
    }
    return made;
  }

  /**
   * Merges the newest files while there are several of about one size: so there are few of them,
   * and a key is rewritten a number of times that grows with the logarithm of their number.
   *
   * @param runs oldest first
   * @return what has taken the place of the last files; the replaced ones are for {@link #delete}
   */
  List<KeyRun> merge(List<KeyRun> runs) throws IOException {
    List<KeyRun> merged = new ArrayList<>(runs);
    while (true) {
      int first = firstToMerge(merged.stream().map(KeyRun::count).toList());
      if (first < 0) {
        return merged;
      }
      List<KeyRun> parts = List.copyOf(merged.subList(first, merged.size()));
      KeyRun whole = merged(parts);
      merged.subList(first, merged.size()).clear();
      merged.add(whole);
    }
  }

  /**
   * Index of the first of the newest files that are to become one, or -1: several, and together at
   * least twice as many keys as the oldest of them, so that a key is moved only if what it lies in
   * doubles.
   *
   * @param counts keys in each file, oldest first
   */
  static int firstToMerge(List<Long> counts) {
    int best = -1;
    long newer = 0;
    for (int first = counts.size() - 1; first >= 0; first--) {
      long count = counts.get(first);
      if (KeyRunLayout.lengthFor(newer + count) > KeyRunLayout.BYTES_MAX / 2) {
        break;
      }
      if (counts.size() - first >= MERGED_AT_ONCE && newer >= count) {
        best = first;
      }
      newer += count;
    }
    return best;
  }

  private KeyRun merged(List<KeyRun> parts) throws IOException {
    long from = parts.get(0).fromSeq();
    long to = parts.get(parts.size() - 1).toSeq();
    long count = parts.stream().mapToLong(KeyRun::count).sum();
    return KeyRunWriter.write(disk, log, from, to, count, new Merged(parts), temporary());
  }

  /** The keys of several files in one order. */
  private static final class Merged implements KeyEntries {
    private final PriorityQueue<KeyEntries> heads =
        new PriorityQueue<>((a, b) -> Long.compareUnsigned(a.hash(), b.hash()));
    private long hash;
    private long position;

    Merged(List<KeyRun> parts) {
      for (KeyRun part : parts) {
        putBack(part.sorted());
      }
    }

    private void putBack(KeyEntries part) {
      if (part.next()) {
        heads.add(part);
      }
    }

    @Override
    public boolean next() {
      KeyEntries least = heads.poll();
      if (least == null) {
        return false;
      }
      hash = least.hash();
      position = least.position();
      putBack(least);
      return true;
    }

    @Override
    public long hash() {
      return hash;
    }

    @Override
    public long position() {
      return position;
    }
  }

  /** Deletes a file that another one has taken the place of. */
  void delete(KeyRun run) {
    DerivedFiles.delete(disk, run.file());
  }

  private Path temporary() {
    return folder.resolve("keys.tmp");
  }
}
