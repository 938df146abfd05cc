// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.ledger.Outage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An exchanged file is noticed at once, and files that stay are hardly looked at. */
class SqliteFilesTest {
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger looks = new AtomicInteger();

  @TempDir private Path temp;
  private SqliteFiles files = new SqliteFiles(Path.of("none"), nanos::get);

  @BeforeEach
  void aDatabaseInItsFolder() throws Exception {
    Files.createDirectory(folder());
    for (String name : new String[] {"l.db", "l.db-wal", "l.db-shm"}) {
      Files.createFile(folder().resolve(name));
    }
    open(folder().resolve("l.db"));
  }

  private Path folder() {
    return temp.resolve("data");
  }

  private void open(Path file) throws OutageException {
    files = new SqliteFiles(file, nanos::get, new Counting());
    files.opened();
    files.writing();
  }

  /** Counts looks at files. */
  private final class Counting implements SqliteFiles.Names {
    @Override
    public @Nullable Object identity(Path file) throws IOException {
      looks.incrementAndGet();
      return SystemFiles.identity(file);
    }

    @Override
    public Object names(Path folder) throws IOException {
      return SystemFiles.names(folder);
    }
  }

  private void pass(long millis) {
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private void settle() throws Exception {
    FileTimes.awaitLaterThan(folder());
    files.checkAll();
    files.check();
    pass(200);
    files.checkAll();
    files.check();
    pass(200);
  }

  private void assertReplaced() {
    OutageException e = assertThrows(OutageException.class, () -> files.checkAll());
    Outage outage = OutageException.in(e);
    assertNotNull(outage);
    assertEquals(Outage.Cause.REPLACED, outage.cause());
    assertThrows(OutageException.class, () -> files.check());
  }

  private static void exchange(Path file) throws IOException {
    Path copy = file.resolveSibling("copy");
    Files.copy(file, copy);
    Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void filesInAQuietFolderAreLookedAtOnceASecond() throws Exception {
    settle();
    looks.set(0);
    for (int i = 0; i < 500; i++) {
      pass(1);
      files.checkAll();
      files.check();
      files.checkAll();
    }
    assertEquals(0, looks.get());
    pass(1_000);
    files.checkAll();
    files.checkAll();
    assertEquals(3, looks.get(), "the file, its log of changes, and the log's index");
    files.check();
    files.check();
    assertEquals(4, looks.get());
  }

  @ParameterizedTest
  @ValueSource(strings = {"l.db", "l.db-wal", "l.db-shm"})
  void anExchangedFileIsNoticedAtOnce(String name) throws Exception {
    settle();
    exchange(folder().resolve(name));
    assertReplaced();
  }

  @ParameterizedTest
  @ValueSource(strings = {"l.db", "l.db-wal", "l.db-shm"})
  void aRemovedFileIsNoticedAtOnce(String name) throws Exception {
    settle();
    Files.delete(folder().resolve(name));
    assertReplaced();
  }

  @Test
  void aReadNoticesAnExchangedFileAtOnce() throws Exception {
    settle();
    exchange(folder().resolve("l.db"));
    assertThrows(OutageException.class, () -> files.check());
  }

  @Test
  void aFolderPutInItsPlaceIsNoticedAtOnce() throws Exception {
    settle();
    Files.move(folder(), temp.resolve("old"));
    Files.createDirectory(folder());
    for (String name : new String[] {"l.db", "l.db-wal", "l.db-shm"}) {
      Files.copy(temp.resolve("old").resolve(name), folder().resolve(name));
    }
    assertReplaced();
  }

  @Test
  void aFolderThatIsGoneIsNoticedAtOnce() throws Exception {
    settle();
    Files.move(folder(), temp.resolve("old"));
    assertReplaced();
  }

  /** The name lies in one folder, the file in another, and there may be more in between. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aLinkThatLeadsElsewhereIsNoticedAtOnce(int exchanged) throws Exception {
    Path target = folder().resolve("l.db");
    for (int i = 1; i <= 3; i++) {
      Path links = Files.createDirectory(temp.resolve("links" + i));
      target =
          Files.createSymbolicLink(
              links.resolve("l" + i), i == 2 ? links.relativize(target) : target);
    }
    open(target);
    assertNull(files.outage());
    for (int i = 1; i <= 3; i++) {
      FileTimes.awaitLaterThan(temp.resolve("links" + i));
    }
    settle();
    looks.set(0);
    files.checkAll();
    assertEquals(0, looks.get());
    Path link = temp.resolve("links" + exchanged).resolve("l" + exchanged);
    Files.delete(link);
    Files.createSymbolicLink(link, Files.createFile(temp.resolve("other.db")));
    assertReplaced();
  }

  /** A change right after another may leave the time of the folder as it was. */
  @Test
  void untilTimesTellTheFilesAreLookedAt() throws Exception {
    for (int i = 0; i < 12; i++) {
      looks.set(0);
      files.checkAll();
      assertEquals(3, looks.get(), "after " + i * 9 + " ms");
      pass(9);
    }
    files.checkAll();
    looks.set(0);
    files.checkAll();
    assertEquals(0, looks.get());
  }

  /** What happens within the clock tick of the look before it is not missed after a pause. */
  @Test
  void afterAPauseTheFilesAreLookedAtOnceMore() throws Exception {
    files.checkAll();
    pass(500);
    looks.set(0);
    files.checkAll();
    assertEquals(3, looks.get());
    files.checkAll();
    assertEquals(3, looks.get());
  }

  @Test
  void aNewNameInTheFolderHasTheFilesLookedAt() throws Exception {
    settle();
    Files.createFile(folder().resolve("another"));
    looks.set(0);
    files.checkAll();
    assertEquals(3, looks.get());
    assertNull(files.outage());
  }
}
