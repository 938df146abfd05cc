// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rooms that are libraries are modules, show their face and nothing else, and a program on the
 * module path can use them. All other tests run on the class path, where the rest is open too.
 */
class ModulePathTest {
  /** Libraries whose names come from their manifests, because they have no module-info. */
  private static final Set<String> AUTOMATIC = Set.of("org.agrona", "org.postgresql.jdbc");

  /** Rooms that are programs and not libraries. */
  private static final Set<String> PROGRAMS = Set.of("bench", "server", "tools");

  /**
   * Rooms that only run on the class path: jars of Spark share packages, which modules may not, so
   * that nothing that needs them can be one.
   */
  private static final Set<String> ON_THE_CLASS_PATH = Set.of("reconcile-spark");

  private static final String PROGRAM =
      """
      import dev.talea.audit.export.LedgerDigest;
      import dev.talea.client.TaleaClient;
      import dev.talea.index.LedgerSnapshot;
      import dev.talea.index.LogLedgerStore;
      import dev.talea.index.LogStoreSettings;
      import dev.talea.jdbc.SqlLedgerStore;
      import dev.talea.jdbc.SqlStoreObserver;
      import dev.talea.jdbc.SqlStoreSettings;
      import dev.talea.ledger.Asset;
      import dev.talea.ledger.AssetClass;
      import dev.talea.ledger.Store;
      import java.nio.file.Path;
      import java.util.List;

      class Program {
        public static void main(String[] directory) throws Exception {
          Path log = Path.of(directory[0], "log");
          Path file = Path.of(directory[0], "ledger.db");
          for (Store store :
              List.of(
                  LogLedgerStore.open(log, LogStoreSettings.DEFAULTS),
                  SqlLedgerStore.openSqlite(
                      file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE))) {
            try (store) {
              store.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "euro")).get();
              System.out.println(store.getClass().getModule() + " " + store.reads().lastSeq("_system"));
            }
          }
          LedgerSnapshot look = LedgerSnapshot.of(log, book -> true);
          System.out.println(LedgerDigest.class.getModule() + " " + look.lastSeq("_system"));
          System.out.println(TaleaClient.class.getModule());
        }
      }
      """;

  /** Modules on the path of this test, but for those that have no name of their own. */
  private static Map<String, ModuleReference> modules() {
    Map<String, ModuleReference> found = new TreeMap<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (!path.endsWith("test-classes") && !entry.endsWith("-tests.jar")) {
        try {
          for (ModuleReference module : ModuleFinder.of(path).findAll()) {
            ModuleDescriptor descriptor = module.descriptor();
            if (!descriptor.isAutomatic() || AUTOMATIC.contains(descriptor.name())) {
              found.put(descriptor.name(), module);
            }
          }
        } catch (FindException e) {
          // a library that cannot be a module, so that none of ours needs it
        }
      }
    }
    return found;
  }

  @Test
  void eachLibraryIsAModule() throws Exception {
    Set<String> rooms = new TreeSet<>();
    Set<String> withFace = new TreeSet<>();
    try (Stream<Path> folders = Files.list(Path.of(".."))) {
      for (Path sources :
          folders
              .map(folder -> folder.resolve("src/main/java"))
              .filter(Files::isDirectory)
              .toList()) {
        String room = sources.getName(sources.getNameCount() - 4).toString();
        if (!PROGRAMS.contains(room) && !ON_THE_CLASS_PATH.contains(room)) {
          rooms.add(room);
          if (Files.exists(sources.resolve("module-info.java"))) {
            withFace.add(room);
          }
        }
      }
    }
    assertEquals(rooms, withFace, "rooms, and those with a module-info.java");
  }

  /** A package that is exported is a promise: this list grows on purpose only. */
  @Test
  void theyExportTheirFace() {
    String faces =
        modules().values().stream()
            .map(ModuleReference::descriptor)
            .filter(module -> module.name().startsWith("dev.talea."))
            .flatMap(module -> module.exports().stream().sorted())
            .map(Exports::toString)
            .collect(Collectors.joining("\n"));
    assertEquals(
        """
        dev.talea.audit.anchor
        dev.talea.audit.backup
        dev.talea.audit.check
        dev.talea.audit.evidence
        dev.talea.audit.export
        dev.talea.audit.head
        dev.talea.audit.proof
        dev.talea.audit.replay
        dev.talea.client
        dev.talea.index
        dev.talea.index.failure
        dev.talea.index.tree
        dev.talea.jdbc
        dev.talea.ledger
        dev.talea.ledger.json
        dev.talea.ledger.projection
        dev.talea.ledger.rules
        dev.talea.ledger.service
        dev.talea.log
        dev.talea.log.disk
        dev.talea.net
        dev.talea.projections
        dev.talea.projections.builtin
        dev.talea.projections.read
        dev.talea.projections.target
        dev.talea.projections.webhook
        dev.talea.reconcile.document
        dev.talea.reconcile.draft
        dev.talea.reconcile.engine
        dev.talea.reconcile.evidence
        dev.talea.reconcile.recipe
        dev.talea.reconcile.row
        dev.talea.reconcile.run
        dev.talea.reconcile.source""",
        faces);
  }

  @Test
  @Tag("slow")
  void aProgramOnTheModulePathUsesThem(@TempDir Path directory) throws Exception {
    Path source = Files.writeString(directory.resolve("Program.java"), PROGRAM);
    String path =
        modules().values().stream()
            // It would print what is logged.
            .filter(module -> !module.descriptor().name().startsWith("ch.qos.logback."))
            .map(module -> Path.of(module.location().orElseThrow()).toString())
            .collect(Collectors.joining(File.pathSeparator));
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "--module-path",
                path,
                "--add-modules",
                "dev.talea.audit,dev.talea.client,dev.talea.jdbc",
                source.toString(),
                directory.toString())
            .redirectError(directory.resolve("errors").toFile())
            .start();
    java.getOutputStream().close();
    String said = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exit = java.waitFor();
    assertEquals(0, exit, said + Files.readString(directory.resolve("errors")));
    assertEquals(
        """
        module dev.talea.index 1
        module dev.talea.jdbc 1
        module dev.talea.audit 1
        module dev.talea.client
        """,
        said);
  }
}
