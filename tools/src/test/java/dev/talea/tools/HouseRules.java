// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.time.Clock;
import java.util.List;
import java.util.Set;

/**
 * The rules of the house that the module graph of Maven cannot say. Each names the room it is about
 * and what to do instead.
 *
 * <p>The root package is a parameter so that the rules can be shown to fail: see the fixture.
 */
final class HouseRules {
  private static final Set<String> FILE_ADAPTERS = Set.of("NioDisk", "ConfigFiles", "SystemFiles");

  /**
   * Those that open a room: a store, a client, a server, the program; that a driver makes; or that
   * make a secret.
   */
  private static final Set<String> ENTRANCES =
      Set.of(
          "CatchUp",
          "Daemon",
          "DirectoryBackup",
          "HeadCommand",
          "HostSockets",
          "HttpClient",
          "HttpServer",
          "Initializer",
          "KeygenCommand",
          "LedgerSnapshot",
          "LoadCommand",
          "LogImport",
          "LogLedgerStore",
          "ProjectionCommand",
          "ReconcileCommand",
          "ReconcileDemoCommand",
          "Reconciliation",
          "RestoreCommand",
          "SqlLedgerStore",
          "SqliteClock",
          "TaleaClient",
          "VerifyCommand",
          "Worker");

  private final String root;

  HouseRules(String root) {
    this.root = root;
  }

  /** All of them. */
  List<ArchRule> all() {
    return List.of(
        ledgerIsPure(),
        ledgerStartsNoThreads(),
        rulesKnowOnlyWords(),
        storesDecideNothing(),
        bytesKnowNoMoney(),
        logStandsAlone(),
        moneyIsNeverRounded(),
        onlyToolsPrint(),
        indexKnowsNoWire(),
        sqlStaysInItsRoom(),
        jdbcKnowsNoWireAndNoLog(),
        serverSeesOnlyStore(),
        requestsGoThroughTheLedger(),
        clientKnowsNoServer(),
        auditBelievesOnlyRecords(),
        projectionsKnowOnlyTheLedger(),
        reconcileKnowsOnlyTheLedger(),
        sparkStaysInItsRoom(),
        nobodyDependsOnTools(),
        nothingAmbient(),
        onlyEntrancesAskTheMachine(),
        onlyToolsAndAdaptersTouchFiles(),
        packagesFormNoCycles());
  }

  ArchRule ledgerIsPure() {
    return noClasses()
        .that()
        .resideInAPackage(room("ledger"))
        .should()
        .dependOnClassesThat(
            describe(
                "do I/O",
                type ->
                    type.getPackageName().startsWith("java.net")
                        || type.getPackageName().startsWith("java.nio.file")
                        || type.getPackageName().startsWith("java.nio.channels")
                        || type.getPackageName().startsWith("io.netty")
                        || type.getName().startsWith("java.io.File")
                        || type.getName().startsWith("java.io.RandomAccessFile")))
        .because(
            "the rules of the ledger are pure code: hand it what it needs to know, and put what"
                + " reads files or sockets into the room that owns them");
  }

  ArchRule ledgerStartsNoThreads() {
    return noClasses()
        .that()
        .resideInAPackage(room("ledger"))
        .should()
        .callConstructorWhere(
            describe("make a thread", call -> call.getTargetOwner().isAssignableTo(Thread.class)))
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.Executors")
        .because("who calls the ledger decides on threads: take an Executor in the constructor");
  }

  ArchRule rulesKnowOnlyWords() {
    return classes()
        .that()
        .resideInAPackage(root + ".ledger.rules")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    root + ".ledger.rules",
                    "java.lang..",
                    "java.math",
                    "java.util",
                    "java.util.function",
                    "org.jspecify.annotations")
                .or(describe("are words of the ledger", this::isWord)))
        .because(
            "what is right is decided by pure code over words: hand it what it needs to know"
                + " through GroupRules.Book, and leave futures, stores and JSON to their callers");
  }

  /** In the ledger's own package, and nothing that makes others wait or calls a store. */
  private boolean isWord(JavaClass type) {
    return type.getPackageName().equals(root + ".ledger")
        && type.getDirectDependenciesFromSelf().stream()
            .map(dependency -> dependency.getTargetClass().getBaseComponentType())
            .noneMatch(
                target ->
                    target.getPackageName().startsWith("java.util.concurrent")
                        || target.getPackageName().equals(root + ".ledger.rules"));
  }

  ArchRule storesDecideNothing() {
    Set<String> decisions =
        Set.of("AlreadyExists", "AssetMismatch", "ConstraintViolation", "IdempotencyConflict");
    return noClasses()
        .that()
        .resideInAnyPackage(room("index"), room("jdbc"))
        .should()
        .callConstructorWhere(
            describe(
                "makes an answer that is the rules' to give",
                call ->
                    call.getTargetOwner().getPackageName().equals(root + ".ledger")
                        && decisions.contains(call.getTargetOwner().getSimpleName())))
        .because(
            "stores differ in where bytes lie, not in what is right: show the rules of"
                + " ledger.rules what they need to know, and write down what they say");
  }

  ArchRule bytesKnowNoMoney() {
    return noClasses()
        .that()
        .resideInAnyPackage(room("log"), room("net"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            room("ledger"),
            room("index"),
            room("jdbc"),
            room("audit"),
            room("projections"),
            room("reconcile"),
            room("client"),
            room("server"),
            room("tools"))
        .because(
            "log-store and net move bytes and know no account: give them bytes, and put what they"
                + " mean into index or server");
  }

  ArchRule logStandsAlone() {
    return classes()
        .that()
        .resideInAPackage(room("log"))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(room("log"), "java..", "org.slf4j..", "org.jspecify.annotations..")
        .because("a log that is embedded brings nothing with it but the JDK and a logging facade");
  }

  ArchRule moneyIsNeverRounded() {
    return noClasses()
        .that()
        .resideInAnyPackage(
            room("ledger"),
            room("index"),
            room("jdbc"),
            room("audit"),
            room("projections"),
            room("reconcile"))
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Double.class, Float.class)
        .because("money is counted exactly: use Int128, or BigInteger for totals");
  }

  ArchRule onlyToolsPrint() {
    return noClasses()
        .that()
        .resideOutsideOfPackages(room("tools"), room("bench"))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .because("standard output belongs to the program around us: log, or return what there is");
  }

  ArchRule indexKnowsNoWire() {
    return noClasses()
        .that()
        .resideInAPackage(room("index"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.netty..", "java.net..", "com.fasterxml..", room("net"))
                .or(resideInAnyPackage(root + ".ledger.json..")))
        .because("index makes a ledger of a log: sockets are net's, the JSON of the wire server's");
  }

  ArchRule sqlStaysInItsRoom() {
    return noClasses()
        .that()
        .resideOutsideOfPackages(room("jdbc"), room("projections"), room("reconcile"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.sql..", "javax.sql..", "org.sqlite..", "org.postgresql..", "com.zaxxer..")
        .because(
            "connections, statements and drivers are jdbc-store's, for read models those of"
                + " projections, and for sources of a reconciliation those of reconcile: ask a Store,"
                + " and put what it cannot say into the interface Store");
  }

  ArchRule jdbcKnowsNoWireAndNoLog() {
    return noClasses()
        .that()
        .resideInAPackage(room("jdbc"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "io.netty..",
                "java.net.http..",
                room("net"),
                room("log"),
                room("index"),
                room("client"),
                room("server")))
        .because(
            "jdbc-store makes a ledger of a database: HTTP is net's and server's, and the store"
                + " over the log is another store, not a part of this one");
  }

  ArchRule serverSeesOnlyStore() {
    return noClasses()
        .that()
        .resideInAPackage(room("server"))
        .and()
        .doNotHaveSimpleName("Stores")
        .and()
        .doNotHaveSimpleName("DbUrl")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(room("index"), room("log"), room("jdbc"))
        .because(
            "the server sees a Store, whatever it is made of; only Stores opens one, and only"
                + " DbUrl knows how its place is written. What is missing belongs into the"
                + " interface Store");
  }

  ArchRule requestsGoThroughTheLedger() {
    Set<String> keepers =
        Set.of(
            "Stores",
            "CatchUp",
            "Daemon",
            "Initializer",
            "Listeners",
            "MeteredStore",
            "OperatorEndpoints",
            "Readiness",
            "Worker");
    return noClasses()
        .that()
        .resideInAPackage(room("server"))
        .and(describe("do not keep the store", type -> !keepers.contains(outermost(type))))
        .should()
        .dependOnClassesThat(named("ledger.Store").or(named("ledger.StoreReader")))
        .because(
            "what a request, an event stream or a seed wants of the ledger, it asks of LedgerApi:"
                + " a store that is asked beside it answers without limits and on the wrong thread");
  }

  ArchRule clientKnowsNoServer() {
    return noClasses()
        .that()
        .resideInAPackage(room("client"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(room("server"), room("index"), room("jdbc"), room("log"))
        .because("a client knows the wire and the words of the ledger, not what is behind them");
  }

  ArchRule auditBelievesOnlyRecords() {
    return noClasses()
        .that()
        .resideInAPackage(room("audit"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.netty..",
            "java.net.http..",
            room("net"),
            room("client"),
            room("server"),
            room("jdbc"))
        .because(
            "what is checked is checked from the records: take a directory or a StoreReader, and"
                + " let tools open stores and connections");
  }

  ArchRule projectionsKnowOnlyTheLedger() {
    return noClasses()
        .that()
        .resideInAPackage(room("projections"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.netty..",
            room("net"),
            room("client"),
            room("server"),
            room("jdbc"),
            room("index"),
            room("log"),
            room("audit"))
        .because(
            "a read model is made of events, wherever they come from: take an EventSource, and let"
                + " server and tools open stores and connections");
  }

  ArchRule reconcileKnowsOnlyTheLedger() {
    return noClasses()
        .that()
        .resideInAPackage(room("reconcile"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.netty..",
            room("net"),
            room("client"),
            room("server"),
            room("jdbc"),
            room("index"),
            room("audit"),
            room("projections"))
        .because(
            "a ledger is one source among others: take a LedgerApi, and let server and tools open"
                + " stores and connections");
  }

  ArchRule sparkStaysInItsRoom() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(room("spark"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                room("spark"),
                "org.apache.spark..",
                "org.apache.hadoop..",
                "org.apache.parquet..",
                "scala.."))
        .because(
            "Spark is for those who ask for it: reconcile finds an Engine by its name, and what"
                + " engines share is in its package decide, which knows none of them");
  }

  ArchRule nobodyDependsOnTools() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(room("tools"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(room("tools"))
        .because("arrows point down, and tools is on top: move what you need into a room below");
  }

  ArchRule nothingAmbient() {
    return noClasses()
        .that(describe("are no adapters", type -> !isAdapter(type)))
        .should()
        .accessTargetWhere(
            describe(
                "asks the machine for time, chance or sleep",
                (JavaAccess<?> access) -> isAmbient(access.getTarget())))
        .because(
            "time, chance and waiting come in through constructors, so that a test can hold them:"
                + " take a LongSupplier, a RandomGenerator or an executor, or ask the adapter of"
                + " the room (SystemSurroundings, SystemLogEnvironment, SystemTime, NetTime, SystemTicker)");
  }

  /** An adapter that everything calls statically would be as ambient as what it hides. */
  ArchRule onlyEntrancesAskTheMachine() {
    return noClasses()
        .that(describe("are no adapters", type -> !isAdapter(type)))
        .and(describe("are no entrances", type -> !ENTRANCES.contains(outermost(type))))
        .should()
        .accessTargetWhere(
            describe(
                "asks an adapter for time or chance",
                (JavaAccess<?> access) ->
                    isTimeOrChance(access.getTargetOwner()) && needsNoInstance(access)))
        .because(
            "the class that opens a room hands the machine's time and chance to those inside, so"
                + " that a test can hand over its own");
  }

  ArchRule onlyToolsAndAdaptersTouchFiles() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(room("tools"))
        .and(describe("are no adapters", type -> !isAdapter(type)))
        .should()
        .accessTargetWhere(
            describe(
                "touches the file system",
                (JavaAccess<?> access) ->
                    access.getTargetOwner().getName().equals("java.nio.file.Files")
                        || (access.getTargetOwner().getName().endsWith(".FileChannel")
                            && access.getName().equals("open"))
                        || access.getTargetOwner().getName().startsWith("java.io.File")))
        .because(
            "a hostile disk must fit under everything that writes: use the Disk of log-store, or"
                + " ConfigFiles for the small files of the daemon");
  }

  /**
   * Between rooms Maven sees to it, so a cycle can only be inside one. The one exception is named.
   */
  ArchRule packagesFormNoCycles() {
    return slices()
        .assignedFrom(new Packages(root))
        .should()
        .beFreeOfCycles()
        // Metadata is checked where it is read, and a draft that was not read is checked again.
        .ignoreDependency(named("ledger.DraftRules"), named("ledger.json.JsonTexts"))
        .because(
            "two packages that need each other are one package: move what they share into the one"
                + " below, or hand it over through a constructor");
  }

  /** Each package is a slice of its own, whatever its depth. */
  private record Packages(String root) implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      String name = type.getPackageName();
      return name.startsWith(root + ".") ? SliceIdentifier.of(name) : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "the packages of all rooms";
    }
  }

  private DescribedPredicate<JavaClass> named(String name) {
    return describe(name, type -> outermostOf(type).getName().equals(root + "." + name));
  }

  private static boolean isAmbient(AccessTarget target) {
    String owner = target.getOwner().getName();
    String name = target.getName();
    return switch (owner) {
      case "java.lang.System" -> name.equals("currentTimeMillis") || name.equals("nanoTime");
      case "java.lang.Math" -> name.equals("random");
      case "java.lang.Thread" -> name.equals("sleep");
      case "java.util.UUID" -> name.equals("randomUUID");
      case "java.util.Random", "java.security.SecureRandom" -> name.equals("<init>");
      case "java.time.Clock" -> name.startsWith("system") || name.startsWith("tick");
      case "java.util.concurrent.ThreadLocalRandom" -> name.equals("current");
      default -> owner.startsWith("java.time.") && name.equals("now") && !takesClock(target);
    };
  }

  /** A clock that was handed over is nothing ambient. */
  private static boolean takesClock(AccessTarget target) {
    return target instanceof AccessTarget.CodeUnitAccessTarget code
        && code.getRawParameterTypes().stream().anyMatch(type -> type.isEquivalentTo(Clock.class));
  }

  /** The classes whose job it is to ask the machine. Their names say so. */
  private static boolean isAdapter(JavaClass type) {
    String name = outermost(type);
    return name.startsWith("System") || Set.of("NioDisk", "NetTime", "ConfigFiles").contains(name);
  }

  /** What belongs to an instance has been handed over. */
  private static boolean needsNoInstance(JavaAccess<?> access) {
    return access.getName().equals(JavaConstructor.CONSTRUCTOR_NAME)
        || access
            .getTarget()
            .resolveMember()
            .map(member -> member.getModifiers().contains(JavaModifier.STATIC))
            .orElse(false);
  }

  private boolean isTimeOrChance(JavaClass type) {
    return type.getPackageName().startsWith(root + ".")
        && isAdapter(type)
        && !FILE_ADAPTERS.contains(outermost(type));
  }

  private static String outermost(JavaClass type) {
    return outermostOf(type).getSimpleName();
  }

  private static JavaClass outermostOf(JavaClass type) {
    JavaClass outer = type;
    while (outer.getEnclosingClass().isPresent()) {
      outer = outer.getEnclosingClass().get();
    }
    return outer;
  }

  private String room(String name) {
    return root + "." + name + "..";
  }
}
