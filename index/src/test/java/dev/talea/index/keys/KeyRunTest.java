// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.SimulatedLedger;
import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.derived.DerivedHeader;
import dev.talea.log.LogReader;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Files of keys by themselves, with hashes that are chosen to be difficult. */
@Tag("slow")
class KeyRunTest {
  private static final long SEED = Long.getLong("talea.seed", 20_261_121L);
  private static final Path FOLDER = SimulatedLedger.DIRECTORY.resolve("books").resolve("b");

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final Random random = new Random(SEED);
  private final KeyRun.Scratch scratch = new KeyRun.Scratch();
  private final LogReader log;

  /** Writes a log of one record, to which files can be tied. */
  KeyRunTest() {
    System.out.println("[talea] KeyRunTest seed " + SEED);
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account("b", "a", "EUR")).join();
    }
    log = new LogFiles(SimulatedLedger.DIRECTORY, disk).read("b").reader();
  }

  /** Hash to position, in the order in which they go into files. */
  private static Map<Long, Long> keys() {
    return new TreeMap<>(Long::compareUnsigned);
  }

  private KeyRun write(Map<Long, Long> keys) throws IOException {
    Iterator<Map.Entry<Long, Long>> all = keys.entrySet().iterator();
    KeyEntries entries =
        new KeyEntries() {
          private Map.Entry<Long, Long> entry = Map.entry(0L, 0L);

          @Override
          public boolean next() {
            boolean more = all.hasNext();
            if (more) {
              entry = all.next();
            }
            return more;
          }

          @Override
          public long hash() {
            return entry.getKey();
          }

          @Override
          public long position() {
            return entry.getValue();
          }
        };
    return KeyRunWriter.write(disk, log, 1, 1, keys.size(), entries, FOLDER.resolve("keys.tmp"));
  }

  private long find(KeyRun run, long hash) {
    // The key is told by its position here: the record of each position is right.
    return run.find(new byte[0], hash, (position, key) -> true, scratch);
  }

  private void holdsExactly(Map<Long, Long> keys, KeyRun run) {
    keys.forEach((hash, position) -> assertEquals(position, find(run, hash)));
    for (int i = 0; i < 10_000; i++) {
      long other = random.nextLong();
      if (!keys.containsKey(other)) {
        assertEquals(KeyRecords.ABSENT, find(run, other));
      }
    }
    KeyEntries sorted = run.sorted();
    for (Map.Entry<Long, Long> entry : keys.entrySet()) {
      assertTrue(sorted.next());
      assertEquals(entry.getKey(), sorted.hash());
      assertEquals(entry.getValue(), sorted.position());
    }
    assertFalse(sorted.next());
  }

  @Test
  void everyNumberOfKeysFromNoneToSeveralPages() throws IOException {
    for (int count : new int[] {0, 1, 2, 39, 40, 41, 199, 200, 201, 255, 256, 1000, 5000}) {
      Map<Long, Long> keys = keys();
      while (keys.size() < count) {
        keys.put(random.nextLong(), 8L * (keys.size() + 1));
      }
      holdsExactly(keys, write(keys));
    }
  }

  /** All belong to one page: the others stay empty and what does not fit spills over. */
  @Test
  void keysThatCrowdOnOnePage() throws IOException {
    for (long corner : new long[] {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 62}) {
      Map<Long, Long> keys = keys();
      for (int i = 0; i < 1500; i++) {
        keys.put(corner < 0 ? corner - i : corner + i, 8L * (i + 1));
      }
      holdsExactly(keys, write(keys));
    }
  }

  @Test
  void differentKeysWithOneHashAreToldApartByTheirRecords() throws IOException {
    Map<Long, Long> keys = keys();
    keys.put(42L, 8L);
    KeyRun run = write(keys);
    assertEquals(KeyRecords.ABSENT, run.find(new byte[0], 42, (position, key) -> false, scratch));
  }

  @Test
  void theFilterSparesAlmostAllLooksAtPages() throws IOException {
    Map<Long, Long> keys = keys();
    while (keys.size() < 20_000) {
      keys.put(random.nextLong(), 8L);
    }
    KeyRun run = write(keys);
    // Without pages, whatever gets past the filter finds damage.
    Path file = run.file();
    for (int at = (int) KeyRunLayout.pagesAt(KeyRunLayout.blocks(20_000));
        at < disk.content(file).length;
        at += 4096) {
      disk.flipBit(file, at + 9, 1);
    }
    int passed = 0;
    for (int i = 0; i < 100_000; i++) {
      try {
        find(run, random.nextLong());
      } catch (DamagedFileException e) {
        passed++;
      }
    }
    System.out.println("[talea] KeyRunTest: " + passed + " of 100000 got past the filter");
    assertTrue(passed > 0 && passed < 2000, passed + " of 100000 got past the filter");
  }

  @Test
  void aFlippedBitAnywhereIsNoticedByTheReadThatDependsOnIt() throws IOException {
    Map<Long, Long> keys = keys();
    while (keys.size() < 600) {
      keys.put(random.nextLong(), 8L * (keys.size() + 1));
    }
    Path file = write(keys).file();
    int length = disk.content(file).length;
    for (int at = 0; at < length; at += 7) {
      disk.flipBit(file, at, at % 8);
      try {
        KeyRun run = KeyRun.open(disk, file, log);
        for (Map.Entry<Long, Long> entry : keys.entrySet()) {
          try {
            assertEquals(entry.getValue(), find(run, entry.getKey()), "byte " + at);
          } catch (DamagedFileException e) {
            assertTrue(at >= DerivedHeader.BYTES, e.getMessage());
          }
        }
      } catch (DamagedFileException e) {
        assertTrue(at < DerivedHeader.BYTES, e.getMessage());
      }
      disk.flipBit(file, at, at % 8);
    }
  }

  @Test
  void neighboursOfOneSizeAreMergedAndLargeOnesLeft() {
    assertEquals(-1, KeyFiles.firstToMerge(List.of(1_000_000L, 1000L, 1000L, 1000L)));
    assertEquals(1, KeyFiles.firstToMerge(List.of(1_000_000L, 1000L, 1000L, 1000L, 1000L)));
    assertEquals(1, KeyFiles.firstToMerge(List.of(1_000_000L, 1000L, 900L, 1010L, 3L)));
    assertEquals(0, KeyFiles.firstToMerge(List.of(1000L, 1000L, 1000L, 1000L)));
    assertEquals(2, KeyFiles.firstToMerge(List.of(90_000L, 4_000L, 100L, 100L, 100L, 100L)));
    assertEquals(
        -1,
        KeyFiles.firstToMerge(List.of(40_000_000L, 40_000_000L, 40_000_000L, 40_000_000L)),
        "a file must fit one mapping");
  }
}
