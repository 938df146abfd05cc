// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.server.settings.EnvText;
import dev.talea.server.settings.LedgerChoice;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code init} on real files: what it makes, what it keeps, and what it refuses. */
class InitializerTest {
  private static final String SEED =
      """
      [[assets]]
      id = "USD"
      class = "fiat"
      precision = 2
      name = "US dollar"

      [[assets]]
      id = "USDC"
      class = { crypto = { network = "ethereum", native_id = "0xa0b8" } }
      precision = 6
      name = "USD coin"

      [[accounts]]
      book = "b"
      path = "cash"
      asset = "USD"
      kind = "asset"

      [[accounts]]
      book = "b"
      path = "customers:1"
      asset = "USD"
      kind = "liability"
      normal_side = "credit"
      min_balance = 0

      [[accounts]]
      book = "b"
      path = "vault"
      asset = "USDC"
      kind = "asset"
      min_balance = "-170141183460469231731687303715884105727"
      """;

  @TempDir private Path directory;
  private Path envFile;
  private Path seedFile;
  private LedgerChoice ledger;

  @BeforeEach
  void names() {
    envFile = directory.resolve("sub").resolve(".env");
    seedFile = directory.resolve("seed.toml");
    ledger = at("log://" + directory.resolve("my ledger"));
  }

  private static LedgerChoice at(String url) {
    return LedgerChoice.named("--db-url", url, Map.of());
  }

  private Initializer.Report init(@Nullable String seed, boolean force) throws IOException {
    if (seed != null) {
      Files.writeString(seedFile, seed);
    }
    return Initializer.run(
        new Initializer.Request(ledger, seed == null ? null : seedFile, envFile, force));
  }

  private String refusal(String seed) {
    return "" + assertThrows(StartException.class, () -> init(seed, false)).getMessage();
  }

  @Test
  void itMakesWhatServeNeeds() throws IOException {
    Initializer.Report report = init(SEED, false);
    assertTrue(report.envFileWritten());
    assertTrue(report.warnings().isEmpty(), report::toString);
    assertTrue(
        report.messages().get(1).contains("2 assets (2 new), 3 accounts (3 new)"),
        report::toString);
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(envFile)));
    try (Stream<Path> files = Files.list(envFile.getParent())) {
      assertEquals(1, files.count(), "and nothing else is left in the folder");
    }
    Settings settings =
        Settings.of(
            Map.of("TALEA_BIND", "127.0.0.1:0"), EnvText.parse(".env", Files.readString(envFile)));
    assertEquals(ledger.url().text(), settings.dbUrl().text());
    String token = settings.apiToken();
    assertNotNull(token);
    assertTrue(token.matches("[0-9a-f]{64}"), "64 lower-case hex digits");
    assertFalse(report.toString().contains(token), "the token is in the file and nowhere else");
    Daemon daemon = Daemon.start(settings);
    try (RawHttp http = new RawHttp(daemon.address())) {
      assertEquals(
          "{\"account\":\"b:vault\",\"asset\":\"USDC\",\"balance\":\"0.000000\",\"as_of\":null,"
              + "\"updated_seq\":0}",
          http.request(
                  "GET",
                  "/v1/books/b/accounts/vault/balance",
                  null,
                  "Authorization: Bearer " + token)
              .read()
              .body());
    } finally {
      daemon.stop();
    }
  }

  @Test
  void theAddressOfTheEnvironmentGoesIntoTheFileAndABadOneIsRefused() throws IOException {
    LedgerChoice ledger =
        LedgerChoice.named("--db-url", "log://" + directory.resolve("at-bind"), Map.of());
    Path file = directory.resolve("bind.env");
    Initializer.run(new Initializer.Request(ledger, null, file, false, "127.0.0.1:20115"));
    assertTrue(Files.readString(file).contains("\nTALEA_BIND=127.0.0.1:20115\n"));
    assertThrows(
        StartException.class, () -> new Initializer.Request(ledger, null, file, false, "nonsense"));
  }

  @Test
  void everyOtherSettingIsThereAsACommentThatCanBeUncommented() throws IOException {
    init(null, false);
    String text = Files.readString(envFile);
    for (Setting setting : Setting.values()) {
      assertTrue(
          text.contains("\n#" + setting.variable() + "=")
              || text.contains("\n" + setting.variable() + "="),
          setting.variable());
    }
    Settings all =
        Settings.of(Map.of(), EnvText.parse(".env", text.replace("\n#TALEA", "\nTALEA")));
    assertNotNull(all.metricsBind());
    assertTrue(all.unknownVariables().isEmpty());
  }

  @Test
  void doingItAgainChangesNothing() throws IOException {
    init(SEED, false);
    String before = Files.readString(envFile);
    Initializer.Report again = init(SEED, false);
    assertFalse(again.envFileWritten());
    assertEquals(before, Files.readString(envFile));
    assertTrue(again.warnings().isEmpty(), again::toString);
    assertTrue(again.messages().get(1).contains("2 assets (0 new), 3 accounts (0 new)"));
    assertTrue(again.messages().get(2).contains("kept"), again::toString);
  }

  @Test
  void forceReplacesTheFileAndItsTokenAndSaysSo() throws IOException {
    init(null, false);
    String before = Files.readString(envFile);
    Initializer.Report forced = init(null, true);
    assertTrue(forced.envFileWritten());
    assertFalse(before.equals(Files.readString(envFile)));
    assertEquals(1, forced.warnings().size(), forced::toString);
  }

  @Test
  void aKeptFileThatNamesAnotherLedgerIsSaidLoudly() throws IOException {
    init(null, false);
    LedgerChoice other = at("log://" + directory.resolve("other"));
    Initializer.Report report =
        Initializer.run(new Initializer.Request(other, null, envFile, false));
    assertTrue(report.warnings().get(0).contains("another TALEA_DB_URL"), report::toString);
    assertTrue(report.warnings().get(0).contains("NOT"), report::toString);
    Files.writeString(envFile, "nonsense");
    report = Initializer.run(new Initializer.Request(other, null, envFile, false));
    assertTrue(report.warnings().get(0).contains("cannot be used"), report::toString);
    Files.writeString(envFile, "A=1");
    report = Initializer.run(new Initializer.Request(other, null, envFile, false));
    assertTrue(report.warnings().get(0).contains("names no TALEA_DB_URL"), report::toString);
  }

  @Test
  void aSeedThatWasAskedForHasToBeThere() {
    StartException refusal =
        assertThrows(
            StartException.class,
            () -> Initializer.run(new Initializer.Request(ledger, seedFile, envFile, false)));
    assertTrue(("" + refusal.getMessage()).contains("no such file"), refusal::getMessage);
    assertFalse(Files.exists(directory.resolve("my ledger")), "nothing was begun");
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        Arguments.of("[[assets]\n", "not valid TOML"),
        Arguments.of("books = 1\n" + SEED, "unknown key 'books'"),
        Arguments.of("assets = 1\n", "assets is not a list of tables"),
        Arguments.of("assets = [1]\n", "assets entry 1 is not a table"),
        Arguments.of(
            SEED.replace("name = \"US dollar\"", "name = \"US dollar\"\ncolor = 1"),
            "line 1, assets entry 1 ('USD'): unknown key 'color'"),
        Arguments.of(SEED.replace("\"US dollar\"", "\"\""), "entry 1 ('USD'): name is blank"),
        Arguments.of(SEED.replace("id = \"USD\"\n", ""), "assets entry 1: id is missing"),
        Arguments.of(SEED.replace("id = \"USD\"\n", "id = 5\n"), "entry 1 ('5'): id is not a"),
        Arguments.of(SEED.replace("\"fiat\"", "\"gold\""), "class is neither"),
        Arguments.of(SEED.replace("network = \"ethereum\", ", ""), "network is missing"),
        Arguments.of(SEED.replace("network", "network = \"n\", net"), "unknown key 'net'"),
        Arguments.of(SEED.replace("precision = 2", "precision = 256"), "precision is not"),
        Arguments.of(SEED.replace("precision = 2", "precision = \"2\""), "precision is not"),
        Arguments.of(SEED.replace("id = \"USDC\"", "id = \"USD\""), "entry 2 ('USD'): 'USD' is"),
        Arguments.of(
            SEED.replace("path = \"vault\"", "path = \"cash\""), "accounts entry 3 ('cash'): "),
        Arguments.of(SEED.replace("book = \"b\"", "book = \"_b\""), "book names starting with '_'"),
        Arguments.of(SEED.replace("book = \"b\"", "book = \" \""), "book is blank"),
        Arguments.of(SEED.replace("path = \"cash\"", "path = \"a\\nb\""), "path must not contain"),
        Arguments.of(SEED.replace("kind = \"liability\"", "kind = \"loan\""), "kind is not one of"),
        Arguments.of(SEED.replace("\"credit\"", "\"left\""), "normal_side is neither"),
        Arguments.of(SEED.replace("min_balance = 0", "min_balance = 0.5"), "min_balance is not"),
        Arguments.of(
            SEED.replace("min_balance = 0", "min_balanse = 0"), "unknown key 'min_balanse'"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void aBadSeedIsRefusedBeforeAnythingIsMade(String seed, String words) {
    String refusal = refusal(seed);
    assertTrue(refusal.contains(seedFile.toString()), refusal);
    assertTrue(refusal.contains(words), refusal);
    assertFalse(Files.exists(directory.resolve("my ledger")), "nothing was begun");
    assertFalse(Files.exists(envFile));
  }

  @Test
  void whatConflictsIsSaidAllOfItWithWhatDiffers() throws IOException {
    init(SEED, false);
    String refusal =
        refusal(
            SEED.replace("precision = 2", "precision = 3")
                    .replace("native_id = \"0xa0b8\"", "native_id = \"0xdead\"")
                    .replace("kind = \"liability\"", "kind = \"equity\"")
                    .replace("min_balance = 0\n", "")
                + "[[accounts]]\nbook = \"b\"\npath = \"gold\"\nasset = \"XAU\"\nkind = \"asset\"\n"
                + "[[accounts]]\nbook = \"b\"\npath = \"new\"\nasset = \"USD\"\nkind = \"asset\"\n");
    for (String words :
        new String[] {
          "('USD'): precision is 2 in the ledger and 3 in the seed",
          "('USDC'): class is crypto on ethereum as 0xa0b8 in the ledger and crypto on ethereum as"
              + " 0xdead in the seed",
          "('customers:1'): kind is liability in the ledger and equity in the seed; min_balance is"
              + " 0 in the ledger and none in the seed",
          "('gold'): the asset 'XAU' is not registered",
        }) {
      assertTrue(refusal.contains(words), refusal);
    }
    assertFalse(refusal.contains("'new'"), refusal);
    Initializer.Report rest =
        init(
            SEED + "[[accounts]]\nbook=\"b\"\npath=\"new\"\nasset=\"USD\"\nkind=\"asset\"\n",
            false);
    assertTrue(rest.messages().get(1).contains("4 accounts (0 new)"), rest::toString);
  }

  @Test
  void aLedgerThatIsServedIsNotTouched() throws IOException {
    init(null, false);
    TestDaemon daemon = TestDaemon.onLog(directory.resolve("my ledger"));
    try {
      String refusal = refusal(SEED);
      assertTrue(refusal.contains("cannot be opened"), refusal);
    } finally {
      daemon.close();
    }
  }
}
