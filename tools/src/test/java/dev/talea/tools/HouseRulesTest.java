// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The house keeps its own rules, and each rule would notice if it did not: every one is also run
 * against a fixture that breaks it.
 */
class HouseRulesTest {
  private static final String HOUSE = "dev.talea";
  private static final String FIXTURE = "dev.talea.tools.fixture";

  private static final HouseRules RULES = new HouseRules(HOUSE);
  private static final HouseRules FIXTURE_RULES = new HouseRules(FIXTURE);

  private static final JavaClasses HOUSE_CLASSES =
      new ClassFileImporter().withImportOption(HouseRulesTest::isMainCode).importPackages(HOUSE);
  private static final JavaClasses FIXTURE_CLASSES =
      new ClassFileImporter().importPackages(FIXTURE);

  private static boolean isMainCode(Location location) {
    return !location.contains("/test-classes/") && !location.contains("-tests.jar");
  }

  @TestFactory
  Stream<DynamicTest> theHouseKeepsItsRules() {
    return RULES.all().stream()
        .map(rule -> dynamicTest(rule.getDescription(), () -> rule.check(HOUSE_CLASSES)));
  }

  @Test
  void everyRoomIsLookedAt() {
    Set<String> rooms = new TreeSet<>();
    HOUSE_CLASSES.forEach(
        type -> {
          Matcher room = Pattern.compile("dev\\.talea\\.(\\w+).*").matcher(type.getPackageName());
          if (room.matches()) {
            rooms.add(room.group(1));
          }
        });
    assertEquals(
        "[audit, client, index, jdbc, ledger, log, net, projections, reconcile, server, tools]",
        rooms.toString());
  }

  @TestFactory
  Stream<DynamicTest> everyRuleNoticesWhenItIsBroken() {
    Map<ArchRule, List<String>> broken = new LinkedHashMap<>();
    broken.put(FIXTURE_RULES.ledgerIsPure(), List.of("LedgerThatReadsFiles"));
    broken.put(FIXTURE_RULES.ledgerStartsNoThreads(), List.of("LedgerThatStartsThreads"));
    broken.put(FIXTURE_RULES.rulesKnowOnlyWords(), List.of("RulesThatAsk", "RulesThatKnowJson"));
    broken.put(FIXTURE_RULES.storesDecideNothing(), List.of("IndexThatDecides"));
    broken.put(FIXTURE_RULES.bytesKnowNoMoney(), List.of("LogThatKnowsMoney", "NetThatKnowsMoney"));
    broken.put(FIXTURE_RULES.logStandsAlone(), List.of("LogThatKnowsMoney", "LogWithHelpers"));
    broken.put(FIXTURE_RULES.moneyIsNeverRounded(), List.of("JdbcThatRounds", "LedgerThatRounds"));
    broken.put(FIXTURE_RULES.onlyToolsPrint(), List.of("ClientThatPrints"));
    broken.put(FIXTURE_RULES.indexKnowsNoWire(), List.of("IndexWithSocket"));
    broken.put(FIXTURE_RULES.sqlStaysInItsRoom(), List.of("ServerWithSql"));
    broken.put(FIXTURE_RULES.jdbcKnowsNoWireAndNoLog(), List.of("JdbcWithLog", "JdbcWithWire"));
    broken.put(
        FIXTURE_RULES.serverSeesOnlyStore(),
        List.of("ServerAroundTheJdbcStore", "ServerAroundTheStore"));
    broken.put(FIXTURE_RULES.requestsGoThroughTheLedger(), List.of("ServerAroundTheLedger"));
    broken.put(FIXTURE_RULES.clientKnowsNoServer(), List.of("ClientOfServerClasses"));
    broken.put(FIXTURE_RULES.auditBelievesOnlyRecords(), List.of("AuditThatAsksAServer"));
    broken.put(FIXTURE_RULES.projectionsKnowOnlyTheLedger(), List.of("ProjectionThatAsksAServer"));
    broken.put(FIXTURE_RULES.reconcileKnowsOnlyTheLedger(), List.of("ReconcileThatAsksAServer"));
    broken.put(FIXTURE_RULES.sparkStaysInItsRoom(), List.of("ReconcileThatKnowsSpark"));
    broken.put(FIXTURE_RULES.nobodyDependsOnTools(), List.of("ServerThatUsesTools"));
    broken.put(FIXTURE_RULES.nothingAmbient(), List.of("AmbientIndex"));
    broken.put(FIXTURE_RULES.onlyEntrancesAskTheMachine(), List.of("IndexThatAsksTheMachine"));
    broken.put(
        FIXTURE_RULES.onlyToolsAndAdaptersTouchFiles(),
        List.of("AmbientIndex", "LedgerThatReadsFiles"));
    broken.put(FIXTURE_RULES.packagesFormNoCycles(), List.of("NetThatCallsItsCaller"));
    assertEquals(FIXTURE_RULES.all().size(), broken.size());
    return broken.entrySet().stream()
        .map(
            entry ->
                dynamicTest(
                    entry.getKey().getDescription(),
                    () -> assertEquals(entry.getValue(), culprits(entry.getKey()))));
  }

  @Test
  void everyKindOfAmbienceIsNoticed() {
    String report =
        FIXTURE_RULES.nothingAmbient().evaluate(FIXTURE_CLASSES).getFailureReport().toString();
    for (String method :
        List.of(
            "wallClock",
            "monotonicClock",
            "clockInDisguise",
            "now",
            "clock",
            "chance",
            "id",
            "rest")) {
      assertTrue(report.contains("AmbientIndex." + method + "()"), method + " in " + report);
    }
  }

  /** Simple names of the classes that a rule complains about. */
  private static List<String> culprits(ArchRule rule) {
    EvaluationResult result = rule.evaluate(FIXTURE_CLASSES);
    Set<String> culprits = new TreeSet<>();
    for (String detail : result.getFailureReport().getDetails()) {
      Matcher origin =
          Pattern.compile("<dev\\.talea\\.tools\\.fixture\\.(?:[a-z]+\\.)+(\\w+)").matcher(detail);
      assertTrue(origin.find(), detail);
      culprits.add(origin.group(1));
    }
    return List.copyOf(culprits);
  }
}
