// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The one executable file as people meet it: found, started, interrupted, without what it needs.
 */
@Tag("binary")
@Timeout(180)
class BinaryTest {
  private static final String TALEA = "talea";

  @TempDir private Path directory;
  private Map<String, String> serverSettings = Map.of();
  private Map<String, String> clientSettings = Map.of();

  @BeforeEach
  void choosePort() throws IOException {
    int port = TaleaProcess.freePort();
    serverSettings = Map.of("TALEA_BIND", "127.0.0.1:" + port);
    clientSettings = Map.of("TALEA_URL", "http://127.0.0.1:" + port);
  }

  private static Map<String, String> and(Map<String, String> some, String name, String value) {
    Map<String, String> all = new HashMap<>(some);
    all.put(name, value);
    return all;
  }

  private Map<String, String> withToken() throws IOException {
    String env = Files.readString(directory.resolve(".env"));
    String token = env.replaceAll("(?s).*TALEA_API_TOKEN=([0-9a-f]{64})\n.*", "$1");
    assertEquals(64, token.length());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(".env"))));
    return and(clientSettings, "TALEA_TOKEN", token);
  }

  private TaleaProcess run(Path binary, Map<String, String> settings, String... arguments)
      throws Exception {
    TaleaProcess process = TaleaProcess.start(binary, directory, settings, arguments);
    process.exitCode();
    return process;
  }

  private TaleaProcess up() throws Exception {
    return TaleaProcess.start(directory, serverSettings, "up").awaitLine("Ctrl-C stops it.");
  }

  // --- the class archive ---

  @Test
  void theBuildLeavesAClassArchiveAndOneThatDoesNotFitIsPassedOverInSilence() throws Exception {
    Path built = TaleaProcess.binary().toRealPath();
    int version = Runtime.version().feature();
    assertTrue(Files.exists(Path.of(built + "." + version + ".jsa")), "no class archive");
    Path copy = directory.resolve("elsewhere");
    Files.copy(built, copy);
    assertTrue(copy.toFile().setExecutable(true));
    for (byte[] archive : List.of(new byte[5000], new byte[0])) {
      Files.write(Path.of(copy + "." + version + ".jsa"), archive);
      TaleaProcess garbage = run(copy, Map.of(), "--version");
      assertEquals(0, garbage.exitCode(), garbage::toString);
      assertEquals("", garbage.err());
    }
    Files.copy(
        Path.of(built + "." + version + ".jsa"),
        Path.of(copy + "." + version + ".jsa"),
        StandardCopyOption.REPLACE_EXISTING);
    TaleaProcess moved = run(copy, Map.of(), "--version");
    assertEquals("", moved.err());
    assertTrue(moved.out().startsWith("talea "), moved::toString);
  }

  // --- pipes and descriptors, as only a shell hands them over ---

  private static final String DRAFT =
      "{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":["
          + "{\"account\":\"x\",\"amount\":{\"minor\":5,\"asset\":\"EUR\"},\"direction\":\"debit\"},"
          + "{\"account\":\"y\",\"amount\":{\"minor\":5,\"asset\":\"EUR\"},\"direction\":\"credit\"}]}";

  private TaleaProcess sh(Map<String, String> settings, String script) throws Exception {
    String withPath = script.replace("TALEA ", "'" + TaleaProcess.binary() + "' ");
    return run(Path.of("/bin/sh"), settings, "-c", withPath);
  }

  @Test
  void aDraftComesThroughAPipeAHereDocumentAFileAndAFifo() throws Exception {
    Files.writeString(
        directory.resolve("talea.seed.toml"),
        """
        assets = [{ id = "EUR", class = "fiat", precision = 2, name = "Euro" }]
        accounts = [
          { book = "b", path = "x", asset = "EUR", kind = "asset" },
          { book = "b", path = "y", asset = "EUR", kind = "asset" },
        ]
        """);
    Files.writeString(directory.resolve("draft.json"), DRAFT);
    try (TaleaProcess server = up()) {
      Map<String, String> settings = withToken();
      for (String script :
          List.of(
              "cat draft.json | TALEA post --draft -",
              "TALEA post --draft - <<E\n" + DRAFT + "\nE\n",
              "TALEA post --draft - < draft.json",
              "TALEA post --draft draft.json",
              "cat draft.json | TALEA post --draft /dev/stdin",
              "mkfifo fifo; cat draft.json > fifo & TALEA post --draft fifo")) {
        TaleaProcess posted = sh(settings, script);
        assertEquals(0, posted.exitCode(), script + posted);
        assertTrue(posted.out().contains("tx_id"), script + posted);
        assertEquals("", posted.err(), script);
      }
      TaleaProcess loaded = sh(settings, "cat draft.json | TALEA load -");
      assertTrue(loaded.out().contains("\"deduplicated\": 1"), loaded::toString);
      TaleaProcess nothing = sh(settings, "TALEA load - <&-");
      assertEquals(0, nothing.exitCode(), nothing::toString);
      assertTrue(nothing.out().contains("\"rejected\": 0"), nothing::toString);
      assertFalse(Files.exists(directory.resolve("stdin.rejected")));
      TaleaProcess noDraft = sh(settings, "TALEA post --draft - <&-");
      assertEquals(1, noDraft.exitCode(), noDraft::toString);
      assertTrue(noDraft.err().contains("invalid_draft"), noDraft::toString);
      assertEquals(0, sh(settings, "TALEA trial-balance --book b >&- 2>&-").exitCode());
      assertTrue(server.process().isAlive());
    }
  }

  @Test
  void helpIntoAClosedPipeOrAFullDeviceIsNoStackTrace() throws Exception {
    for (String option : List.of("--help", "--version", "post --help", "completions fish")) {
      TaleaProcess full = sh(Map.of(), "TALEA " + option + " > /dev/full");
      assertEquals("talea: cannot write the output: No space left on device\n", full.err(), option);
      assertEquals(1, full.exitCode(), full::toString);
      TaleaProcess closed =
          sh(Map.of(), "{ TALEA " + option + "; echo $? > code; } | true; cat code");
      assertEquals("", closed.err(), option);
    }
  }

  // --- up and down ---

  @Test
  void upPreparesServesAndStopsWith0OnCtrlCAndOnSigterm() throws Exception {
    try (TaleaProcess first = up()) {
      assertTrue(first.out().contains("Wrote .env"), first::toString);
      String token = withToken().getOrDefault("TALEA_TOKEN", "");
      assertFalse(first.out().contains(token) || first.err().contains(token), "the secret is out");
      first.signal("INT");
      assertEquals(0, first.exitCode(), first::toString);
    }
    try (TaleaProcess second = up()) {
      assertFalse(second.out().contains("Wrote"), second::toString);
      second.signal("TERM");
      assertEquals(0, second.exitCode(), second::toString);
    }
  }

  @Test
  void upServesWhatTheEnvironmentNamesAndWhatIsThereOutlivesAKill() throws Exception {
    Map<String, String> settings = and(serverSettings, "TALEA_DB_URL", "sqlite://data/talea.db");
    Files.writeString(
        directory.resolve("talea.seed.toml"),
        """
        assets = [{ id = "EUR", class = "fiat", precision = 2, name = "Euro" }]
        accounts = [
          { book = "b", path = "x", asset = "EUR", kind = "asset" },
          { book = "b", path = "y", asset = "EUR", kind = "asset" },
        ]
        """);
    String[] post = {
      "post", "--book", "b", "--idem", "k", "--debit", "x:EUR:5", "--credit", "y:EUR:5"
    };
    try (TaleaProcess first = TaleaProcess.start(directory, settings, "up")) {
      first.awaitLine("Ctrl-C stops it.");
      assertTrue(first.out().contains("the ledger is  sqlite://data/talea.db"), first::toString);
      assertTrue(first.err().contains("with the sqlite store on"), first::toString);
      TaleaProcess posted = run(TaleaProcess.binary(), withToken(), post);
      assertTrue(posted.out().contains("\"deduplicated\": false"), posted::toString);
      first.kill();
    }
    try (TaleaProcess second = TaleaProcess.start(directory, serverSettings, "up")) {
      second.awaitLine("Ctrl-C stops it.");
      TaleaProcess again = run(TaleaProcess.binary(), withToken(), post);
      assertTrue(again.out().contains("\"deduplicated\": true"), again::toString);
      second.signal("TERM");
      assertEquals(0, second.exitCode(), second::toString);
    }
  }

  @Test
  void theCommandsThatUpSuggestsWorkWhenPasted() throws Exception {
    Files.createSymbolicLink(directory.resolve(TALEA), TaleaProcess.binary());
    try (TaleaProcess server =
        TaleaProcess.start(directory.resolve(TALEA), directory, serverSettings, "up")) {
      server.awaitLine("Ctrl-C stops it.");
      List<String> pasted =
          server.out().lines().filter(line -> line.matches("  (export |\\S*talea ).*")).toList();
      // Address and token are found in .env.
      assertEquals(3, pasted.size(), server::toString);
      Process shell =
          new ProcessBuilder("sh", "-ec", String.join("\n", pasted))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, shell.waitFor(), said);
      assertTrue(said.contains("0.00"), said);
    }
  }

  @Test
  void aTakenPortAndALockedLedgerAreASentenceEachAndExitCode1() throws Exception {
    try (TaleaProcess first = up()) {
      TaleaProcess locked = run(TaleaProcess.binary(), Map.of("TALEA_BIND", "127.0.0.1:0"), "up");
      assertFailure("is in use by another process: pid " + first.process().pid(), locked);
      Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
      try (TaleaProcess taken = TaleaProcess.start(elsewhere, serverSettings, "up")) {
        taken.exitCode();
        assertFailure("Address already in use", taken);
      }
    }
  }

  @Test
  void sqliteWithoutADirectoryForItsLibraryNamesTheOptionThatHelps() throws Exception {
    try (TaleaProcess init =
        run(
            TaleaProcess.binary(),
            Map.of("TALEA_JAVA_OPTS", "-Dorg.sqlite.tmpdir=/nowhere"),
            "init",
            "--db-url",
            "sqlite://" + directory.resolve("l.db"))) {
      assertFailure("into /nowhere and loaded from there. Name a directory", init);
    }
  }

  private static void assertFailure(String part, TaleaProcess process) throws Exception {
    assertEquals(1, process.exitCode(), process::toString);
    assertTrue(process.err().contains(part), process::toString);
    // Apart from what a daemon that is starting has to tell.
    assertEquals(
        1,
        process.err().lines().filter(line -> !line.contains(" INFO ")).count(),
        process::toString);
  }

  // --- loading through the real thing ---

  @Test
  void aLoadOutlivesAKilledServerAndCtrlCSaysHowFarItWas() throws Exception {
    int count = 20_000;
    StringBuilder drafts = new StringBuilder();
    for (int i = 0; i < count; i++) {
      drafts.append(
          ("{'book':'b','idempotency_key':'k"
                  + i
                  + "','postings':["
                  + "{'account':'x','amount':{'minor':1,'asset':'EUR'},'direction':'debit'},"
                  + "{'account':'y','amount':{'minor':1,'asset':'EUR'},'direction':'credit'}]}\n")
              .replace('\'', '"'));
    }
    Files.writeString(directory.resolve("drafts.jsonl"), drafts);
    Files.writeString(
        directory.resolve("talea.seed.toml"),
        """
        assets = [{ id = "EUR", class = "fiat", precision = 2, name = "Euro" }]
        accounts = [
          { book = "b", path = "x", asset = "EUR", kind = "asset" },
          { book = "b", path = "y", asset = "EUR", kind = "asset" },
        ]
        """);
    try (TaleaProcess first = up()) {
      Map<String, String> settings = withToken();
      try (TaleaProcess load =
              TaleaProcess.start(directory, settings, "load", "--batch", "10", "drafts.jsonl");
          TaleaProcess tail =
              TaleaProcess.start(directory, settings, "tail", "--book", "b", "--from", "1")) {
        tail.awaitLine("{\"seq\":2000,");
        first.kill();
        load.awaitLine("waiting for the server");
        try (TaleaProcess second = up()) {
          load.awaitLine("the server takes drafts again");
          tail.awaitLine("{\"seq\":4000,");
          load.signal("INT");
          assertEquals(130, load.exitCode(), load::toString);
          assertTrue(load.err().contains("Run the same command again to go on."), load::toString);
          TaleaProcess again = run(TaleaProcess.binary(), settings, "load", "drafts.jsonl");
          assertEquals(0, again.exitCode(), again::toString);
          assertFalse(Files.exists(directory.resolve("drafts.jsonl.rejected")));
          TaleaProcess balance =
              run(TaleaProcess.binary(), settings, "balance", "--book", "b", "--path", "x");
          assertTrue(balance.out().contains("\"balance\": \"200.00\""), balance::toString);
          tail.signal("INT");
          assertEquals(130, tail.exitCode(), "tail");
          second.signal("TERM");
          assertEquals(0, second.exitCode(), second::toString);
        }
      }
    }
  }

  // --- where it lies and what it is called ---

  @Test
  void itWorksThroughLinksWithSpacesInThePathAndUnderItsOtherName() throws Exception {
    Path spaced = Files.createDirectories(directory.resolve("a b/c 'd'"));
    Path copy = spaced.resolve("talea copy");
    Files.copy(TaleaProcess.binary(), copy);
    assertTrue(copy.toFile().setExecutable(true));
    Path link = Files.createSymbolicLink(directory.resolve("talead"), copy);
    assertEquals(0, run(copy, Map.of(), "--version").exitCode());
    TaleaProcess daemon = run(link, Map.of(), "--help");
    assertTrue(daemon.out().startsWith("Usage: talead "), daemon::toString);
    assertFalse(daemon.out().contains("balance"), daemon::toString);
    Path built = TaleaProcess.binary().resolveSibling("talead");
    assertTrue(run(built, Map.of(), "--help").out().startsWith("Usage: talead "));
  }

  @Test
  void namesSurviveALocaleThatKnowsNoLetters() throws Exception {
    try (TaleaProcess server = up()) {
      Map<String, String> poor =
          and(and(and(withToken(), "LC_ALL", ""), "LANG", "C"), "LC_CTYPE", "");
      TaleaProcess result =
          run(TaleaProcess.binary(), poor, "balance", "--book", "Книга", "--path", "🏦");
      assertEquals(
          "{\"error\":\"unknown_account\",\"account\":\"Книга:🏦\"}\n",
          result.err(),
          server::toString);
    }
  }

  @Test
  void theJarInItCarriesWhatItNeeds() throws IOException {
    try (JarFile jar = new JarFile(TaleaProcess.binary().toFile())) {
      Manifest manifest = jar.getManifest();
      assertNotNull(manifest);
      var attributes = manifest.getMainAttributes();
      assertEquals("true", attributes.getValue("Multi-Release"));
      assertEquals("java.base/jdk.internal.misc", attributes.getValue("Add-Exports"));
      assertEquals("ALL-UNNAMED", attributes.getValue("Enable-Native-Access"));
      List<String> names = jar.stream().map(entry -> entry.getName()).toList();
      assertEquals(
          List.of(),
          names.stream().filter(n -> n.matches("META-INF/[^/]*\\.(SF|RSA|DSA)")).toList());
      for (String kept : List.of("META-INF/LICENSE", "META-INF/NOTICE")) {
        assertTrue(names.contains(kept), kept);
      }
      assertTrue(names.contains("META-INF/services/ch.qos.logback.classic.spi.Configurator"));
      assertTrue(names.contains("META-INF/services/org.slf4j.spi.SLF4JServiceProvider"));
    }
  }

  @Test
  void theJarInItCarriesTheDriversOfBothDatabasesAndTheirLicences() throws IOException {
    try (JarFile jar = new JarFile(TaleaProcess.binary().toFile())) {
      JarEntry services = jar.getJarEntry("META-INF/services/java.sql.Driver");
      assertNotNull(services);
      String drivers =
          new String(jar.getInputStream(services).readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(
          Set.of("org.sqlite.JDBC", "org.postgresql.Driver"), Set.copyOf(drivers.lines().toList()));
      List<String> names = jar.stream().map(JarEntry::getName).toList();
      Set<String> platforms = new TreeSet<>();
      for (String name : names) {
        if (name.matches("org/sqlite/native/.*\\.(so|dll|dylib)")) {
          platforms.add(name.replaceAll("org/sqlite/native/(.*)/[^/]*", "$1"));
        }
      }
      assertEquals(
          "[Linux-Musl/aarch64, Linux-Musl/x86_64, Linux/aarch64, Linux/x86_64, Mac/aarch64,"
              + " Mac/x86_64, Windows/aarch64, Windows/x86_64]",
          platforms.toString());
      assertTrue(names.contains("META-INF/maven/org.xerial/sqlite-jdbc/LICENSE"));
      assertTrue(names.stream().anyMatch(name -> name.matches("META-INF/licenses/.*scram.*")));
      JarEntry licence = jar.getJarEntry("META-INF/LICENSE");
      assertNotNull(licence);
      String text = new String(jar.getInputStream(licence).readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(text.contains("PostgreSQL Global Development Group"), text);
      assertFalse(names.stream().anyMatch(name -> name.startsWith("org/checkerframework/")));
    }
  }

  // --- what it runs on ---

  @Test
  void withoutJavaThereIsASentence() throws Exception {
    Map<String, String> nothing = Map.of("JAVA_HOME", directory + "/none", "PATH", tools());
    TaleaProcess result = run(TaleaProcess.binary(), nothing, "--version");
    assertFailure("needs Java 17 or newer, and there is none in JAVA_HOME or PATH", result);
  }

  @Test
  void anOldJavaIsNamedAndANewerOneInThePathIsTakenInstead() throws Exception {
    Path old = jdk("old", "1.8.0_402");
    Map<String, String> onlyOld = Map.of("JAVA_HOME", old.toString(), "PATH", tools());
    TaleaProcess result = run(TaleaProcess.binary(), onlyOld, "--version");
    assertFailure(old + "/bin/java is Java 8: install one, or point JAVA_HOME at it.", result);

    String path = Path.of(System.getProperty("java.home"), "bin") + ":" + tools();
    Map<String, String> both = Map.of("JAVA_HOME", old.toString(), "PATH", path);
    TaleaProcess fine = run(TaleaProcess.binary(), both, "--version");
    assertEquals(0, fine.exitCode(), fine::toString);
  }

  @Test
  void everyJdkBesideThisOneRunsItWithoutAWarning() throws Exception {
    Path here = Path.of(System.getProperty("java.home")).toRealPath();
    List<Path> all;
    try (Stream<Path> beside = Files.list(here.resolveSibling("."))) {
      all = beside.filter(home -> Files.isExecutable(home.resolve("bin/java"))).toList();
    }
    for (Path home : all) {
      if (major(home) >= 17) {
        Map<String, String> settings = and(serverSettings, "JAVA_HOME", home.toString());
        // Loads a native library, about which newer ones have something to say unless told.
        String file = "sqlite://" + home.getFileName() + ".db";
        TaleaProcess sqlite =
            run(
                TaleaProcess.binary(),
                settings,
                "init",
                "--db-url",
                file,
                "--env-out",
                home.getFileName() + ".env");
        assertEquals("", sqlite.err(), home.toString());
        assertTrue(sqlite.out().contains(file + " is ready (sqlite store)"), sqlite::toString);
        try (TaleaProcess server = TaleaProcess.start(directory, settings, "up")) {
          server.awaitLine("Ctrl-C stops it.");
          Map<String, String> client = and(withToken(), "JAVA_HOME", home.toString());
          TaleaProcess read = run(TaleaProcess.binary(), client, "trial-balance", "--book", "b");
          assertEquals("", read.err(), home.toString());
          assertEquals(0, read.exitCode(), read::toString);
          server.signal("TERM");
          assertEquals(0, server.exitCode(), server::toString);
          for (String line : server.err().lines().toList()) {
            assertTrue(line.contains(" INFO  "), home + ": " + line);
          }
        }
      }
    }
  }

  private static int major(Path home) throws IOException {
    Path release = home.resolve("release");
    if (!Files.exists(release)) {
      return 0;
    }
    return Files.readString(release)
        .lines()
        .filter(line -> line.startsWith("JAVA_VERSION=\""))
        .map(line -> line.replaceAll("JAVA_VERSION=\"(1\\.)?([0-9]+).*", "$2"))
        .mapToInt(Integer::parseInt)
        .findFirst()
        .orElse(0);
  }

  /** A folder that looks like a JDK of that version; its java must not be run. */
  private Path jdk(String name, String version) throws IOException {
    Path home = Files.createDirectories(directory.resolve(name));
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho 'the old java was run' >&2\nexit 9\n");
    assertTrue(java.toFile().setExecutable(true));
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  /** A PATH with what a shell script needs, and no java. */
  private String tools() throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    for (String tool : List.of("sh", "readlink", "sed", "head", "stty")) {
      for (String place : List.of("/bin", "/usr/bin")) {
        Path real = Path.of(place, tool);
        if (Files.exists(real) && !Files.exists(bin.resolve(tool))) {
          Files.createSymbolicLink(bin.resolve(tool), real);
        }
      }
    }
    return bin.toString();
  }
}
