// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Disk;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.Logs;
import dev.talea.log.TreeHash;
import dev.talea.log.disk.LogDirectory;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Subtrees out of the file, out of what was hashed lately and out of the records are the same. */
@Tag("slow")
class BookTreeTest {
  private static final String NAME = "book";
  private static final LogEnvironment ENVIRONMENT = SystemLogEnvironment.create();
  private static final Disk DISK = ENVIRONMENT.disk();

  @TempDir Path directory;
  private Logs logs;
  private Log<Appending> log;

  /** Appends so many small records. */
  private static final class Appending extends CompletableFuture<Void> {
    private int left;
    private final Random random;

    private Appending(int count, long seed) {
      left = count;
      random = new Random(seed);
    }
  }

  private static final class Appender implements CommitHandler<Appending> {
    @Override
    public int handle(Appending request, BlockBuilder block) {
      for (; request.left > 0; request.left--) {
        if (block.remaining() < BlockBuilder.bytesFor(16)) {
          return BlockBuilder.bytesFor(16);
        }
        block.begin(16).putLong(request.random.nextLong()).putLong(request.left);
        block.end(1 + request.left % 16);
      }
      return DONE;
    }

    @Override
    public void publish(long firstSeq, long lastSeq) {}

    @Override
    public void committed(Appending request) {
      request.complete(null);
    }

    @Override
    public void refused(Appending request, LogUnavailableException why) {
      request.completeExceptionally(why);
    }
  }

  @BeforeEach
  void open() {
    logs = LogDirectory.open(directory, LogSettings.DEFAULTS, ENVIRONMENT);
    log =
        logs.exists(NAME)
            ? logs.openLog(NAME, reader -> new Appender())
            : logs.createLog(NAME, reader -> new Appender());
  }

  @AfterEach
  void close() {
    log.close();
    logs.close();
  }

  private void append(int count, long seed) {
    Appending request = new Appending(count, seed);
    assertTrue(log.submit(request, 1));
    request.join();
    while (log.treeHead().size() < log.durableSeq()) {
      Thread.onSpinWait(); // the leaves are hashed right after the answer
    }
  }

  private Path folder() {
    return logs.folder(NAME);
  }

  private Path file() {
    return folder().resolve("subtrees.bin");
  }

  /** By the definition, level by level. */
  private static List<List<byte[]>> tree(LogReader log) {
    TreeHash hash = new TreeHash();
    List<byte[]> row = new ArrayList<>();
    LogCursor cursor = log.cursor(1);
    while (cursor.next()) {
      row.add(hash.leaf(cursor.seq(), cursor.payload(), cursor.provenBytes()));
    }
    List<List<byte[]>> levels = new ArrayList<>();
    while (!row.isEmpty()) {
      levels.add(row);
      List<byte[]> above = new ArrayList<>();
      for (int i = 0; i + 1 < row.size(); i += 2) {
        above.add(hash.node(row.get(i), row.get(i + 1)));
      }
      row = above;
    }
    return levels;
  }

  private static void compare(List<List<byte[]>> expected, BookTree tree, int step) {
    for (int level = 0; level < expected.size(); level++) {
      List<byte[]> row = expected.get(level);
      int apart = level < 8 ? step : 1;
      for (int index = 0; index < row.size(); index += apart) {
        assertArrayEquals(
            row.get(index), tree.subtree(level, index), "level " + level + ", " + index);
      }
      int behind = row.size();
      int high = level;
      assertThrows(IllegalArgumentException.class, () -> tree.subtree(high, behind));
    }
  }

  @Test
  void whereverTheyComeFromSubtreesAreTheSame() throws IOException {
    append(70_000, 1);
    List<List<byte[]>> expected = tree(log);
    assertFalse(Files.exists(file()));
    try (BookTree tree = BookTree.open(log, DISK, folder())) {
      compare(expected, tree, 97);
      assertEquals(70_000, tree.head().size());
    }
    new SubtreeWriter(DISK, folder(), log).extend(70_000);
    assertEquals(SubtreeLayout.position(273 + 1), Files.size(file()));
    try (BookTree tree = BookTree.open(log, DISK, folder())) {
      compare(expected, tree, 97);
    }
    Path folder = folder();
    close();
    LogReader looked = new LogFiles(directory, DISK).read(NAME).reader();
    try (BookTree tree = BookTree.open(looked, DISK, folder)) {
      compare(expected, tree, 97);
    }
    compare(expected, BookTree.ofRecords(looked), 997);
    open();
  }

  @Test
  void aFileThatGrewInStepsIsTheSameAsOneMadeAtOnce() throws IOException {
    Random random = new Random(2);
    SubtreeWriter writer = new SubtreeWriter(DISK, folder(), log);
    while (log.durableSeq() < 140_000) {
      append(1 + random.nextInt(9_000), log.durableSeq());
      if (random.nextInt(3) == 0) {
        close();
        open();
        writer = new SubtreeWriter(DISK, folder(), log);
      }
      writer.extend(1 + random.nextLong(log.durableSeq()));
    }
    writer.extend(log.durableSeq());
    byte[] grown = Files.readAllBytes(file());
    Files.delete(file());
    new SubtreeWriter(DISK, folder(), log).extend(log.durableSeq());
    assertArrayEquals(Files.readAllBytes(file()), grown);
  }

  @Test
  void damageIsPassedOverAndMended() throws IOException {
    append(66_000, 3);
    new SubtreeWriter(DISK, folder(), log).extend(66_000);
    byte[] right = Files.readAllBytes(file());
    List<List<byte[]>> expected = tree(log);
    Random random = new Random(4);
    for (int round = 0; round < 40; round++) {
      byte[] wrong = right.clone();
      int at = round < 32 ? round : random.nextInt(wrong.length);
      wrong[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file(), wrong);
      check(expected, right, "byte " + at);
    }
    for (int length : new int[] {0, 1, 31, 32, 40, right.length / 2, right.length - 1}) {
      Files.write(file(), java.util.Arrays.copyOf(right, length));
      check(expected, right, length + " bytes");
    }
  }

  private void check(List<List<byte[]>> expected, byte[] right, String what) throws IOException {
    try (BookTree tree = BookTree.open(log, DISK, folder())) {
      compare(expected, tree, 9_973);
    }
    new SubtreeWriter(DISK, folder(), log).extend(66_000);
    assertArrayEquals(right, Files.readAllBytes(file()), what);
  }

  @Test
  void aFileOfAnotherHistoryOrAnotherLogIsMadeAnew() throws IOException {
    append(700, 5);
    close();
    Path copy = directory.resolve("copy");
    Files.createDirectory(copy);
    try (var files = Files.list(folder())) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName().toString()));
      }
    }
    open();
    append(1_000, 6);
    new SubtreeWriter(DISK, folder(), log).extend(1_700);
    byte[] other = Files.readAllBytes(file());
    close();
    try (var files = Files.list(copy)) {
      for (Path file : files.toList()) {
        Files.copy(
            file,
            folder().resolve(file.getFileName().toString()),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
    }
    open();
    append(1_000, 7);
    SubtreeWriter writer = new SubtreeWriter(DISK, folder(), log);
    writer.extend(600); // less than the file has: it cannot be of this history
    writer.extend(1_700);
    byte[] mended = Files.readAllBytes(file());
    assertEquals(other.length, mended.length);
    assertFalse(java.util.Arrays.equals(other, mended));
    try (BookTree tree = BookTree.open(log, DISK, folder())) {
      compare(tree(log), tree, 1);
    }
    try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(SubtreeLayout.header(log.id() + 1).array()), 0);
    }
    try (BookTree tree = BookTree.open(log, DISK, folder())) {
      compare(tree(log), tree, 1);
    }
    new SubtreeWriter(DISK, folder(), log).extend(1_700);
    assertArrayEquals(mended, Files.readAllBytes(file()));
  }

  @Test
  void entriesStandWhereLevelAndIndexSay() {
    long entry = 0;
    for (long index = 0; index < 70_000; index++) {
      assertEquals(entry, SubtreeLayout.entries(index));
      assertEquals(entry, SubtreeLayout.number(1, index));
      entry++;
      if (index % 256 == 255) {
        assertEquals(entry++, SubtreeLayout.number(2, index / 256));
      }
      if (index % 65_536 == 65_535) {
        assertEquals(entry++, SubtreeLayout.number(3, index / 65_536));
      }
      long length = SubtreeLayout.position(entry);
      assertEquals(index + 1, SubtreeLayout.subtrees(length));
      assertEquals(index + 1, SubtreeLayout.subtrees(length + SubtreeLayout.ENTRY_BYTES - 1));
      assertEquals(index, SubtreeLayout.subtrees(length - 1));
    }
  }
}
