// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The life of runs, with real processes that match, crash, hang and are killed. */
@Tag("slow")
class ReconciliationTest {
  @TempDir Path folder;

  private static final Duration PATIENT = Duration.ofMinutes(5);

  private static List<String> names(Path folder) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @SuppressWarnings("unchecked") // as the page has them
  private static List<Map<String, Object>> items(Map<String, @Nullable Object> page) {
    return (List<Map<String, Object>>) (List<?>) JsonTree.list(page, "items");
  }

  @Test
  void aRunMatchesInAProcessOfItsOwnAndLeavesEvidence() throws Exception {
    try (Toy toy = new Toy(folder)) {
      assertEquals("queued", toy.begin("plain").get("state"));
      assertEquals("completed", toy.ended(1));
      Map<String, @Nullable Object> run = toy.run(1);
      Map<String, @Nullable Object> left = JsonTree.child(JsonTree.child(run, "outcome"), "left");
      assertEquals(3L, left.get("read"));
      assertEquals(2L, left.get("matched"));
      assertEquals(1L, left.get("unmatched"));
      Runs.Recorded recorded = toy.reconciliation.runs().recorded(1);
      assertEquals(
          recorded.sha256(), SystemFiles.sha256(recorded.folder().resolve(recorded.manifest())));
      assertEquals(
          List.of("manifest.json", "matched.csv", "unmatched_left.csv", "unmatched_right.csv"),
          names(recorded.folder()));
      assertEquals(List.of(), names(folder.resolve("runs")));
      List<Map<String, Object>> open =
          items(toy.reconciliation.runs().rows(1, "unmatched", null, null, 10));
      assertEquals(2, open.size());
      assertEquals("left", open.get(0).get("side"));
      assertEquals("300", open.get(0).get("amount"));
      assertEquals("999", open.get(1).get("amount"));
    }
  }

  @Test
  void rowsComeInPages() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      Map<String, @Nullable Object> first =
          toy.reconciliation.runs().rows(1, "unmatched", null, null, 1);
      Map<String, @Nullable Object> second =
          toy.reconciliation.runs().rows(1, "unmatched", null, (String) first.get("next"), 1);
      assertEquals("300", items(first).get(0).get("amount"));
      assertEquals("999", items(second).get(0).get("amount"));
      Map<String, @Nullable Object> third =
          toy.reconciliation.runs().rows(1, "unmatched", null, (String) second.get("next"), 1);
      assertEquals(List.of(), items(third));
    }
  }

  @Test
  void aCursorThatNoPageGaveIsRefused() throws Exception {
    try (Toy toy = new Toy(folder)) {
      Reconciliation of = toy.reconciliation;
      toy.begin("plain");
      toy.ended(1);
      String next = (String) of.runs().rows(1, "unmatched", null, null, 1).get("next");
      long end = Files.size(folder.resolve("evidence/1/unmatched_left.csv"));
      assertEquals("0:" + end, next); // whose one row it was
      for (String after :
          List.of("x", "0", "0:3", "0:" + (end - 2), "0:" + (end + 1), "2:0", "9:0", "0:0:0")) {
        assertInvalid("query", () -> of.runs().rows(1, "unmatched", null, after, 1));
      }
      for (String after :
          List.of("0:" + end, "5:0:0", "0:0:999999999999999999", "0:0:1", "0:3:0", "0:999:0")) {
        assertInvalid(
            "query", () -> of.exceptions().list("toy-plain", null, null, after, 1, books -> {}));
      }
      assertInvalid(
          "query", () -> of.exceptions().list("toy-plain", null, "foo", null, 1, books -> {}));
      assertEquals(
          1,
          items(of.exceptions().list("toy-plain", null, null, "0:" + end + ":1", 10, books -> {}))
              .size());

      // A line within quotes looks like the beginning of a row, and its end does not.
      Path file = folder.resolve("evidence/1/unmatched_left.csv");
      Files.writeString(file, "_row,amount\n1,\"a\nb\"\n2,c\n");
      assertEquals(
          "c", items(of.runs().rows(1, "unmatched", null, "0:20", 1)).get(0).get("amount"));
      assertInvalid("query", () -> of.runs().rows(1, "unmatched", null, "0:17", 1));
      Files.writeString(file, "_row,amount\n1,a\n2\n");
      LedgerException broken =
          assertThrows(
              LedgerException.class, () -> of.runs().rows(1, "unmatched", null, "0:16", 1));
      String reason = ((Unavailable) broken.error()).reason();
      assertTrue(reason.contains("unmatched_left.csv has 1 fields"), reason);
      assertFalse(reason.contains(folder.toString()), reason);
    }
  }

  @Test
  void aSeqOfTheLedgerIsAWholeNumber() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      for (Object seq : List.of("abc", -1L, true, new java.math.BigDecimal("1.5"))) {
        Map<String, @Nullable Object> wanted =
            JsonTree.of(
                "recipe",
                "toy-plain",
                "left",
                JsonTree.of("at_seq", seq),
                "right",
                JsonTree.of("upload", "1"));
        assertInvalid(
            "left.at_seq", () -> toy.reconciliation.runs().start(wanted, "person", "test"));
      }
      toy.ended(1);
    }
  }

  @Test
  void reasonsNameFilesAndNotWhereTheyLie() throws Exception {
    assertEquals(
        "IO Error: Cannot open \"left.rows\": full, of 01/02/2026 in jdbc:postgresql://db:1/x",
        SystemFiles.withoutFolders(
            "IO Error: Cannot open \"/srv/talea/runs/1/left.rows\": full, of 01/02/2026 in"
                + " jdbc:postgresql://db:1/x"));
    assertEquals("x.csv gone", SystemFiles.withoutFolders("C:\\talea\\x.csv gone"));
    try (Toy toy = new Toy(folder)) {
      toy.begin("hang");
      toy.begin("plain");
      Files.delete(folder.resolve("uploads/2"));
      toy.reconciliation.runs().cancel(1, "test");
      assertEquals("failed", toy.ended(2));
      String reason = String.valueOf(toy.run(2).get("reason"));
      assertTrue(reason.contains("NoSuchFileException: uploads/2"), reason);
      assertFalse(reason.contains(folder.toString()), reason);
    }
  }

  @Test
  void aRunThatListensIsCalledOff() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("hang");
      toy.await(() -> toy.progressOf(1).contains("match"));
      assertEquals("cancelling", toy.reconciliation.runs().cancel(1, "test").get("state"));
      assertEquals("cancelled", toy.ended(1));
    }
  }

  @Test
  void aRunThatDoesNotListenIsEndedAllTheSame() throws Exception {
    try (Toy toy = new Toy(folder)) {
      toy.begin("deaf");
      toy.await(() -> toy.progressOf(1).contains("match"));
      ProcessHandle child = child();
      toy.reconciliation.runs().cancel(1, "test");
      assertEquals("cancelled", toy.ended(1));
      toy.await(() -> !child.isAlive());
      assertEquals(List.of(), names(folder.resolve("evidence")));
      assertEquals(List.of(), names(folder.resolve("runs")));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aRunGivesWayToTheLedgerBesideIt() throws Exception {
    try (Toy toy = new Toy(folder)) {
      toy.begin("hang");
      toy.await(() -> toy.progressOf(1).contains("match"));
      long own = niceness(ProcessHandle.current());
      assertEquals(Math.min(19, own + 10), niceness(child()));
      toy.reconciliation.runs().cancel(1, "test");
      assertEquals("cancelled", toy.ended(1));
    }
  }

  /** Field 19 of what the kernel says of a process; the second is its name, in brackets. */
  private static long niceness(ProcessHandle process) throws Exception {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
  }

  @Test
  void aRunThatWaitsIsCalledOffAndNeverBegins() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("hang");
      toy.begin("plain");
      assertEquals("cancelled", toy.reconciliation.runs().cancel(2, "test").get("state"));
      toy.reconciliation.runs().cancel(1, "test");
      toy.ended(1);
      assertEquals("cancelled", toy.stateOf(2));
      assertEquals(0L, toy.run(2).get("attempt"));
    }
  }

  private static ProcessHandle child() {
    return ProcessHandle.current()
        .children()
        .filter(ProcessHandle::isAlive)
        .findAny()
        .orElseThrow();
  }

  @Test
  void aProcessThatIsKilledEndsItsRunAlone() throws Exception {
    try (Toy toy = new Toy(folder)) {
      toy.begin("hang");
      toy.await(() -> toy.progressOf(1).contains("match"));
      child().destroyForcibly();
      assertEquals("failed", toy.ended(1));
      assertTrue(String.valueOf(toy.run(1).get("reason")).contains("killed from outside"));
      assertEquals(List.of(), names(folder.resolve("evidence")));
      toy.begin("plain");
      assertEquals("completed", toy.ended(2));
    }
  }

  @Test
  void aCrashOfTheEngineIsToldWithItsStatus() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("crash");
      assertEquals("failed", toy.ended(1));
      assertTrue(String.valueOf(toy.run(1).get("reason")).contains("status 134"));
    }
  }

  @Test
  void memoryThatRunsOutIsToldWithItsSetting() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("memory");
      assertEquals("failed", toy.ended(1));
      String reason = String.valueOf(toy.run(1).get("reason"));
      assertTrue(reason.contains("TALEA_RECONCILE_MEMORY, which is 256 MiB"), reason);
    }
  }

  @Test
  void aLimitOfTheEngineIsToldInItsWords() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("limit");
      assertEquals("failed", toy.ended(1));
      assertEquals("TALEA_RECONCILE_DISK is full, says the engine.", toy.run(1).get("reason"));
    }
  }

  @Test
  void anErrorEndsTheRunToo() {
    try (Toy toy = new Toy(folder)) {
      ToyForms.ledgerError = () -> new StackOverflowError("of the ledger");
      try {
        toy.begin("plain");
        assertEquals("failed", toy.ended(1));
      } finally {
        ToyForms.ledgerError = null;
      }
      String reason = String.valueOf(toy.run(1).get("reason"));
      assertTrue(reason.contains("StackOverflowError: of the ledger"), reason);
      toy.begin("plain");
      assertEquals("completed", toy.ended(2));
    }
  }

  @Test
  void aRunWhoseFolderCannotBeMadeEnds() throws Exception {
    try (Toy toy = new Toy(folder)) {
      Files.delete(folder.resolve("runs"));
      Files.writeString(folder.resolve("runs"), "in the way");
      toy.begin("plain");
      assertEquals("failed", toy.ended(1));
      assertEquals(0L, toy.run(1).get("attempt"));
      Files.delete(folder.resolve("runs"));
      toy.begin("plain");
      assertEquals("completed", toy.ended(2));
    }
  }

  @Test
  void aRunThatTakesTooLongIsEnded() {
    try (Toy toy = new Toy(folder, Duration.ofSeconds(3), NamedSources.NONE)) {
      toy.begin("deaf");
      assertEquals("failed", toy.ended(1));
      assertTrue(String.valueOf(toy.run(1).get("reason")).contains("TALEA_RECONCILE_TIME"));
    }
  }

  @Test
  void theSameKeyIsTheSameRun() {
    try (Toy toy = new Toy(folder)) {
      Map<String, @Nullable Object> first = toy.begin("plain", "monday", false, "100,one");
      Map<String, @Nullable Object> again =
          toy.reconciliation
              .runs()
              .start(
                  JsonTree.of(
                      "recipe",
                      "toy-plain",
                      "key",
                      "monday",
                      "right",
                      JsonTree.of("upload", JsonTree.child(first, "right").get("upload"))),
                  "person",
                  "test");
      assertEquals(first.get("id"), again.get("id"));
      LedgerException refused =
          assertThrows(
              LedgerException.class, () -> toy.begin("plain", "monday", false, "500,another"));
      assertTrue(refused.error() instanceof AlreadyExists);
      toy.ended(1);
    }
  }

  private static void assertNotFound(String what, Executable asked) {
    LedgerException refused = assertThrows(LedgerException.class, asked);
    assertEquals(new NotFound(what), refused.error());
  }

  private static void assertInvalid(String field, Executable asked) {
    LedgerException refused = assertThrows(LedgerException.class, asked);
    assertEquals(field, ((InvalidDraft) refused.error()).field(), refused::toString);
  }

  private static Consumer<Set<String>> reaching(String what, String book) {
    return books -> {
      if (!books.equals(Set.of(book))) {
        throw new LedgerException(new NotFound(what));
      }
    };
  }

  @Test
  void aRecipeIsOnlyForThoseWhoReachTheBooksOfTheVersion() {
    try (Toy toy = new Toy(folder)) {
      Reconciliation of = toy.reconciliation;
      toy.begin("plain"); // version 1, of the book shop
      toy.ended(1);
      byte[] other = ToyForms.recipe("toy-plain", "plain", "mine");
      LedgerException taken =
          assertThrows(
              LedgerException.class,
              () -> of.documents().saveRecipe(other, "bob", books -> books.equals(Set.of("mine"))));
      assertTrue(taken.error() instanceof AlreadyExists);

      of.documents().saveRecipe(other, "admin", books -> true);
      Consumer<Set<String>> mine = reaching("recipe toy-plain", "mine");
      assertEquals(2L, of.documents().recipe("toy-plain", 0, mine).get("version"));
      assertNotFound("recipe toy-plain", () -> of.documents().recipe("toy-plain", 1, mine));
      assertNotFound(
          "recipe toy-plain", () -> of.exceptions().list("toy-plain", null, null, null, 10, mine));
      Map<String, @Nullable Object> first =
          JsonTree.of("recipe", "toy-plain", "version", 1L, "right", JsonTree.of("upload", "1"));
      assertNotFound(
          "recipe toy-plain", () -> of.runs().start(first, "person", "bob", mine, by -> true));
      Map<String, @Nullable Object> carrying =
          JsonTree.of("recipe", "toy-plain", "carry", true, "right", JsonTree.of("upload", "1"));
      assertInvalid("carry", () -> of.runs().start(carrying, "person", "test", mine, by -> true));
      carrying.remove("carry");
      assertInvalid("carry", () -> of.runs().start(carrying, "person", "test", mine, by -> true));
      // What is left behind is of the book shop, and taken from those who work on it.
      carrying.put("carry", false);
      assertNotFound(
          "recipe toy-plain", () -> of.runs().start(carrying, "person", "test", mine, by -> true));
      assertEquals(
          List.of("mine"),
          of.runs().start(carrying, "person", "test", books -> {}, by -> true).get("books"));
    }
  }

  @Test
  void aKeyIsOfOneVersionAndNeverWhatRunsWithoutOneAreCalled() {
    try (Toy toy = new Toy(folder)) {
      Reconciliation of = toy.reconciliation;
      toy.begin("plain", "monday", false, "100,one");
      of.documents().saveRecipe(ToyForms.recipe("toy-plain", "hang"), "test", books -> true);
      Map<String, @Nullable Object> wanted =
          JsonTree.of("recipe", "toy-plain", "key", "monday", "right", JsonTree.of("upload", "1"));
      assertEquals("1", of.runs().start(wanted, "person", "test").get("id"));
      wanted.put("version", 1L);
      assertEquals("1", of.runs().start(wanted, "person", "test").get("id"));
      wanted.put("version", 2L);
      LedgerException refused =
          assertThrows(LedgerException.class, () -> of.runs().start(wanted, "person", "test"));
      assertTrue(refused.error() instanceof AlreadyExists);
      wanted.put("key", "run-2");
      assertInvalid("key", () -> of.runs().start(wanted, "person", "test"));
      toy.ended(1);
    }
  }

  @Test
  void aFileIsOnlyForThoseWhoSentIt() throws Exception {
    try (Toy toy = new Toy(folder)) {
      Reconciliation of = toy.reconciliation;
      toy.begin("plain"); // sends the file 1 as test
      Map<String, @Nullable Object> wanted =
          JsonTree.of("recipe", "toy-plain", "right", JsonTree.of("upload", "1"));
      assertNotFound(
          "upload 1", () -> of.runs().start(wanted, "person", "bob", books -> {}, "bob"::equals));
      of.uploads().begin("two.csv", "100,one".getBytes(StandardCharsets.UTF_8), false, "ann");
      assertNotFound(
          "upload 2 that is under way",
          () -> of.uploads().add(2, 7, new byte[1], true, "bob", "bob"::equals));
      of.uploads().add(2, 7, new byte[] {'\n'}, true, "ann", "ann"::equals);
      assertEquals("100,one\n", Files.readString(folder.resolve("uploads/2")));
      toy.ended(1);
    }
  }

  @Test
  void whatIsSaidAfterTheEndChangesNothing() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      Run ended = new Run(1, "run-1", "toy-plain", Set.of("shop"), false, 1);
      RunProcess process =
          new RunProcess(
              new RunProcess.Start("java", "", "", 1, "", PATIENT),
              folder,
              Executors.newSingleThreadScheduledExecutor());
      ended.process = process;
      toy.reconciliation.runs().progress(ended, process, "match", 1, 2);
      assertEquals("match", step(ended));
      ended.state = RunState.COMPLETED;
      toy.reconciliation.runs().progress(ended, process, "too late", 2, 2);
      assertEquals("match", step(ended));
      assertEquals("completed", toy.stateOf(1));
      assertEquals("null", toy.progressOf(1));
    }
  }

  private static String step(Run run) {
    Run.Progress progress = run.progress;
    return progress == null ? "" : progress.step();
  }

  @Test
  void anotherProcessIsRefusedAndToldTheSetting() {
    try (Toy toy = new Toy(folder)) {
      LedgerException refused = assertThrows(LedgerException.class, () -> new Toy(folder));
      String reason = ((Unavailable) refused.error()).reason();
      assertTrue(reason.contains("TALEA_RECONCILE_DIR"), reason);
      assertFalse(toy.reconciliation.seen().runs().isEmpty());
    }
  }

  @Test
  void aStopPutsARunBackAndTheNextStartBeginsItAgain() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("hang");
      toy.await(() -> toy.progressOf(1).contains("match"));
    }
    try (Toy toy = new Toy(folder)) {
      toy.await(() -> toy.progressOf(1).contains("match"));
      assertEquals(1L, toy.run(1).get("attempt"));
      toy.reconciliation.runs().cancel(1, "test");
      assertEquals("cancelled", toy.ended(1));
    }
  }

  @Test
  void aServerThatIsKilledTakesItsRunAlongAndTheNextOneBeginsItOnceMore() throws Exception {
    for (int round = 1; round <= 2; round++) {
      Process server =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  ToyServer.class.getName(),
                  folder.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader out = server.inputReader(StandardCharsets.UTF_8)) {
        String pid = out.readLine();
        ProcessHandle child = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        server.destroyForcibly();
        server.waitFor();
        child.onExit().get();
      }
    }
    try (Toy toy = new Toy(folder)) {
      assertEquals("failed", toy.ended(1));
      assertTrue(String.valueOf(toy.run(1).get("reason")).contains("2 times"));
      assertEquals(List.of(), names(folder.resolve("evidence")));
      toy.begin("plain");
      toy.await(() -> toy.run(2).get("started_at") != null);
    }
  }

  @Test
  void aLostLogTouchesNothingThatIsStillThere() throws Exception {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
    }
    Files.move(folder.resolve("records"), folder.resolve("elsewhere"));
    for (int start = 1; start <= 2; start++) {
      LedgerException refused = assertThrows(LedgerException.class, () -> new Toy(folder));
      String reason = ((Unavailable) refused.error()).reason();
      assertTrue(reason.contains("its log is empty, but there are 1 runs in evidence/"), reason);
      assertTrue(reason.contains("1 files in uploads/; bring records/ back"), reason);
      assertEquals(List.of("1"), names(folder.resolve("evidence")));
      assertEquals(List.of("1"), names(folder.resolve("uploads")));
    }
    try (Stream<Path> files = Files.walk(folder.resolve("records"))) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    Files.move(folder.resolve("elsewhere"), folder.resolve("records"));
    try (Toy toy = new Toy(folder)) {
      assertEquals(4, names(toy.reconciliation.runs().recorded(1).folder()).size());
    }
  }

  @Test
  void whatNoRecordKnowsIsPutAside() throws Exception {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      toy.begin("crash");
      toy.ended(2);
    }
    for (int start = 1; start <= 2; start++) {
      Files.createDirectories(folder.resolve("evidence/2")); // half made
      Files.writeString(
          Files.createDirectories(folder.resolve("evidence/7")).resolve("matched.csv"), "7");
      Files.writeString(folder.resolve("open/7.left"), "7-left-1\n");
      Files.writeString(folder.resolve("uploads/9"), "9");
      Files.writeString(folder.resolve("uploads/10.part"), "1");
      try (Toy toy = new Toy(folder)) {
        assertEquals("completed", toy.stateOf(1));
      }
      assertEquals(List.of("1"), names(folder.resolve("evidence")));
      assertEquals(List.of("1", "2"), names(folder.resolve("uploads")));
    }
    assertEquals(
        List.of(
            "evidence-7", "evidence-7-2", "open-7.left", "open-7.left-2", "upload-9", "upload-9-2"),
        names(folder.resolve("lost")));
    assertEquals("7", Files.readString(folder.resolve("lost/evidence-7/matched.csv")));
  }

  @Test
  void openRowsAreCarriedAndClearedWhenTheCounterpartComes() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain", null, true, "100,one", "999,stranger");
      toy.ended(1);
      assertEquals(2L, toy.run(1).get("open_left"));
      assertEquals(1L, toy.run(1).get("open_right"));
      List<Map<String, Object>> open =
          items(
              toy.reconciliation.exceptions().list("toy-plain", null, null, null, 10, books -> {}));
      assertEquals("1-left-2", open.get(0).get("id"));
      assertEquals("1-right-2", open.get(2).get("id"));
      ToyForms.ledgerRows = 0; // nothing new on the left
      try {
        toy.begin("plain", null, true, "300,the counterpart");
        toy.ended(2);
      } finally {
        ToyForms.ledgerRows = 3;
      }
      assertEquals(1L, toy.run(2).get("cleared"));
      List<Map<String, Object>> later =
          items(
              toy.reconciliation.exceptions().list("toy-plain", null, null, null, 10, books -> {}));
      assertEquals(
          List.of("1-left-2", "1-right-2"), later.stream().map(each -> each.get("id")).toList());
    }
  }

  @Test
  void openRowsWhoseIdsAreGoneAreNotDroppedInSilence() throws Exception {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      Files.delete(folder.resolve("open/1.left"));
      toy.begin("plain", null, true, "300,the counterpart");
      assertEquals("failed", toy.ended(2));
      String reason = String.valueOf(toy.run(2).get("reason"));
      assertTrue(reason.contains("run 1 left 1 rows of the left side open"), reason);
      assertTrue(reason.contains("1.left is missing"), reason);
      assertThrows(
          LedgerException.class,
          () ->
              toy.reconciliation.exceptions().list("toy-plain", null, null, null, 10, books -> {}));
    }
  }

  @Test
  void whatIsDecidedAboutARowStaysWithItAfterARestart() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      toy.reconciliation
          .exceptions()
          .decide(
              "1-left-3",
              JsonTree.of("state", "written_off", "note", "too small", "assignee", "ann"),
              "bob");
      assertThrows(
          LedgerException.class,
          () ->
              toy.reconciliation
                  .exceptions()
                  .decide("1-right-3", JsonTree.of("state", "explained"), "bob")); // says no why
    }
    try (Toy toy = new Toy(folder)) {
      Map<String, @Nullable Object> view = toy.reconciliation.exceptions().one("1-left-3");
      assertEquals("written_off", view.get("state"));
      assertEquals("ann", view.get("assignee"));
      assertTrue(String.valueOf(view.get("history")).contains("bob"));
      toy.begin("plain", null, true, "100,one", "200,two");
      toy.ended(2);
      // Written off, so not carried: of the ledger's three rows two matched, one is open anew.
      assertEquals(1L, toy.run(2).get("open_left"));
      assertEquals(1L, toy.run(2).get("open_right"));
    }
  }

  /** A number of 998 digits and an exponent is written longer than it came. */
  @Test
  void whatCameInARequestNeverClosesTheRoom() {
    String number = "9".repeat(998) + "e5";
    Map<String, @Nullable Object> what =
        JsonTree.object(
            "body", ("{\"draft\":{\"x\":" + number + "}}").getBytes(StandardCharsets.UTF_8));
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      Object draft = toy.reconciliation.exceptions().decide("1-left-3", what, "bob").get("draft");
      assertEquals(
          new java.math.BigDecimal(number), ((Map<?, ?>) Objects.requireNonNull(draft)).get("x"));
      for (Object seq : List.of("7", new java.math.BigDecimal(number), -1L, List.of(1L))) {
        LedgerException refused =
            assertThrows(
                LedgerException.class,
                () ->
                    toy.reconciliation
                        .runs()
                        .start(
                            JsonTree.of(
                                "recipe",
                                "toy-plain",
                                "left",
                                JsonTree.of("at_seq", seq),
                                "right",
                                JsonTree.of("upload", "1")),
                            "person",
                            "test"));
        assertEquals("left.at_seq", ((InvalidDraft) refused.error()).field());
      }
    }
    try (Toy toy = new Toy(folder)) {
      Object draft = toy.reconciliation.exceptions().one("1-left-3").get("draft");
      assertEquals(
          new java.math.BigDecimal(number), ((Map<?, ?>) Objects.requireNonNull(draft)).get("x"));
    }
  }

  @Test
  void rowsArePutTogetherByHandAndTakenApartAgain() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      Map<String, @Nullable Object> both =
          JsonTree.of("exceptions", List.of("1-left-3", "1-right-3"), "reason", "same invoice");
      toy.reconciliation.exceptions().byHand(true, both, "ann");
      assertEquals("matched", toy.reconciliation.exceptions().one("1-left-3").get("state"));
      assertThrows(
          LedgerException.class, () -> toy.reconciliation.exceptions().byHand(true, both, "ann"));
      toy.reconciliation.exceptions().byHand(false, both, "ann");
      assertEquals("open", toy.reconciliation.exceptions().one("1-left-3").get("state"));
    }
  }

  @Test
  void onlyRowsThatACompletedRunLeftOpenAreThere() {
    Map<String, @Nullable Object> note = JsonTree.of("note", "seen");
    try (Toy toy = new Toy(folder)) {
      Reconciliation of = toy.reconciliation;
      toy.begin("plain");
      toy.ended(1);
      toy.begin("hang");
      toy.await(() -> toy.progressOf(2).contains("match"));
      assertNotFound("exception 2-left-1", () -> of.exceptions().one("2-left-1"));
      of.runs().cancel(2, "test");
      toy.ended(2);
      assertNotFound("exception 2-left-1", () -> of.exceptions().decide("2-left-1", note, "bob"));
      // Of the three rows of a run the first two were matched, and a fourth never was.
      for (String none : List.of("1-left-1", "1-left-4", "1-right-4", "3-left-1")) {
        assertNotFound("exception " + none, () -> of.exceptions().one(none));
        assertNotFound("exception " + none, () -> of.exceptions().decide(none, note, "bob"));
        assertNotFound(
            "exception " + none,
            () ->
                of.exceptions()
                    .byHand(
                        true,
                        JsonTree.of(
                            "exceptions", List.of("1-left-3", "1-right-3", none), "reason", "same"),
                        "bob"));
      }
      assertEquals("open", of.exceptions().one("1-left-3").get("state"));
    }
    try (Toy toy = new Toy(folder)) {
      assertEquals("open", toy.reconciliation.exceptions().one("1-right-3").get("state"));
      assertNotFound("exception 1-left-1", () -> toy.reconciliation.exceptions().one("1-left-1"));
    }
  }

  @Test
  void namesOfUploadsAreNoPathsAndTheirLimitIsKept() throws Exception {
    try (Toy toy = new Toy(folder)) {
      for (String name : List.of("../x", "a/b", "..", "a\\b", "", "x\n")) {
        LedgerException refused =
            assertThrows(
                LedgerException.class,
                () -> toy.reconciliation.uploads().begin(name, new byte[1], true, "test"));
        assertEquals("name", ((InvalidDraft) refused.error()).field());
      }
      Object id =
          toy.reconciliation.uploads().begin("big", new byte[1 << 19], false, "test").get("id");
      long upload = Long.parseLong(String.valueOf(id));
      assertThrows(
          LedgerException.class,
          () ->
              toy.reconciliation
                  .uploads()
                  .add(upload, 7, new byte[1], false, "test", "test"::equals));
      LedgerException refused =
          assertThrows(
              LedgerException.class,
              () ->
                  toy.reconciliation
                      .uploads()
                      .add(upload, 1 << 19, new byte[(1 << 19) + 1], true, "test", "test"::equals));
      assertTrue(((InvalidDraft) refused.error()).reason().contains("TALEA_RECONCILE_UPLOAD_MAX"));
      assertEquals(List.of(), names(folder.resolve("uploads")));
    }
  }

  @Test
  void pruneKeepsManifestsAndTheNewestRun() throws Exception {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      toy.begin("plain");
      toy.ended(2);
      toy.await(
          () -> {
            Object runs = toy.reconciliation.runs().prune(Duration.ZERO, "test").get("runs");
            return Long.valueOf(1).equals(runs)
                || Boolean.TRUE.equals(toy.run(1).get("evidence_pruned"));
          });
      assertEquals(List.of("manifest.json"), names(folder.resolve("evidence/1")));
      assertEquals(4, names(folder.resolve("evidence/2")).size());
      assertThrows(
          LedgerException.class,
          () -> toy.reconciliation.runs().rows(1, "matched", null, null, 10));
    }
  }

  @Test
  void aPruneThatWasCutOffIsFinishedAtTheNextStart() throws Exception {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.ended(1);
      toy.begin("plain");
      toy.ended(2);
      toy.await(
          () -> {
            var unused = toy.reconciliation.runs().prune(Duration.ZERO, "test");
            return Boolean.TRUE.equals(toy.run(1).get("evidence_pruned"));
          });
    }
    Files.writeString(folder.resolve("evidence/1/matched.csv"), "not deleted yet");
    try (Toy toy = new Toy(folder)) {
      assertEquals(List.of("manifest.json"), names(toy.reconciliation.runs().recorded(1).folder()));
      assertEquals(4, names(toy.reconciliation.runs().recorded(2).folder()).size());
    }
  }

  private static long completed(Toy toy) {
    return toy.reconciliation.seen().runs().getOrDefault("completed", 0L);
  }

  @Test
  void aFileThatRestsInAWatchedFolderIsTakenOnce() throws Exception {
    Path watched = Files.createDirectory(folder.resolve("in"));
    Path state = folder.resolve("state");
    try (Toy toy = new Toy(state)) {
      toy.begin("plain");
      toy.ended(1);
    }
    NamedSources named =
        new NamedSources(
            Map.of(),
            List.of(
                new NamedSources.Watch(
                    "bank", watched, ".csv", "toy-plain", dev.talea.reconcile.row.MatchSide.RIGHT)),
            List.of());
    Files.writeString(watched.resolve("a.csv"), "100,one\n");
    Files.writeString(watched.resolve("ignored.txt"), "100,one\n");
    try (Toy toy = new Toy(state, PATIENT, named)) {
      toy.await(() -> completed(toy) == 2);
      assertEquals("folder bank", toy.run(2).get("cause"));
    }
    Files.copy(watched.resolve("a.csv"), watched.resolve("same.csv"));
    Files.writeString(watched.resolve("b.csv"), "200,two\n");
    try (Toy toy = new Toy(state, PATIENT, named)) {
      toy.await(() -> completed(toy) == 3);
      assertEquals("b.csv", JsonTree.child(toy.run(3), "right").get("name"));
    }
  }

  /** Each look would copy it once more. */
  @Test
  void aFileWhoseRunCannotBeginIsCopiedOnceAtMost() throws Exception {
    Path watched = Files.createDirectory(folder.resolve("in"));
    Path file = Files.writeString(watched.resolve("a.csv"), "100,one\n");
    Path state = folder.resolve("state");
    NamedSources named =
        new NamedSources(
            Map.of(),
            List.of(
                new NamedSources.Watch(
                    "bank", watched, ".csv", "toy-plain", dev.talea.reconcile.row.MatchSide.RIGHT)),
            List.of());
    try (Toy toy = new Toy(state)) {
      Standing standing =
          new Standing(toy.reconciliation.runs(), toy.reconciliation.uploads(), named);
      for (int look = 0; look < 4; look++) {
        standing.look(); // there is no such recipe yet
      }
      assertEquals(List.of(), names(state.resolve("uploads")));
      toy.begin("plain");
      toy.ended(1);
      // It came already, and its run could not be begun.
      toy.reconciliation.uploads().take("a.csv", file, "folder bank");
      standing.look();
      toy.ended(2);
      assertEquals(List.of("1", "2"), names(state.resolve("uploads")));
      assertEquals("2", JsonTree.child(toy.run(2), "right").get("upload"));
    }
  }

  private static Map<String, @Nullable Object> byHand(String... exceptions) {
    return JsonTree.of("exceptions", List.of(exceptions), "reason", "same invoice");
  }

  private static List<Object> openIds(Toy toy) {
    List<Object> ids = new java.util.ArrayList<>();
    String cursor = null;
    do {
      Map<String, @Nullable Object> page =
          toy.reconciliation.exceptions().list("toy-plain", null, "open", cursor, 1, books -> {});
      items(page).forEach(item -> ids.add(item.get("id")));
      cursor = (String) page.get("next");
    } while (cursor != null);
    return ids;
  }

  @Test
  void rowsAreNotLeftBehindWithoutAWord() {
    try (Toy toy = new Toy(folder)) {
      Reconciliation of = toy.reconciliation;
      toy.begin("plain", null, true, "100,one", "200,two"); // leaves 300 of the ledger open
      toy.ended(1);
      Object upload =
          of.uploads().begin("x", "1,x\n".getBytes(StandardCharsets.UTF_8), true, "test").get("id");
      Map<String, @Nullable Object> wanted =
          JsonTree.of("recipe", "toy-plain", "key", "a", "right", JsonTree.of("upload", upload));
      LedgerException refused =
          assertThrows(LedgerException.class, () -> of.runs().start(wanted, "person", "test"));
      assertEquals(
          new InvalidDraft(
              "carry",
              "is missing: run 1 left 1 rows open; true takes them into this run, false leaves them"
                  + " behind"),
          refused.error());

      // Nothing is open that goes on, so there is nothing to say.
      of.exceptions()
          .decide("1-left-3", JsonTree.of("state", "written_off", "note", "small"), "ann");
      assertEquals(true, of.runs().start(wanted, "person", "test").get("carry"));
      toy.ended(2);
      // The same request again is the same run, although rows are open now.
      assertEquals("2", of.runs().start(wanted, "person", "test").get("id"));
      wanted.put("carry", false);
      assertThrows(LedgerException.class, () -> of.runs().start(wanted, "person", "test"));
    }
  }

  @Test
  void aHandMatchThatIsTakenBackLaterIsCarriedAgain() {
    try (Toy toy = new Toy(folder)) {
      Exceptions of = toy.reconciliation.exceptions();
      toy.begin("plain", null, true, "100,one", "200,two", "999,stranger");
      toy.ended(1);
      of.byHand(true, byHand("1-left-3", "1-right-3"), "ann");
      ToyForms.ledgerRows = 0;
      try {
        toy.begin("plain", null, true, "555,later");
        toy.ended(2);
        assertEquals(List.of("2-right-1"), openIds(toy));
        of.byHand(false, byHand("1-left-3", "1-right-3"), "bob");
        assertEquals(List.of("2-right-1", "1-left-3", "1-right-3"), openIds(toy));
      } finally {
        ToyForms.ledgerRows = 3;
      }
    }
    try (Toy toy = new Toy(folder)) {
      ToyForms.ledgerRows = 0;
      try {
        toy.begin("plain", null, true, "300,the counterpart");
        toy.ended(3);
        assertEquals(1L, toy.run(3).get("cleared"));
        assertEquals(List.of("2-right-1", "1-right-3"), openIds(toy));
        toy.begin("plain", null, true, "300,another one");
        toy.ended(4);
        // What run 3 has matched is not brought back a second time.
        assertEquals(List.of("2-right-1", "1-right-3", "4-right-3"), openIds(toy));
      } finally {
        ToyForms.ledgerRows = 3;
      }
    }
  }

  @Test
  void whatWasWrittenOffAndOpenedAgainKeepsItsEvidence() throws Exception {
    try (Toy toy = new Toy(folder)) {
      Exceptions of = toy.reconciliation.exceptions();
      toy.begin("plain", null, true, "100,one", "200,two");
      toy.ended(1);
      of.decide("1-left-3", JsonTree.of("state", "written_off", "note", "small"), "ann");
      ToyForms.ledgerRows = 0;
      try {
        for (int run = 2; run <= 3; run++) {
          toy.begin("plain", null, true, run + ",x");
          toy.ended(run);
        }
      } finally {
        ToyForms.ledgerRows = 3;
      }
      of.decide("1-left-3", JsonTree.of("state", "open"), "ann");
      toy.await(
          () -> {
            var unused = toy.reconciliation.runs().prune(Duration.ZERO, "test");
            return Boolean.TRUE.equals(toy.run(2).get("evidence_pruned"));
          });
      assertEquals(4, names(folder.resolve("evidence/1")).size());
      assertEquals(List.of("2-right-1", "3-right-2", "1-left-3"), openIds(toy));
    }
  }

  @Test
  void aRowThatWasClearedIsNotMatchedByHandOnceMore() {
    try (Toy toy = new Toy(folder)) {
      Exceptions of = toy.reconciliation.exceptions();
      toy.begin("plain", null, true, "100,one", "200,two", "999,stranger");
      toy.ended(1);
      ToyForms.ledgerRows = 0;
      try {
        toy.begin("plain", null, true, "300,the counterpart");
        toy.ended(2);
      } finally {
        ToyForms.ledgerRows = 3;
      }
      assertInvalid("exceptions", () -> of.byHand(true, byHand("1-left-3", "1-right-3"), "ann"));
      assertInvalid(
          "exceptions",
          () -> of.decide("1-left-3", JsonTree.of("state", "written_off", "note", "small"), "ann"));
      of.decide("1-left-3", JsonTree.of("note", "cleared by run 2"), "ann");
      assertEquals("cleared by run 2", of.one("1-left-3").get("note"));
    }
  }

  @Test
  void rowsThatAreBeingMatchedAreNotMatchedByHand() {
    try (Toy toy = new Toy(folder)) {
      Reconciliation of = toy.reconciliation;
      toy.begin("plain", null, true, "100,one", "200,two", "999,stranger");
      toy.ended(1);
      // The next version of the same recipe hangs.
      of.documents().saveRecipe(ToyForms.recipe("toy-plain", "hang"), "test", books -> true);
      of.runs()
          .start(
              JsonTree.of(
                  "recipe", "toy-plain", "carry", true, "right", JsonTree.of("upload", "1")),
              "person",
              "test");
      toy.await(() -> toy.progressOf(2).contains("match"));
      assertInvalid(
          "exceptions", () -> of.exceptions().byHand(true, byHand("1-left-3", "1-right-3"), "ann"));
      of.exceptions().decide("1-left-3", JsonTree.of("state", "investigating", "note", "x"), "ann");
      of.runs().cancel(2, "test");
      toy.ended(2);
      of.exceptions().byHand(true, byHand("1-left-3", "1-right-3"), "ann");
    }
  }

  /** Two at a time would carry the same rows, and one of them would drop what the other left. */
  @Test
  void runsOfOneRecipeGoOneAfterTheOther() {
    try (Toy toy = new Toy(folder, PATIENT, NamedSources.NONE, 2)) {
      toy.begin("hang");
      toy.begin("hang");
      toy.begin("plain"); // of another recipe
      toy.ended(3);
      assertEquals("queued", toy.stateOf(2));
      toy.reconciliation.runs().cancel(1, "test");
      toy.await(() -> toy.progressOf(2).contains("match"));
      toy.begin("hang");
      toy.begin("hang");
      toy.reconciliation.runs().cancel(4, "test");
      toy.reconciliation.runs().cancel(2, "test");
      toy.await(() -> toy.progressOf(5).contains("match"));
      toy.reconciliation.runs().cancel(5, "test");
      toy.ended(5);
    }
  }

  @Test
  void suggestedRowsStayOpenUntilAPersonConfirmsThem() {
    try (Toy toy = new Toy(folder)) {
      Exceptions of = toy.reconciliation.exceptions();
      toy.begin("plain", null, true, "100,one", "200,two", "301,about three", "999,stranger");
      toy.ended(1);
      assertEquals(1L, toy.run(1).get("open_left"));
      assertEquals(2L, toy.run(1).get("open_right"));
      assertEquals(List.of("1-left-3", "1-right-4", "1-right-3"), openIds(toy));
      Map<String, Object> suggested =
          items(of.list("toy-plain", null, null, null, 10, books -> {})).get(2);
      assertEquals("about three", JsonTree.child(suggested, "fields").get("reference"));
      assertEquals("1", JsonTree.child(suggested, "fields").get("_match"));
      ToyForms.ledgerRows = 0;
      try {
        toy.begin("plain", null, true, "7,seven");
        toy.ended(2);
        assertEquals(List.of("1-left-3", "1-right-4", "2-right-3", "1-right-3"), openIds(toy));
        of.byHand(true, byHand("1-left-3", "1-right-3"), "ann");
        toy.begin("plain", null, true, "8,eight");
        toy.ended(3);
        assertEquals(List.of("1-right-4", "2-right-3", "3-right-3"), openIds(toy));
      } finally {
        ToyForms.ledgerRows = 3;
      }
    }
  }

  @Test
  void uploadsGoWhenNoRunWaitsForThem() throws Exception {
    try (Toy toy = new Toy(folder)) {
      Reconciliation of = toy.reconciliation;
      toy.begin("plain");
      toy.ended(1);
      toy.begin("hang");
      toy.await(() -> toy.progressOf(2).contains("match"));
      toy.await(
          () -> !Long.valueOf(0).equals(of.runs().prune(Duration.ZERO, "test").get("uploads")));
      assertEquals(List.of("2"), names(folder.resolve("uploads")));
      assertNotFound(
          "upload 1",
          () ->
              of.runs()
                  .start(
                      JsonTree.of(
                          "recipe",
                          "toy-plain",
                          "carry",
                          false,
                          "right",
                          JsonTree.of("upload", "1")),
                      "person",
                      "test"));
      of.runs().cancel(2, "test");
      toy.ended(2);
    }
    Files.writeString(folder.resolve("uploads/1"), "not deleted yet");
    try (Toy toy = new Toy(folder)) {
      assertEquals(List.of("2"), names(folder.resolve("uploads")));
      assertFalse(Files.exists(folder.resolve("lost")));
      Uploads of = toy.reconciliation.uploads();
      assertEquals("3", of.begin("x", new byte[1], true, "test").get("id"));
      // Ten times the most of one file is the most of all.
      for (int i = 0; i < 9; i++) {
        of.begin("x", new byte[1 << 20], true, "test");
      }
      LedgerException refused =
          assertThrows(LedgerException.class, () -> of.begin("x", new byte[1 << 20], true, "test"));
      assertTrue(((Unavailable) refused.error()).reason().contains("TALEA_RECONCILE_UPLOAD_MAX"));
    }
  }

  @Test
  void aFileThatIsSentAgainIsTheSameForTheKey() {
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain", "monday", false, "100,one");
      assertEquals("1", toy.begin("plain", "monday", false, "100,one").get("id"));
      toy.ended(1);
    }
  }

  @Test
  void oneFileThatCannotBeTakenIsInTheWayOfNoOther() throws Exception {
    Path watched = Files.createDirectory(folder.resolve("in"));
    Files.write(watched.resolve("a.csv"), new byte[(1 << 20) + 1]); // too large
    Files.writeString(watched.resolve("b.csv"), "100,one\n");
    NamedSources named =
        new NamedSources(
            Map.of(),
            List.of(
                new NamedSources.Watch(
                    "bank", watched, ".csv", "toy-plain", dev.talea.reconcile.row.MatchSide.RIGHT)),
            List.of());
    try (Toy toy = new Toy(folder.resolve("state"))) {
      toy.begin("plain");
      toy.ended(1);
      Standing standing =
          new Standing(toy.reconciliation.runs(), toy.reconciliation.uploads(), named);
      standing.look();
      standing.look();
      toy.ended(2);
      assertEquals("b.csv", JsonTree.child(toy.run(2), "right").get("name"));
    }
  }

  @Test
  void aScheduleBeginsItsRunOnceForEachMoment() throws Exception {
    NamedSources named =
        new NamedSources(
            Map.of("bank", new NamedSources.Database("jdbc:sqlite:x", null, null, Set.of("shop"))),
            List.of(),
            List.of(
                new NamedSources.Schedule(
                    "nightly", "toy-sql", Duration.ofDays(1), java.time.LocalTime.MIDNIGHT)));
    try (Toy toy = new Toy(folder, PATIENT, named)) {
      Reconciliation of = toy.reconciliation;
      of.documents().saveProfile("lines", "{}".getBytes(StandardCharsets.UTF_8), "test");
      of.documents().saveRecipe(ToyForms.recipe("toy-sql", "sql"), "test", books -> true);
      toy.await(() -> completed(toy) == 1);
      assertEquals("schedule nightly", toy.run(1).get("cause"));
      Standing standing = new Standing(of.runs(), of.uploads(), named);
      standing.look();
      standing.look();
    }
    try (Toy toy = new Toy(folder, PATIENT, named)) {
      new Standing(toy.reconciliation.runs(), toy.reconciliation.uploads(), named).look();
      assertEquals(
          1, items(toy.reconciliation.runs().list(0, 10, null, null, books -> true)).size());
    }
  }

  /** A query is free text, and reads whatever the login of its database may. */
  @Test
  void aDatabaseIsForTokensOfAllBooksUnlessTheOperatorNamesThem() {
    for (Set<String> books : List.of(Set.<String>of(), Set.of("bank"))) {
      NamedSources named =
          new NamedSources(
              Map.of("bank", new NamedSources.Database("jdbc:sqlite:x", null, null, books)),
              List.of(),
              List.of());
      Path own = folder.resolve("of" + books.size());
      try (Toy toy = new Toy(own, PATIENT, named)) {
        assertEquals(
            books.isEmpty() ? Set.of("*", "shop") : Set.of("bank", "shop"),
            toy.reconciliation.documents().booksOfDocument(ToyForms.recipe("toy-sql", "sql")));
      }
    }
  }

  /** A scan that finds nothing gives no rows, and so has to be asked in between. */
  @Test
  void aRunThatOnlyLooksAtTheLedgerIsCalledOffAndHasItsTimeToo() {
    ToyForms.ledgerLooks = true;
    try (Toy toy = new Toy(folder)) {
      toy.begin("plain");
      toy.await(() -> toy.stateOf(1).equals("running"));
      toy.reconciliation.runs().cancel(1, "test");
      assertEquals("cancelled", toy.ended(1));
    } finally {
      ToyForms.ledgerLooks = false;
    }
    ToyForms.ledgerLooks = true;
    try (Toy toy = new Toy(folder.resolve("2"), Duration.ofSeconds(1), NamedSources.NONE)) {
      toy.begin("plain");
      assertEquals("failed", toy.ended(1));
      assertTrue(String.valueOf(toy.run(1).get("reason")).contains("TALEA_RECONCILE_TIME"));
    } finally {
      ToyForms.ledgerLooks = false;
    }
  }

  @Test
  void aPageHasAMostOfBytes() {
    PageOf page = new PageOf(1000);
    int items = 0;
    while (!page.isFull()) {
      page.add(JsonTree.of("text", "x".repeat(1 << 20)));
      items++;
    }
    assertEquals(4, items);
  }

  @Test
  void aRowHasAMostOfDecisions() {
    try (Toy toy = new Toy(folder)) {
      Exceptions of = toy.reconciliation.exceptions();
      toy.begin("plain");
      toy.ended(1);
      for (int i = 0; i < 1000; i++) {
        of.decide("1-left-3", JsonTree.of("note", "n" + i), "ann");
      }
      assertInvalid("exception", () -> of.decide("1-left-3", JsonTree.of("note", "x"), "ann"));
      Map<String, Object> item =
          items(of.list("toy-plain", null, null, null, 1, books -> {})).get(0);
      assertEquals("n999", item.get("note"));
      assertEquals(1000L, item.get("decisions"));
      assertFalse(item.containsKey("history"));
    }
  }

  /** Its process works elsewhere, and would not find {@code ./talea} there. */
  @Test
  void aProgramThatIsStartedByARelativePathIsFoundByItsRuns() {
    Path here = Path.of("").toAbsolutePath();
    assertEquals(
        here.resolve("talea") + ":" + here.resolve("lib/duckdb.jar") + ":/opt/x.jar",
        RunWorker.Command.absolute("talea:lib/duckdb.jar:/opt/x.jar", ":"));
    for (String entry : RunWorker.Command.ofThisProcess().classPath().split(":", -1)) {
      assertTrue(Path.of(entry).isAbsolute(), entry);
    }
  }
}
