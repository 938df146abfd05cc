// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.log.LogException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which record of a book holds an idempotency key: the newest keys in memory, the others in files,
 * so that memory does not grow with history. Never a false answer (the record itself is read and
 * compared) and never a miss for a key that was added: what is found damaged in a file is made
 * again from the log before the question is answered, and what cannot be read at the moment leaves
 * it unanswered.
 *
 * <p>Keys move one way: the table that the writer adds to is {@link #freeze frozen} when it has
 * become large, {@link #file written} to a file in the background, and forgotten. The writer adds,
 * freezes and finds; any thread may find what is durable; filing is for one thread at a time, and
 * {@link #files} is its lock.
 */
public final class KeyIndex {
  private static final Logger LOG = LoggerFactory.getLogger(KeyIndex.class);

  /**
   * Where to look, newest first. Replaced whole under the monitor of the index.
   *
   * @param frozen on its way into a file
   * @param frozenSeq the last record whose key is in {@code frozen}
   * @param runs oldest first
   */
  private record Generations(
      KeyTable active, @Nullable KeyTable frozen, long frozenSeq, List<KeyRun> runs) {}

  private final String book;
  private final KeyFiles files;
  private volatile Generations generations = new Generations(new KeyTable(), null, 0, List.of());

  /** Keys of records up to this seq are in files; guarded by {@link #files}. */
  private long filedSeq;

  /** Made when first needed: most of thousands of books never look into a file. */
  private KeyRun.@Nullable Scratch writersScratch;

  private final Supplier<KeyRun.Scratch> forWriter = this::writersScratch;

  public KeyIndex(String book, KeyFiles files) {
    this.book = book;
    this.files = files;
  }

  /**
   * Takes over the files that are there; returns the seq up to which they hold the keys.
   *
   * @throws UnreadableFileException if it cannot be seen what is there
   */
  public long open() {
    synchronized (files) {
      List<KeyRun> runs = files.find();
      generations = new Generations(new KeyTable(), null, 0, List.copyOf(runs));
      filedSeq = runs.isEmpty() ? 0 : runs.get(runs.size() - 1).toSeq();
      return filedSeq;
    }
  }

  /**
   * Reads the keys of a stretch of the log into memory, and into files when they are many.
   *
   * @param keysMax as many at most in memory
   */
  public void load(long fromSeq, long toSeq, int keysMax) {
    files.scan(
        fromSeq,
        toSeq,
        (hash, position, seq) -> {
          add(hash, position);
          fileIfMany(seq, keysMax);
        });
  }

  /** On opening: puts keys up to this seq into a file if memory holds many. */
  void fileIfMany(long seq, int keysMax) {
    if (size() >= keysMax && freeze(seq)) {
      file();
    }
  }

  /** Adds a key that {@link #find} did not find. For the writer. */
  public void add(long hash, long position) {
    generations.active.add(hash, position);
  }

  /** How many keys have been added since the last {@link #freeze}. For the writer. */
  public int size() {
    return generations.active.size();
  }

  /**
   * Position of the record with this key, or {@link KeyRecords#ABSENT}. For the writer.
   *
   * @param hash {@link KeyHash} of the key
   */
  public long find(byte[] key, long hash, KeyRecords records) {
    return find(key, hash, Long.MAX_VALUE, records, forWriter);
  }

  /**
   * Looks at where {@link #find} will look first: see {@link KeyTable#touch}. For the writer, when
   * many keys are to be found one after the other.
   */
  public long touch(long hash) {
    Generations now = generations;
    long seen = now.active.touch(hash);
    if (now.frozen != null) {
      seen += now.frozen.touch(hash);
    }
    if (!now.runs.isEmpty()) {
      KeyRun.Scratch scratch = writersScratch();
      for (int i = 0; i < now.runs.size(); i++) {
        seen += now.runs.get(i).touch(hash, scratch);
      }
    }
    return seen;
  }

  /**
   * As above, for any thread.
   *
   * @param positionMax records further on are not durable yet and passed over
   */
  public long findDurable(byte[] key, long hash, long positionMax, KeyRecords records) {
    return find(key, hash, positionMax, records, KeyRun.Scratch::new);
  }

  private KeyRun.Scratch writersScratch() {
    KeyRun.Scratch made = writersScratch;
    if (made == null) {
      made = new KeyRun.Scratch();
      writersScratch = made;
    }
    return made;
  }

  private long find(
      byte[] key,
      long hash,
      long positionMax,
      KeyRecords records,
      Supplier<KeyRun.Scratch> scratches) {
    while (true) {
      Generations now = generations;
      long position = now.active.find(key, hash, positionMax, records);
      if (position == KeyRecords.ABSENT && now.frozen != null) {
        position = now.frozen.find(key, hash, positionMax, records);
      }
      if (position != KeyRecords.ABSENT) {
        return position;
      }
      if (now.runs.isEmpty()) {
        return KeyRecords.ABSENT;
      }
      KeyRun.Scratch scratch = scratches.get();
      KeyRun damaged = null;
      for (int i = now.runs.size() - 1; i >= 0; i--) {
        KeyRun run = now.runs.get(i);
        try {
          position = run.find(key, hash, records, scratch);
        } catch (DamagedFileException e) {
          LOG.warn("Book '{}': keys are read from the log again: {}", book, e.getMessage());
          damaged = run;
          break;
        }
        if (position != KeyRecords.ABSENT) {
          return position;
        }
      }
      if (damaged == null) {
        return KeyRecords.ABSENT;
      }
      repair(damaged);
    }
  }

  /** Makes a file again, unless it has been replaced in the meantime. */
  private void repair(KeyRun damaged) {
    synchronized (files) {
      List<KeyRun> runs = new ArrayList<>(generations.runs);
      int at = runs.indexOf(damaged);
      if (at >= 0) {
        runs.remove(at);
        runs.addAll(at, files.rebuild(damaged));
        replaceRuns(runs, false);
      }
    }
  }

  private synchronized void replaceRuns(List<KeyRun> runs, boolean frozenIsFiled) {
    Generations now = generations;
    generations =
        new Generations(
            now.active, frozenIsFiled ? null : now.frozen, now.frozenSeq, List.copyOf(runs));
  }

  /**
   * Begins a new table; the old one waits to be filed. For the writer, while all its keys are
   * durable.
   *
   * @param toSeq the last durable record; no key of a later one has been added
   * @return false if the one before is still waiting
   */
  public synchronized boolean freeze(long toSeq) {
    Generations now = generations;
    if (now.frozen != null) {
      return false;
    }
    generations = new Generations(new KeyTable(), now.active, toSeq, now.runs);
    return true;
  }

  /** How many keys wait to be filed. */
  public int frozenSize() {
    KeyTable frozen = generations.frozen;
    return frozen == null ? 0 : frozen.size();
  }

  /**
   * Writes the frozen table to a file, then merges files that have become many. If that fails,
   * nothing is lost: the keys stay in memory, and the next call tries again.
   *
   * @return whether it is in a file now
   */
  public boolean file() {
    synchronized (files) {
      Generations now = generations;
      if (now.frozen == null) {
        return true;
      }
      try {
        List<KeyRun> runs = new ArrayList<>(now.runs);
        runs.add(files.write(filedSeq + 1, now.frozenSeq, now.frozen));
        filedSeq = now.frozenSeq;
        replaceRuns(runs, true);
      } catch (IOException | LogException e) {
        LOG.warn(
            "Book '{}': keys could not be filed and stay in memory; the next checkpoint tries again:"
                + " {}",
            book,
            e.getMessage());
        return false;
      }
      mergeFiles();
      return true;
    }
  }

  /** Files that cannot be merged, or not be deleted, are more than need be, and no worse. */
  private void mergeFiles() {
    List<KeyRun> before = generations.runs;
    List<KeyRun> after;
    try {
      after = files.merge(before);
    } catch (IOException | DamagedFileException | UnreadableFileException | LogException e) {
      // The next look for a key meets the damage and repairs it; until then it stays apart.
      LOG.warn("Book '{}': files of keys are not merged: {}", book, e.getMessage());
      return;
    }
    replaceRuns(after, false);
    for (KeyRun part : before) {
      if (!after.contains(part)) {
        files.delete(part);
      }
    }
  }

  /** Seq up to which keys are in files. */
  public long filedSeq() {
    synchronized (files) {
      return filedSeq;
    }
  }

  /** How many files are mapped. */
  public int mapped() {
    int mapped = 0;
    for (KeyRun part : generations.runs) {
      mapped += part.isMapped() ? 1 : 0;
    }
    return mapped;
  }

  /** Lets go of mappings that were not used since the last call. */
  public void unmapUnused() {
    for (KeyRun part : generations.runs) {
      part.unmapIfUnused();
    }
  }
}
