// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.SqlStoreSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the daemon can be told, and what it says to nonsense. */
class SettingsTest {
  private static Settings of(String... variables) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TALEA_DB_URL", "log://./d");
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return Settings.of(environment, Map.of());
  }

  private static String refusal(String... variables) {
    return "" + assertThrows(StartException.class, () -> of(variables)).getMessage();
  }

  @Test
  void defaultsAreAsDocumented() {
    Settings settings = of();
    assertEquals("127.0.0.1:8080", settings.bind().toString());
    assertNull(settings.metricsBind());
    assertNull(settings.apiToken());
    assertNull(settings.tokensFile());
    assertEquals(10, settings.number(Setting.DB_POOL));
    assertEquals(1, settings.number(Setting.DB_INSTANCES));
    assertEquals(256, settings.number(Setting.MAX_INFLIGHT));
    assertEquals(16_384, settings.number(Setting.WRITE_QUEUE_DEPTH));
    assertEquals(8_192, settings.number(Setting.WRITE_BATCH_MAX));
    assertEquals(500, settings.number(Setting.HTTP_BATCH_MAX));
    assertEquals(100_000, settings.number(Setting.LOG_SNAPSHOT_EVERY));
    assertEquals(1_000_000, settings.number(Setting.LOG_IDEM_HOT_CAP));
    assertEquals(134_217_728, settings.number(Setting.LOG_SEGMENT_MAX));
    assertEquals(30, settings.timing().requestDeadline().toSeconds());
    assertEquals(15, settings.timing().heartbeat().toSeconds());
  }

  @Test
  void reconciliationLiesBesideTheLedgerWhereSomethingCan() {
    assertEquals("reconcile", "" + Path.of("" + of().reconcileDir()).getFileName());
    assertEquals("x", "" + of("TALEA_RECONCILE_DIR", "x").reconcileDir());
    assertNull(of("TALEA_DB_URL", "postgres://u:p@h/d").reconcileDir());
    assertEquals(512L << 20, of("TALEA_RECONCILE_MEMORY", "512m").number(Setting.RECONCILE_MEMORY));
    assertEquals(1L << 30, of().number(Setting.RECONCILE_MEMORY));
    for (String bad : new String[] {"1", "64m", "1 g", "1G", "-1g", "1gb"}) {
      assertTrue(refusal("TALEA_RECONCILE_MEMORY", bad).contains("512m"), bad);
    }
  }

  @Test
  void anAssistantIsAskedOnlyWhereOneIsNamed() {
    assertNull(of().assistant());
    assertNull(of("ANTHROPIC_API_KEY", "k").assistant());
    assertNull(of("ANTHROPIC_MODEL", "m").assistant());
    assertEquals(
        "assistant m at https://api.anthropic.com",
        "" + of("ANTHROPIC_API_KEY", "k", "ANTHROPIC_MODEL", "m").assistant());
    assertEquals(
        "assistant m at http://localhost:9/x",
        "" + of("TALEA_ASSISTANT_URL", "http://localhost:9/x", "ANTHROPIC_MODEL", "m").assistant());
    Settings noModel = of("TALEA_ASSISTANT_URL", "https://x");
    assertNull(noModel.assistant());
    assertTrue(("" + noModel.warnings()).contains("no model is asked"), "" + noModel.warnings());
    for (String bad :
        new String[] {
          "http://x", "ftp://localhost", "https://u:p@x", "https://x?k=1", "x", "https:"
        }) {
      assertTrue(refusal("TALEA_ASSISTANT_URL", bad).contains("https://HOST"), bad);
    }
  }

  @Test
  void withoutALedgerThereIsNothingToServe() {
    StartException refusal =
        assertThrows(StartException.class, () -> Settings.of(Map.of(), Map.of()));
    assertTrue(("" + refusal.getMessage()).contains("TALEA_DB_URL"));
    assertTrue(("" + refusal.getMessage()).contains("talead init"));
  }

  @ParameterizedTest
  @EnumSource(Setting.class)
  void anEmptyValueIsAnErrorAndNamesItsVariable(Setting setting) {
    for (String empty : new String[] {"", " ", "\t"}) {
      assertTrue(refusal(setting.variable(), empty).contains(setting.variable()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TALEA_DB_POOL, 1, 10000",
    "TALEA_DB_INSTANCES, 1, 10000",
    "TALEA_MAX_INFLIGHT, 1, 1000000",
    "TALEA_WRITE_QUEUE_DEPTH, 1, 10000000",
    "TALEA_WRITE_BATCH_MAX, 1, 1000000",
    "TALEA_HTTP_BATCH_MAX, 1, 100000",
    "TALEA_LOG_SNAPSHOT_EVERY, 1, 1000000000000",
    "TALEA_LOG_IDEM_HOT_CAP, 1, 1000000000",
    "TALEA_LOG_SEGMENT_MAX, 65536, 1073741824",
    "POSTGRES_PROJECTION_POOL_SIZE, 1, 1000",
    "POSTGRES_PROJECTION_MAX_OVERFLOW, 0, 1000",
    "MAX_PROJECTION_RUNNERS, 0, 1000",
    "TALEA_RECONCILE_RUNS, 1, 64",
    "TALEA_RECONCILE_THREADS, 1, 1024"
  })
  void numbersHaveBounds(String variable, long min, long max) {
    of(variable, Long.toString(min));
    of(variable, Long.toString(max));
    for (String bad :
        new String[] {
          Long.toString(min - 1),
          Long.toString(max + 1),
          "-1",
          "+7",
          "1.0",
          "1e3",
          "0x10",
          " 7",
          "7 ",
          "7k",
          "1_000",
          "seven",
          "\u0667",
          "9999999999999999999",
          "99999999999999999999999999"
        }) {
      String refusal = refusal(variable, bad);
      assertTrue(refusal.contains(variable), refusal);
      assertTrue(refusal.contains(min + " to " + max), refusal);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:8080, 127.0.0.1, 8080",
    "0.0.0.0:0, 0.0.0.0, 0",
    "localhost:65535, localhost, 65535",
    "[::1]:8080, ::1, 8080",
  })
  void addressesAreHostAndPort(String text, String host, int port) {
    assertEquals(new HostPort(host, port), of("TALEA_BIND", text).bind());
    assertEquals(new HostPort(host, port), of("TALEA_METRICS_BIND", text).metricsBind());
    assertEquals(text, of("TALEA_BIND", text).bind().toString());
  }

  @Test
  void whatIsNoAddressIsRefused() {
    for (String bad :
        new String[] {
          "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
          "127.0.0.1:-1", "::1:8080", "[]:80", "a b:80", "http://127.0.0.1:80", "h:123456"
        }) {
      assertTrue(refusal("TALEA_BIND", bad).contains("TALEA_BIND"), bad);
      assertTrue(refusal("TALEA_METRICS_BIND", bad).contains("TALEA_METRICS_BIND"), bad);
    }
  }

  @Test
  void everythingThatCanBeSetIsInTheReferenceWithItsDefault() throws Exception {
    String reference = Files.readString(Path.of("..", "docs", "reference-cli.md"));
    DbUrl log = DbUrl.parse("", "log://d");
    for (Setting setting : Setting.values()) {
      String row = "| `" + setting.variable() + "`";
      assertTrue(reference.contains(row), setting.variable());
      String rest = reference.substring(reference.indexOf(row));
      String line = rest.substring(0, rest.indexOf('\n'));
      String defaultText = setting.defaultText(log);
      if (defaultText != null) {
        assertTrue(line.contains(defaultText), line);
      }
    }
    for (PostgresPart part : PostgresPart.values()) {
      assertTrue(reference.contains("`" + part.variable() + "`"), part.variable());
    }
  }

  @Test
  void aTokenThatNoHeaderCanCarryIsRefusedAndNotRepeated() {
    for (String bad : new String[] {"two words", "tab\tbed", "gel\u00f6st", " padded"}) {
      String refusal = refusal("TALEA_API_TOKEN", bad);
      assertTrue(refusal.contains("TALEA_API_TOKEN"), refusal);
      assertFalse(refusal.contains(bad), refusal);
    }
  }

  @Test
  void theRealEnvironmentWinsVariableByVariable() {
    Settings settings =
        Settings.of(
            Map.of("TALEA_DB_URL", "log://real", "TALEA_DB_POOL", "3", "PATH", "/bin"),
            Map.of(
                "TALEA_DB_URL", "log://file", "TALEA_MAX_INFLIGHT", "5", "TALEA_API_TOKEN", "t"));
    assertEquals("log://real", settings.dbUrl().toString());
    assertEquals(5, settings.number(Setting.MAX_INFLIGHT));
    List<Settings.Line> lines = settings.describe();
    assertEquals(Setting.values().length, lines.size());
    assertTrue(
        lines.contains(
            new Settings.Line("TALEA_DB_URL", "log://real", Settings.Origin.ENVIRONMENT)));
    assertTrue(
        lines.contains(new Settings.Line("TALEA_MAX_INFLIGHT", "5", Settings.Origin.ENV_FILE)));
    assertTrue(
        lines.contains(new Settings.Line("TALEA_HTTP_BATCH_MAX", "500", Settings.Origin.DEFAULT)));
    assertTrue(lines.contains(new Settings.Line("TALEA_METRICS_BIND", "", Settings.Origin.UNSET)));
    assertTrue(
        lines.contains(new Settings.Line("TALEA_API_TOKEN", "********", Settings.Origin.ENV_FILE)));
    assertEquals(lines, settings.with(Settings.Timing.DEFAULT).describe());
  }

  @Test
  void anEmptyValueInTheRealEnvironmentIsNotReplacedByTheFile() {
    StartException refusal =
        assertThrows(
            StartException.class,
            () ->
                Settings.of(
                    Map.of("TALEA_DB_URL", "log://d", "TALEA_API_TOKEN", ""),
                    Map.of("TALEA_API_TOKEN", "t")));
    assertTrue(("" + refusal.getMessage()).contains("TALEA_API_TOKEN"));
  }

  @Test
  void secretsAreInNoText() {
    Settings settings = of("TALEA_API_TOKEN", "hush-hush");
    assertFalse(settings.toString().contains("hush"));
    assertFalse(settings.describe().toString().contains("hush"));
  }

  @Test
  void aDatabaseHasDefaultsAndBoundsOfItsOwn() {
    for (String url : new String[] {"sqlite://x.db", "postgres://u:p@h/d"}) {
      Settings settings = of("TALEA_DB_URL", url);
      assertEquals(512, settings.number(Setting.WRITE_BATCH_MAX));
      assertEquals(SqlStoreSettings.DEFAULTS.writeBatchMax(), Setting.DATABASE_WRITE_BATCH_MAX);
      assertEquals(4_096, settings.number(Setting.WRITE_QUEUE_DEPTH));
      assertEquals(SqlStoreSettings.DEFAULTS.writeQueueDepth(), Setting.DATABASE_WRITE_QUEUE_DEPTH);
      assertEquals(
          9, of("TALEA_DB_URL", url, "TALEA_WRITE_BATCH_MAX", "9").number(Setting.WRITE_BATCH_MAX));
      assertEquals(2, of("TALEA_DB_URL", url, "TALEA_DB_POOL", "2").number(Setting.DB_POOL));
      String refusal = refusal("TALEA_DB_URL", url, "TALEA_DB_POOL", "1");
      assertTrue(refusal.contains("TALEA_DB_POOL is '1'"), refusal);
      assertTrue(refusal.contains("at least 2"), refusal);
    }
  }

  @Test
  void wordsAndLengthsOfTimeAreReadAndOtherValuesNamed() {
    Settings settings =
        of(
            "TALEA_CREATE",
            "TRUE",
            "TALEA_READY",
            "strict",
            "TALEA_CLOCK_SKEW_MAX",
            "90m",
            "TALEA_DB_BUDGET",
            "fail");
    assertTrue(settings.is(Setting.CREATE, "true"));
    assertTrue(settings.is(Setting.READY, "strict"));
    assertTrue(settings.is(Setting.DB_BUDGET, "fail"));
    assertEquals(Duration.ofMinutes(90), settings.duration(Setting.CLOCK_SKEW_MAX));
    assertFalse(of().is(Setting.CREATE, "true"));
    assertFalse(of().is(Setting.READY, "strict"));
    assertTrue(of().is(Setting.DB_BUDGET, "warn"));
    assertEquals(Duration.ofDays(1), of().duration(Setting.CLOCK_SKEW_MAX));
    assertEquals(
        "TALEA_CREATE is 'yes', but must be one of true, false", refusal("TALEA_CREATE", "yes"));
    assertEquals(
        "TALEA_READY is 'lax', but must be strict, or not be set", refusal("TALEA_READY", "lax"));
    assertTrue(refusal("TALEA_DB_BUDGET", "none").contains("TALEA_DB_BUDGET is 'none'"));
    for (String text : List.of("24", "1 h", "-1h", "0s", "h", "1w", "99999999999d", "900000d")) {
      String refusal = refusal("TALEA_CLOCK_SKEW_MAX", text);
      assertTrue(refusal.startsWith("TALEA_CLOCK_SKEW_MAX is '" + text + "'"), refusal);
    }
  }

  @Test
  void theLogLevelIsOursOrAPlainWordOfAnotherVariable() {
    assertEquals("info", Settings.logLevel(Map.of(), Map.of()));
    assertEquals("debug", Settings.logLevel(Map.of("TALEA_LOG_LEVEL", "DEBUG"), Map.of()));
    assertEquals("warn", Settings.logLevel(Map.of(), Map.of("TALEA_LOG_LEVEL", "warn")));
    assertEquals("trace", Settings.logLevel(Map.of("RUST_LOG", "trace"), Map.of()));
    assertEquals(
        "error",
        Settings.logLevel(Map.of("RUST_LOG", "trace", "TALEA_LOG_LEVEL", "error"), Map.of()));
    for (String filter : List.of("", "talea=debug", "warn,hyper=off")) {
      assertEquals("info", Settings.logLevel(Map.of("RUST_LOG", filter), Map.of()));
    }
    StartException refusal =
        assertThrows(
            StartException.class,
            () -> Settings.logLevel(Map.of("TALEA_LOG_LEVEL", "loud"), Map.of()));
    assertEquals(
        "TALEA_LOG_LEVEL is 'loud', but must be one of trace, debug, info, warn, error",
        refusal.getMessage());
    assertTrue(refusal("TALEA_LOG_LEVEL", "loud").contains("TALEA_LOG_LEVEL is 'loud'"));
    assertTrue(
        of("RUST_LOG", "debug")
            .describe()
            .contains(new Settings.Line("TALEA_LOG_LEVEL", "debug", Settings.Origin.RUST_LOG)));
  }

  @Test
  void aQueueTakesTheLargestBatchUnlessASmallerOneWasSet() {
    Settings large = of("TALEA_HTTP_BATCH_MAX", "50000");
    assertEquals(50_000, large.number(Setting.WRITE_QUEUE_DEPTH));
    assertEquals(List.of(), large.warnings());
    assertTrue(
        large
            .describe()
            .contains(
                new Settings.Line("TALEA_WRITE_QUEUE_DEPTH", "50000", Settings.Origin.DEFAULT)));
    Settings small = of("TALEA_WRITE_QUEUE_DEPTH", "256");
    assertEquals(256, small.number(Setting.WRITE_QUEUE_DEPTH));
    assertEquals(1, small.warnings().size());
    assertTrue(
        small.warnings().get(0).startsWith("TALEA_WRITE_QUEUE_DEPTH is 256, less than one batch"));
  }

  @Test
  void whatIsNoErrorAndHadBetterBeChangedIsSaid(@TempDir Path directory) throws Exception {
    assertEquals(List.of(), of("TALEA_API_TOKEN", "0123456789abcdef").warnings());
    String guess = of("TALEA_API_TOKEN", "x").warnings().get(0);
    assertTrue(guess.startsWith("TALEA_API_TOKEN has 1 character, which can be guessed"), guess);
    for (String bind : List.of("127.0.0.1:1", "localhost:1", "[::1]:1", "127.8.8.8:1")) {
      assertEquals(List.of(), of("TALEA_BIND", bind).warnings());
    }
    for (String bind : List.of("0.0.0.0:1", "[::]:1", "ledger.example:1")) {
      String open = of("TALEA_BIND", bind).warnings().get(0);
      assertTrue(open.startsWith("TALEA_BIND is " + bind) && open.contains("plain HTTP"), open);
    }
    Path file = Files.writeString(directory.resolve(".env"), "TALEA_API_TOKEN=0123456789abcdef\n");
    Map<String, String> environment = Map.of("TALEA_DB_URL", "log://d");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    String readable = Settings.load(environment, file).warnings().get(0);
    assertTrue(readable.contains("chmod 600 " + file), readable);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertEquals(List.of(), Settings.load(environment, file).warnings());
  }

  @Test
  void settingsCanBeLookedAtBeforeThereIsALedger(@TempDir Path directory) {
    Settings settings =
        Settings.preview(Map.of("TALEA_DB_POOL", "7"), directory.resolve("no file"));
    assertEquals(
        new Settings.Line("TALEA_DB_URL", "", Settings.Origin.UNSET), settings.describe().get(0));
    assertEquals(7, settings.number(Setting.DB_POOL));
  }

  @Test
  void misspelledVariablesAreFoundAndThoseOfTheClientAreNot() {
    Settings settings =
        of("TALEA_MAX_INFLIGT", "5", "TALEA_URL", "http://x", "TALEA_TOKEN", "t", "OTHER", "1");
    assertEquals(List.of("TALEA_MAX_INFLIGT"), settings.unknownVariables());
    assertEquals(
        List.of(
            "TALEA_MAX_INFLIGT is set, but means nothing to this version of talea; a typing error?"
                + " There is TALEA_MAX_INFLIGHT."),
        settings.unknownInWords());
    assertFalse(of("TALEA_FROBNICATOR", "1").unknownInWords().get(0).contains("There is"));
    assertEquals("balance", Nearest.to("balnace", List.of("books", "balance")));
    assertEquals("tx", Nearest.to("tz", List.of("tx", "up")));
    assertNull(Nearest.to("frobnicate", List.of("tx", "up", "balance")));
    assertNull(Nearest.to("x".repeat(1_000_000), List.of("tx")));
  }

  @Test
  void settingsAreLoadedFromAFileIfItIsThere(@TempDir Path directory) throws Exception {
    Path file = directory.resolve(".env");
    Map<String, String> environment = Map.of("TALEA_DB_URL", "log://d");
    assertEquals("log://d", Settings.load(environment, file).dbUrl().toString());
    Files.writeString(file, "TALEA_DB_URL=log://file\nTALEA_DB_POOL=7\n");
    assertEquals(7, Settings.load(environment, file).number(Setting.DB_POOL));
    Files.writeString(file, "TALEA_DB_POOL\n");
    StartException malformed =
        assertThrows(StartException.class, () -> Settings.load(environment, file));
    assertTrue(("" + malformed.getMessage()).contains(file + " line 1"), malformed::getMessage);
    Files.write(file, new byte[] {'A', '=', (byte) 0xff});
    assertThrows(StartException.class, () -> Settings.load(environment, file));
    Files.delete(file);
    Files.createDirectory(file);
    assertThrows(StartException.class, () -> Settings.load(environment, file));
  }

  /** A value of each that cannot be meant; paths and switches of the platform may be anything. */
  @Test
  void everyBadValueIsNamedWhetherOrNotItIsUsed() {
    Map<Setting, String> bad = new EnumMap<>(Setting.class);
    for (Setting setting : Setting.values()) {
      if (setting.isNumber()
          || setting.isBytes()
          || setting.isDuration()
          || !setting.words().isEmpty()) {
        bad.put(setting, "1.5 of them");
      }
    }
    for (Setting place :
        List.of(
            Setting.DB_URL,
            Setting.PROJECTION_DB_URL,
            Setting.BIND,
            Setting.WORKER_BIND,
            Setting.METRICS_BIND,
            Setting.SCRUB,
            Setting.PROJECTION_ZONE)) {
      bad.put(place, "nowhere/at:all");
    }
    bad.put(Setting.PROJECTIONS, "Not A Name");
    bad.put(Setting.ORIGIN, "https://x y");
    bad.put(Setting.API_TOKEN, "two words");
    bad.put(Setting.ASSISTANT_URL, "http://models.example.com");
    bad.put(Setting.ASSISTANT_KEY, "two words");
    Set<Setting> anything =
        EnumSet.of(
            Setting.TOKENS_FILE,
            Setting.PLUGINS,
            Setting.RECONCILE_DIR,
            Setting.RECONCILE_SOURCES,
            Setting.ASSISTANT_MODEL);
    for (Setting setting : Setting.values()) {
      Map<String, String> variables = new HashMap<>();
      variables.put("TALEA_DB_URL", "log://ledger");
      variables.put(setting.variable(), "");
      assertNamed(setting, variables);
      if (!anything.contains(setting)) {
        String value = bad.get(setting);
        assertTrue(value != null, setting + " has no bad value in this test");
        variables.put(setting.variable(), value);
        assertNamed(setting, variables);
      }
    }
  }

  private static void assertNamed(Setting setting, Map<String, String> variables) {
    StartException refusal =
        assertThrows(
            StartException.class, () -> Settings.of(variables, Map.of()), setting.variable());
    assertTrue(("" + refusal.getMessage()).startsWith(setting.variable()), refusal::getMessage);
  }
}
