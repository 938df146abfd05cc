// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.log.Disk;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.thread.SinkException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the real disk: an exchanged segment is noticed, and one that stays is hardly looked at. */
class SegmentPlaceTest {

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger looks = new AtomicInteger();
  private final Disk real = new NioDisk();
  private final Disk disk =
      (Disk)
          Proxy.newProxyInstance(
              Disk.class.getClassLoader(),
              new Class<?>[] {Disk.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("identity") && arguments[0].equals(segment())) {
                  looks.incrementAndGet();
                }
                try {
                  return method.invoke(real, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });

  @TempDir Path temp;
  private Object identity = "none";
  private SegmentPlace place;

  @BeforeEach
  void aSegmentInItsFolder() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("books/b"));
    Files.createFile(temp.resolve("LOCK"));
    Files.createFile(segment());
    identity = real.identity(segment());
    Object lock = real.identity(temp.resolve("LOCK"));
    DirectoryGuard guard = new DirectoryGuard(disk, temp, temp.resolve("books"), lock);
    place = new SegmentPlace(disk, guard, folder, nanos::get);
  }

  private Path segment() {
    return temp.resolve("books/b/1.log");
  }

  @Test
  void aSegmentThatStaysIsLookedAtOnceASecond() throws Exception {
    place.check(segment(), identity);
    pass(200);
    place.check(segment(), identity);
    looks.set(0);
    for (int i = 0; i < 500; i++) {
      pass(1);
      place.check(segment(), identity);
    }
    assertEquals(0, looks.get());
    pass(1000);
    place.check(segment(), identity);
    assertEquals(1, looks.get());
  }

  @Test
  void anExchangedSegmentIsNoticedAtTheNextCommit() throws Exception {
    settle();
    Files.move(segment(), temp.resolve("books/b/old"));
    Files.copy(temp.resolve("books/b/old"), segment());
    assertReplaced();
  }

  @Test
  void aRemovedSegmentIsNoticedAtTheNextCommit() throws Exception {
    settle();
    Files.delete(segment());
    assertReplaced();
  }

  @Test
  void aFolderPutInItsPlaceIsNoticedAtTheNextCommit() throws Exception {
    settle();
    Files.move(temp.resolve("books/b"), temp.resolve("books/old"));
    Files.createDirectory(temp.resolve("books/b"));
    Files.createLink(temp.resolve("books/b/2.log"), temp.resolve("books/old/1.log"));
    assertReplaced();
  }

  @Test
  void aLockThatIsAnotherIsNoticedAtTheNextCommit() throws Exception {
    settle();
    Files.move(temp.resolve("LOCK"), temp.resolve("OLD"));
    Files.createFile(temp.resolve("LOCK"));
    assertReplaced();
  }

  /** A change right after another may leave the time of the folder as it was. */
  @Test
  void untilTimesTellTheSegmentItselfIsLookedAt() throws Exception {
    for (int i = 0; i < 10; i++) {
      place.check(segment(), identity);
      pass(9);
    }
    assertEquals(10, looks.get());
  }

  /** The last look may have been in the same tick as the change before it. */
  @Test
  void afterAPauseTheSegmentIsLookedAtOnceMore() throws Exception {
    place.check(segment(), identity);
    looks.set(0);
    pass(500);
    place.check(segment(), identity);
    assertEquals(1, looks.get());
    pass(500);
    place.check(segment(), identity);
    assertEquals(1, looks.get());
  }

  private void settle() throws Exception {
    TimeUnit.MILLISECONDS.sleep(20); // the time of the folder is that of a tick of the real clock
    place.check(segment(), identity);
    pass(200);
    place.check(segment(), identity);
  }

  private void pass(long millis) {
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private void assertReplaced() {
    SinkException e = assertThrows(SinkException.class, () -> place.check(segment(), identity));
    assertEquals(Reason.REPLACED, e.reason());
  }
}
