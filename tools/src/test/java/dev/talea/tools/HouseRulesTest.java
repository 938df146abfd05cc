package dev.talea.tools;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of the house that Maven's modules cannot express: who may not know whom inside the
 * allowed dependencies, and who may touch clocks, random sources, files and sleep.
 */
class HouseRulesTest {
  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.talea");

  /**
   * The classes that stand between the house and the machine. Everybody else is handed a clock, a
   * random source, a disk.
   */
  private static final DescribedPredicate<JavaClass> ADAPTER =
      DescribedPredicate.describe(
          "an adapter to the machine (System..., NioDisk, NetTime)",
          type ->
              type.getSimpleName().startsWith("System")
                  || type.getSimpleName().equals("NioDisk")
                  || type.getSimpleName().equals("NetTime"));

  private static final DescribedPredicate<JavaAccess<?>> AMBIENT_TIME =
      access(
          "the time of day or a nanosecond clock",
          call ->
              is(call, System.class, "currentTimeMillis", "nanoTime")
                  || (call.getTargetOwner().isEquivalentTo(Clock.class)
                      && call.getName().startsWith("system"))
                  || (call.getTargetOwner().getPackageName().equals("java.time")
                      && call.getName().equals("now")
                      && !takesClock(call)));

  private static final DescribedPredicate<JavaAccess<?>> AMBIENT_CHANCE =
      access(
          "a random source",
          call ->
              is(call, Random.class, "<init>")
                  || is(call, Math.class, "random")
                  || is(call, java.security.SecureRandom.class, "<init>")
                  || is(call, java.util.UUID.class, "randomUUID")
                  || is(call, java.util.concurrent.ThreadLocalRandom.class, "current"));

  private static final DescribedPredicate<JavaAccess<?>> SLEEP =
      access("sleep", call -> is(call, Thread.class, "sleep"));

  private static final DescribedPredicate<JavaAccess<?>> FILES =
      access(
          "files",
          call ->
              call.getTargetOwner().isEquivalentTo(java.nio.file.Files.class)
                  || is(call, java.nio.channels.FileChannel.class, "open")
                  || is(call, java.io.File.class, "<init>"));

  static Stream<Arguments> rules() {
    return Stream.of(
        rule(
            "the log and the HTTP layer know no money",
            noClasses()
                .that()
                .resideInAnyPackage("dev.talea.log..", "dev.talea.net..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.talea.ledger..")),
        rule(
            "the ledger's words and rules touch no files, sockets or threads",
            noClasses()
                .that()
                .resideInAPackage("dev.talea.ledger..")
                .should()
                .dependOnClassesThat(
                    resideInAPackage("java.net..")
                        .or(resideInAPackage("java.nio.file.."))
                        .or(resideInAPackage("java.nio.channels.."))
                        .or(named(java.io.File.class))
                        .or(named(Thread.class))
                        .or(named(java.util.concurrent.Executors.class)))),
        rule(
            "the index knows no sockets and no JSON",
            noClasses()
                .that()
                .resideInAPackage("dev.talea.index..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                    "io.netty..", "java.net..", "com.fasterxml..", "dev.talea.ledger.json..")),
        rule(
            "the log needs nothing but the JDK and a logging facade",
            classes()
                .that()
                .resideInAPackage("dev.talea.log..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                    "dev.talea.log..", "java..", "org.slf4j..", "org.jspecify.annotations..")),
        rule(
            "only one class of the server knows which stores there are",
            noClasses()
                .that()
                .resideInAPackage("dev.talea.server..")
                .and()
                .doNotHaveSimpleName("Stores")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.talea.index..", "dev.talea.log..")),
        rule(
            "the client knows the contract, not the server",
            noClasses()
                .that()
                .resideInAPackage("dev.talea.client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.talea.server..", "dev.talea.index..", "dev.talea.log..")),
        rule(
            "no money is counted in floating point",
            noClasses()
                .that()
                .resideInAnyPackage("dev.talea.ledger..", "dev.talea.index..")
                .should()
                .dependOnClassesThat(named(Double.class).or(named(Float.class)))),
        rule(
            "only tools print",
            noClasses()
                .that()
                .resideOutsideOfPackages("dev.talea.tools..", "dev.talea.bench..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")),
        rule(
            "time is handed in: take a clock in the constructor", nobodyBut(ADAPTER, AMBIENT_TIME)),
        rule(
            "chance is handed in: take a random source in the constructor",
            nobodyBut(ADAPTER, AMBIENT_CHANCE)),
        rule("nobody sleeps: wait for the thing itself", nobodyBut(ADAPTER, SLEEP)),
        rule(
            "files are touched by adapters: take a Disk, or put it into ConfigFiles",
            nobodyBut(
                ADAPTER.or(resideInAPackage("dev.talea.tools..")).or(simpleName("ConfigFiles")),
                FILES)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void houseKeepsItsRules(String name, ArchRule rule) {
    rule.check(HOUSE);
  }

  @Test
  void allRoomsAreLookedAt() {
    for (String room :
        new String[] {"ledger", "log", "net", "index", "client", "server", "tools"}) {
      assertTrue(HOUSE.containPackage("dev.talea." + room), "no classes of the room " + room);
    }
    assertFalse(HOUSE.contain(HouseRulesTest.class), "tests are not part of the house");
  }

  @Test
  void rulesCatchWhoBreaksThem() {
    JavaClasses careless = new ClassFileImporter().importClasses(Careless.class);
    assertThrows(AssertionError.class, () -> nobodyBut(ADAPTER, AMBIENT_TIME).check(careless));
    assertThrows(AssertionError.class, () -> nobodyBut(ADAPTER, AMBIENT_CHANCE).check(careless));
    assertThrows(AssertionError.class, () -> nobodyBut(ADAPTER, SLEEP).check(careless));
    assertThrows(AssertionError.class, () -> nobodyBut(ADAPTER, FILES).check(careless));
  }

  /** Does everything that is not done here. */
  static final class Careless {
    private final Random random = new Random();

    boolean waitForLuck() throws InterruptedException {
      Thread.sleep(random.nextInt(10));
      return Instant.now().isAfter(Instant.EPOCH)
          && java.nio.file.Files.exists(java.nio.file.Path.of("luck"));
    }
  }

  private static Arguments rule(String name, ArchRule rule) {
    return Arguments.of(name, rule.because(name));
  }

  private static ArchRule nobodyBut(
      DescribedPredicate<JavaClass> allowed, DescribedPredicate<JavaAccess<?>> what) {
    return noClasses().that(DescribedPredicate.not(allowed)).should().accessTargetWhere(what);
  }

  private static DescribedPredicate<JavaAccess<?>> access(
      String description, java.util.function.Predicate<JavaAccess<?>> test) {
    return DescribedPredicate.describe(description, test);
  }

  /** A clock that was handed in is no ambient time. */
  private static boolean takesClock(JavaAccess<?> access) {
    return access instanceof JavaMethodCall call
        && call.getTarget().getRawParameterTypes().stream()
            .anyMatch(type -> type.isEquivalentTo(Clock.class));
  }

  private static boolean is(JavaAccess<?> access, Class<?> owner, String... names) {
    if (!access.getTargetOwner().isEquivalentTo(owner)) {
      return false;
    }
    for (String name : names) {
      if (access.getName().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static DescribedPredicate<JavaClass> named(Class<?> type) {
    return DescribedPredicate.describe(type.getName(), found -> found.isEquivalentTo(type));
  }

  private static DescribedPredicate<JavaClass> simpleName(String name) {
    return DescribedPredicate.describe(name, found -> found.getSimpleName().equals(name));
  }
}
