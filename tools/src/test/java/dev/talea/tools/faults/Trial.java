// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One way to break talea: tests of a module, which take a seed wherever chance has a say. The list
 * is the programme; a new trial is a line in it.
 *
 * @param seeds properties that get the round's seed
 * @param unseeded why it has no seed; empty if it has
 * @param settings properties that are always the same
 * @param fuzz whether its tests look for inputs (Jazzer) where a build only repeats the known ones
 */
record Trial(
    String what,
    String module,
    List<String> tests,
    List<String> seeds,
    String unseeded,
    Map<String, String> settings,
    boolean fuzz) {
  private static final String COVERAGE =
      "Jazzer follows coverage, so a seed repeats nothing; what it finds is kept as an input";
  private static final String MOMENTS =
      "each moment that matters is reached by waiting for it, none by chance";
  private static final String PROCESSES =
      "chance is in the threads of two processes, which no seed repeats";

  static Trial of(String what, String module, String tests, String seeds, String... settings) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String setting : settings) {
      map.put(
          setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
    }
    return new Trial(what, module, words(tests), words(seeds), "", map, false);
  }

  /**
   * One in which nothing is chosen at random.
   *
   * @param why said in the page
   */
  static Trial unseeded(String what, String module, String tests, String why, String... settings) {
    Trial trial = of(what, module, tests, "", settings);
    return new Trial(what, module, trial.tests, List.of(), why, trial.settings, false);
  }

  static Trial fuzz(String what, String module, String test) {
    return new Trial(
        what,
        module,
        List.of(test),
        List.of(),
        COVERAGE,
        Map.of("jazzer.instrument", "dev.talea.**,com.fasterxml.jackson.core.**"),
        true);
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }

  /** Its properties in a round. */
  Map<String, String> properties(long seed) {
    Map<String, String> all = new LinkedHashMap<>(settings);
    seeds.forEach(name -> all.put(name, Long.toString(seed)));
    return all;
  }

  /** What repeats a round, and nothing else. */
  String command(long seed) {
    StringBuilder command =
        new StringBuilder(fuzz ? "JAZZER_FUZZ=1 mvn -Djazzer.hooks=true" : "mvn");
    command
        .append(" -Pquick -pl ")
        .append(module)
        .append(" -am test -Dtests.excluded=none -Dsurefire.failIfNoSpecifiedTests=false -Dtest=")
        .append(String.join(",", tests));
    properties(seed).forEach((name, value) -> command.append(" '-D" + name + '=' + value + "'"));
    return command.toString();
  }

  /** All of them, in the order of a round. */
  static List<Trial> all() {
    return List.of(
        of(
            "the power goes at every operation of two logs",
            "log-store",
            "CrashTest",
            "talea.crash.seed",
            "talea.crash.outcomes=4"),
        of(
            "every sync and every write fails in turn; disks of every size fill up",
            "log-store",
            "FaultTest",
            "talea.crash.seed"),
        of("one bit flips at every byte of a log", "log-store", "BitFlipTest", "talea.seed"),
        of(
            "one log, hundreds of crashes in a row",
            "log-store",
            "ManyLivesTest",
            "talea.crash.seed",
            "talea.lives.rounds=400"),
        of(
            "SIGKILL of a log under load",
            "log-store",
            "KillTest",
            "talea.kill.seed",
            "talea.kill.rounds=20"),
        of(
            "the power goes at every operation of a ledger",
            "index",
            "CrashTest",
            "talea.crash.seed",
            "talea.crash.outcomes=3"),
        of(
            "files derived from the log are damaged",
            "index",
            "DerivedFilesTest OneFaultTest LostEndTest",
            "talea.seed"),
        of(
            "SIGKILL of a ledger under load",
            "index",
            "KillNineTest",
            "talea.kill.seed",
            "talea.kill.rounds=60"),
        of("commands at random against a model", "index", "LogLedgerStoreModelTest", "talea.seed"),
        unseeded(
            "the clock jumps",
            "index",
            "WrongClockTest CommitTimeTest",
            "each jump that the guard knows is one of its cases"),
        of(
            "the power goes at every operation of a ledger that is anchored",
            "audit",
            "AnchorCrashTest",
            "talea.crash.seed"),
        of("files with proofs, broken at random", "audit", "ProofFuzzTest", "talea.seed"),
        of(
            "documents, broken at random",
            "ledger",
            "HostileJsonTest JsonRoundTripTest",
            "talea.seed"),
        of(
            "drafts at random against a second opinion",
            "ledger",
            "PostingRulesTest GroupRulesTest InMemoryConformanceTest",
            "talea.seed"),
        of(
            "SQLite: SIGKILL, full and failing disks",
            "jdbc-store",
            "SqliteFaultsTest SqliteFullTest SqliteFilesTest",
            "talea.kill.seed"),
        unseeded(
            "PostgreSQL dies, hangs and loses answers",
            "jdbc-store",
            "PostgresFaultsTest",
            MOMENTS),
        unseeded("two instances on one database", "jdbc-store", "TwoInstancesTest", PROCESSES),
        of(
            "projections: a process ends at every statement",
            "projections",
            "CutOffTest",
            "talea.projections.seed",
            "talea.projections.cut.step=3"),
        of(
            "projections and webhooks: SIGKILL under load",
            "projections",
            "ProjectionKillTest WebhookKillTest",
            "talea.projections.seed",
            "talea.projections.kills=20"),
        of(
            "reconciliations at random against a slow matcher",
            "reconcile",
            "DuckEngineTest#decidesAsTheReferenceDoes",
            "talea.seed",
            "talea.reconcile.cases=300"),
        unseeded(
            "projections: the database restarts, the listener is cut off",
            "projections",
            "ProjectionOutageTest",
            MOMENTS),
        of(
            "a whole ledger: power, EIO and ENOSPC at its operations",
            "audit",
            "WholeLedgerTest",
            "talea.crash.seed",
            "talea.whole.step=31"),
        of(
            "backups beside a writer: power, EIO and ENOSPC at their operations",
            "audit",
            "BackupFaultsTest",
            "talea.crash.seed",
            "talea.backup.step=17"),
        of(
            "backups and restores of evidence: power, EIO and ENOSPC at their operations",
            "tools",
            "ReconcileBackupFaultsTest",
            "talea.crash.seed",
            "talea.reconcile.backup.step=5"),
        of(
            "each bit of a small ledger is another",
            "audit",
            "EveryBitTest",
            "talea.seed",
            "talea.bits.step=13"),
        unseeded(
            "real ext4: full, and on a disk that fails",
            "audit",
            "RealDiskTest",
            "where the room ends is the file system's to say",
            "talea.mounts=true"),
        unseeded(
            "the disk is slow", "index", "WhileTheDiskSyncsTest ReadsBesideTheWriterTest", MOMENTS),
        fuzz("any bytes as a draft", "ledger", "JsonFuzzTest"),
        fuzz("any bytes as a block", "log-store", "BlockFuzzTest"),
        fuzz("any bytes as a record", "index", "RecordFuzzTest"),
        fuzz("any bytes as a request head", "net", "HeadFuzzTest"),
        fuzz("any bytes as a proof", "audit", "CheckFuzzTest"),
        fuzz("any names in a journal", "audit", "JournalFuzzTest#names"),
        fuzz("any lines to import", "audit", "JournalFuzzTest#lines"),
        of(
            "connections that send rubbish",
            "net",
            "RandomBytesTest",
            "talea.net.fuzz.seed",
            "talea.net.fuzz.rounds=6000"),
        of(
            "connections that are slow, stop and die",
            "net",
            "HostileRequestTest DeadlineTest WaitingTest HoldingsTest",
            "talea.seed"),
        unseeded(
            "a server with hostile clients, and crowds of them",
            "server",
            "HostileRequestsTest CrowdTest OverloadTest",
            "each hostile request is one of its cases; the rest is in the threads of the crowd"),
        of(
            "requests at random against a model",
            "server",
            "HttpModelTest DocumentFuzzTest",
            "talea.seed"));
  }
}
