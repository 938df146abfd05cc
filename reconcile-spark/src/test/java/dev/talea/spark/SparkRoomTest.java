// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * The rules of the house for this room: those of {@code HouseRules}, which has no Spark on its
 * class path to look at it.
 */
class SparkRoomTest {
  private static final JavaClasses ROOM =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.talea.spark");

  @Test
  void itKnowsReconciliationTheLedgerAndSpark() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.talea.spark",
            "dev.talea.ledger",
            "dev.talea.reconcile.decide",
            "dev.talea.reconcile.engine",
            "dev.talea.reconcile.recipe",
            "dev.talea.reconcile.row",
            "org.apache.spark..",
            "org.apache.parquet..",
            "org.apache.hadoop.conf",
            "com.google.re2j",
            "scala..",
            "java.io",
            "java.lang..",
            "java.math",
            "java.nio..",
            "java.time",
            "java.util..",
            "org.jspecify.annotations")
        .because("an engine gets rows and a recipe, and knows nothing of who brings them")
        .check(ROOM);
  }

  @Test
  void itKnowsDuckDbByNoName() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveSimpleNameStartingWith("Duck")
        .because("what two engines share is in the package decide of reconcile")
        .check(ROOM);
  }

  @Test
  void onlySystemFilesTouchesTheDisk() {
    noClasses()
        .that()
        .doNotHaveSimpleName("SystemFiles")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.file.Files")
        .because("where a run's files lie, and that they go with it, is said in one place")
        .check(ROOM);
  }

  @Test
  void moneyIsNeverRounded() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Double.class, Float.class)
        .because("money is counted exactly: use Int128, or BigInteger for totals")
        .check(ROOM);
  }
}
