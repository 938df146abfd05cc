// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.derived.DerivedFiles;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.log.Disk;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds the files of keys of a book against the keys in its log, while these go by. The entries of
 * a file lie in another order than the records, so what is compared is their number and a sum over
 * them that does not depend on order.
 *
 * <p>Beside a writer files are merged into others and deleted, and new ones know of records that
 * came later: neither is a fault.
 *
 * <p>Belongs to the thread that checks the book. Changes nothing.
 */
public final class KeyFilesCheck implements SeenKeys {
  private final Disk disk;
  private final SeenKeys next;
  private final List<Expected> files = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final List<String> torn = new ArrayList<>();

  /** What a file is to hold, as far as the log has gone by. */
  private static final class Expected {
    final KeyRun run;
    long count;
    long sum;

    Expected(KeyRun run) {
      this.run = run;
    }
  }

  /**
   * @param folder of the log
   * @param next takes the keys as well
   */
  public KeyFilesCheck(Disk disk, Path folder, LogReader log, SeenKeys next) {
    this.disk = disk;
    this.next = next;
    for (String name : DerivedFiles.list(disk, folder)) {
      if (KeyRunLayout.isNameUpTo(name, log.durableSeq())) {
        open(folder.resolve(name), log);
      }
    }
  }

  private void open(Path file, LogReader log) {
    try {
      files.add(new Expected(KeyRun.open(disk, file, log)));
    } catch (NoSuchFileException e) {
      // a writer has merged it into another one
    } catch (DamagedFileException e) {
      damaged(e);
    } catch (IOException e) {
      throw new UnreadableFileException(file, e);
    }
  }

  @Override
  public void add(long hash, long seq, long position) {
    for (Expected file : files) {
      if (seq >= file.run.fromSeq() && seq <= file.run.toSeq()) {
        file.count++;
        file.sum += mixed(hash, position);
      }
    }
    next.add(hash, seq, position);
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014), so that sums do not cancel out. */
  private static long mixed(long hash, long position) {
    long z = hash + position * 0x9E37_79B9_7F4A_7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }

  @Override
  public void finish() {
    next.finish();
    for (Expected file : files) {
      try {
        compare(file);
      } catch (DamagedFileException e) {
        if (disk.exists(file.run.file())) {
          damaged(e);
        }
      }
    }
  }

  private void damaged(DamagedFileException e) {
    (e.mayBeTorn() ? torn : faults).add(String.valueOf(e.getMessage()));
  }

  private void compare(Expected file) {
    long count = 0;
    long sum = 0;
    KeyRun.Scratch scratch = new KeyRun.Scratch();
    file.run.checkFilter(scratch);
    KeyEntries entries = file.run.sorted();
    while (entries.next()) {
      if (!file.run.mayHold(entries.hash(), scratch)) {
        faults.add(file.run.file() + " holds a key that its own filter says it does not");
        return;
      }
      count++;
      sum += mixed(entries.hash(), entries.position());
    }
    if (count != file.count || sum != file.sum) {
      faults.add(
          "%s holds %d keys of seq %d to %d%s, the log has %d"
              .formatted(
                  file.run.file(),
                  count,
                  file.run.fromSeq(),
                  file.run.toSeq(),
                  count == file.count ? ", and not those that the log has" : "",
                  file.count));
    }
  }

  /** How many files there are that can be opened. */
  public int files() {
    return files.size();
  }

  /** Which of them a power failure may have left as they are, in words. */
  public List<String> torn() {
    return List.copyOf(torn);
  }

  /** What is wrong with the others, in words. */
  public List<String> faults() {
    return List.copyOf(faults);
  }
}
