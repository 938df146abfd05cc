// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.talea.log.DiskFile;
import dev.talea.log.Log;
import dev.talea.log.LogIoException;
import dev.talea.log.LogSettings;
import dev.talea.log.NoSpaceException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NioDiskTest {

  @TempDir Path dir;

  private final NioDisk disk = new NioDisk();

  @Test
  void aMapFollowsLaterWritesAndOutlivesItsFile() throws Exception {
    Path path = dir.resolve("f");
    ByteBuffer map;
    try (DiskFile file = disk.create(path)) {
      Zeros.write(file, 0, 10_000);
      map = file.map(10_000);
      assertEquals(0, map.get(9_000));
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 9_000);
      file.force(false);
      assertEquals(3, map.get(9_002));
    }
    assertEquals(2, map.get(9_001));
    assertTrue(map.isReadOnly());
  }

  @Test
  void whatIsMadeIsItsOwnersAlone() throws Exception {
    assumeTrue(Files.getFileStore(dir).supportsFileAttributeView("posix"));
    disk.createDirectories(dir.resolve("a/b"));
    disk.create(dir.resolve("a/b/f")).close();
    Objects.requireNonNull(disk.tryLock(dir.resolve("LOCK"))).close();
    assertEquals("rwx------", permissions("a"));
    assertEquals("rwx------", permissions("a/b"));
    assertEquals("rw-------", permissions("a/b/f"));
    assertEquals("rw-------", permissions("LOCK"));
  }

  private String permissions(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(name)));
  }

  /** In the JVM this is an InternalError, or worse if anything but a plain copy meets the page. */
  @Test
  void aPageThatTheDiskCannotDeliverIsATypedExceptionAndNotTheEndOfTheProcess() throws Exception {
    try (LogDirectory logs =
        LogDirectory.open(dir, LogSettings.DEFAULTS, SystemLogEnvironment.create())) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      Append append = Append.of(new byte[9000], new byte[100], new byte[9000]);
      assertTrue(log.submit(append, 1));
      Append.Done done = append.done.join();
      for (int i = 0;
          i < 30_000;
          i++) { // until the reading code is compiled, which is another path
        assertEquals(3, log.record(done.positions().get(2)).seq());
      }
      Path segment = logs.folder("log").resolve("00000000000000000001.log");
      try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
        file.setLength(4096);
      }
      for (long position : done.positions()) {
        assertThrows(LogIoException.class, () -> log.record(position));
      }
      assertThrows(LogIoException.class, () -> log.cursor(1).next());
      assertThrows(LogIoException.class, () -> log.positionOf(3));
    }
  }

  @Test
  void namesAreTakenOnceAndMissingFilesAreMissed() throws Exception {
    Path path = dir.resolve("f");
    disk.create(path).close();
    assertThrows(FileAlreadyExistsException.class, () -> disk.create(path));
    disk.rename(path, dir.resolve("g"));
    assertThrows(NoSuchFileException.class, () -> disk.open(path));
    assertThrows(NoSuchFileException.class, () -> disk.openForReading(path));
    disk.deleteIfExists(path);
    assertEquals(List.of("g"), disk.list(dir));
    disk.syncDirectory(dir);
  }

  @Test
  void aReadAtTheEndIsShortAndBehindItEmpty() throws Exception {
    Path path = dir.resolve("f");
    Files.write(path, new byte[100]);
    try (DiskFile file = disk.openForReading(path)) {
      assertEquals(40, file.read(ByteBuffer.allocate(80), 60));
      assertEquals(0, file.read(ByteBuffer.allocate(80), 100));
      assertEquals(0, file.read(ByteBuffer.allocate(80), 1000));
      assertThrows(Exception.class, () -> file.write(ByteBuffer.allocate(1), 0));
    }
  }

  /** /dev/full says ENOSPC to every write. */
  @Test
  void aFullDiskIsToldApartFromABrokenOne() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no /dev/full here");
    try (DiskFile file = disk.open(full)) {
      assertThrows(NoSpaceException.class, () -> file.write(ByteBuffer.allocate(10), 0));
    }
    assertThrows(IOException.class, () -> disk.list(dir.resolve("missing")));
  }
}
