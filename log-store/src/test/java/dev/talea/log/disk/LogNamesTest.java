// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogIoException;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogNamesTest {

  private static final List<String> NASTY =
      List.of(
          "a",
          "A",
          "plain-name_1",
          "/",
          "//etc/passwd",
          ".",
          "..",
          "../..",
          "a/../../b",
          "a:b",
          "a\\b",
          "C:\\CON",
          "con",
          " ",
          " leading and trailing ",
          "%2f",
          "%",
          "=",
          "=abc",
          "книга",
          "Книга",
          "😀",
          "👩‍👩‍👧‍👦",
          "é",
          "e\u0301",
          "x".repeat(128),
          "X".repeat(128),
          "ж".repeat(64),
          "😀".repeat(32));

  @TempDir Path dir;

  @Test
  void everyNameComesBackAndNoneLeavesItsFolder() {
    Set<String> folders = new HashSet<>();
    for (String name : NASTY) {
      String folder = LogNames.folder(name);
      assertEquals(name, LogNames.name(folder));
      assertTrue(folder.matches("[a-z0-9_%=-]+"), folder);
      assertTrue(folder.length() <= 206, folder);
      assertTrue(folders.add(folder), name + " shares the folder " + folder);
    }
  }

  @Test
  void randomNamesComeBack() {
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder name = new StringBuilder();
      do {
        int point = random.nextInt(4) == 0 ? random.nextInt(0x1_0000) : random.nextInt(128);
        if (point < 0xD800 || point > 0xDFFF) {
          name.appendCodePoint(point);
        }
      } while (random.nextInt(20) > 0
          && name.toString().getBytes(StandardCharsets.UTF_8).length < 120);
      if (name.length() > 0) {
        assertEquals(name.toString(), LogNames.name(LogNames.folder(name.toString())));
      }
    }
  }

  @Test
  void foldersThatNoNameHasAreNoLogs() {
    for (String folder :
        List.of(
            "A", "%", "%2", "%2F", "%61", "%zz", "=", "=00", "=zz", "a b", "a.b", "%ff", "=vv")) {
      assertNull(LogNames.name(folder), folder);
    }
  }

  @Test
  void namesThatCannotBeAreRefused() {
    for (String name : List.of("", "x".repeat(129), "ж".repeat(65), "\uD800", "a\uDC00b")) {
      assertThrows(IllegalArgumentException.class, () -> LogNames.folder(name));
    }
  }

  @Test
  void logsOfAllTheseNamesLiveSideBySideOnARealDiskAndAreListedInOrder() throws Exception {
    LogSettings settings = LogSettings.DEFAULTS.withSpaceSteps(4096, 4096).withIdleMillis(5);
    List<String> ordered = new ArrayList<>(NASTY);
    ordered.sort(LogNames.BY_BYTES);
    try (LogDirectory logs = LogDirectory.open(dir, settings, SystemLogEnvironment.create())) {
      for (String name : NASTY) {
        Log<Append> log = logs.createLog(name, AppendHandler::goingOn);
        Append append = Append.of(name.getBytes(StandardCharsets.UTF_8));
        assertTrue(log.submit(append, 1));
        append.done.join();
      }
      assertEquals(ordered, logs.names());
      assertFalse(logs.exists("not there"));
      assertThrows(
          LogNotFoundException.class, () -> logs.openLog("not there", AppendHandler::goingOn));
      assertThrows(IllegalStateException.class, () -> logs.createLog("a", AppendHandler::goingOn));
      assertThrows(IllegalStateException.class, () -> logs.openLog("a", AppendHandler::goingOn));
    }
    for (String name : NASTY) {
      LogReader reader = new LogFiles(dir, new NioDisk()).read(name).reader();
      assertEquals(name, reader.name());
      LogCursor cursor = reader.cursor(1);
      assertTrue(cursor.next());
      assertEquals(name, StandardCharsets.UTF_8.decode(cursor.payload()).toString());
    }
    try (Stream<Path> entries = Files.list(dir)) {
      assertEquals(
          List.of("FORMAT", "LOCK", "books"),
          entries.map(entry -> entry.getFileName().toString()).sorted().toList());
    }
  }

  /** Whatever lies beside the logs: they are found, and it is named. */
  @Test
  void strayFilesAndFoldersAreNamedAndKeepNothingFromOpening(@TempDir Path dir) throws Exception {
    LogEnvironment environment = SystemLogEnvironment.create();
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, environment)) {
      logs.createLog("a", AppendHandler::goingOn);
      logs.createLog("b", AppendHandler::goingOn);
      Path books = dir.resolve("books");
      Files.writeString(books.resolve("notes"), "a file with the name of a log");
      Files.writeString(books.resolve("README"), "another file");
      Files.createDirectory(books.resolve("a.old"));
      Files.createDirectory(books.resolve("empty"));
      Path lost = Files.createDirectory(books.resolve("lost"));
      Files.writeString(lost.resolve("tree.bin"), "derived");
      Path odd = Files.createDirectory(books.resolve("odd"));
      Files.createDirectory(odd.resolve("00000000000000000001.log"));
      assertEquals(List.of("a", "b", "odd"), logs.names());
      assertEquals(
          List.of(
              "README: its name is not that of a log's folder",
              "a.old: its name is not that of a log's folder",
              "empty: an empty folder",
              "lost: a folder without a segment, which alone would be the log; it holds tree.bin",
              "notes: a file, not a folder"),
          new LogFiles(dir, new NioDisk())
              .found().strays().stream().map(s -> s.entry() + ": " + s.what()).toList());
      LogIoException e =
          assertThrows(LogIoException.class, () -> logs.openLog("odd", AppendHandler::goingOn));
      assertTrue(e.getMessage().contains("00000000000000000001.log"), e.getMessage());
    }
  }
}
