// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.server.settings.Settings.Line;
import dev.talea.server.settings.Settings.Origin;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of all the ways to name a ledger counts. */
class LedgerChoiceTest {
  private static final String OURS = "postgres://u:p@ours:1/d";
  private static final String PLATFORMS = "postgres://u:p@platform:2/d";

  private static Map<String, String> variables(String... pairs) {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      variables.put(pairs[i], pairs[i + 1]);
    }
    return variables;
  }

  private static Settings of(String... pairs) {
    return Settings.of(variables(pairs), Map.of());
  }

  private static String refusal(String... pairs) {
    return "" + assertThrows(StartException.class, () -> of(pairs)).getMessage();
  }

  private static Line line(Settings settings, String variable) {
    return settings.describe().stream()
        .filter(line -> line.variable().equals(variable))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void ourOwnVariableWinsThenThePlatformsThenItsParts() {
    Settings all = of("TALEA_DB_URL", OURS, "DATABASE_URL", PLATFORMS, "POSTGRES_DBNAME", "parts");
    assertEquals("postgres://u:********@ours:1/parts", all.dbUrl().toString());
    assertEquals(Origin.ENVIRONMENT, line(all, "TALEA_DB_URL").origin());

    Settings platform = of("DATABASE_URL", PLATFORMS, "POSTGRES_DBNAME", "parts");
    assertEquals("postgres://u:********@platform:2/parts", platform.dbUrl().toString());
    assertEquals("DATABASE_URL", line(platform, "TALEA_DB_URL").origin().toString());

    Settings parts = of("POSTGRES_HOST", "h", "POSTGRES_USER", "u", "POSTGRES_PASSWORD", "p");
    assertEquals("postgres://u:********@h:5432/u", parts.dbUrl().toString());
    assertEquals("POSTGRES_*", line(parts, "TALEA_DB_URL").origin().toString());
  }

  @Test
  void aFileNamesALedgerAsWellAndTheRealEnvironmentWinsVariableByVariable() {
    Settings settings =
        Settings.of(
            variables("DATABASE_URL", PLATFORMS, "POSTGRES_PORT", "7"),
            variables("TALEA_DB_URL", OURS, "POSTGRES_PORT", "8", "POSTGRES_USER", "v"));
    assertEquals("postgres://v:********@ours:7/d", settings.dbUrl().toString());
    assertEquals(Origin.ENV_FILE, line(settings, "TALEA_DB_URL").origin());
    assertEquals(
        new Line("POSTGRES_PORT", "7", Origin.ENVIRONMENT), line(settings, "POSTGRES_PORT"));
    assertEquals(new Line("POSTGRES_USER", "v", Origin.ENV_FILE), line(settings, "POSTGRES_USER"));
    assertEquals(
        "postgres://u:********@platform:2/d",
        Settings.of(Map.of(), variables("DATABASE_URL", PLATFORMS)).dbUrl().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "POSTGRES_HOST, other, postgres://u:********@other:1/d?schema=s",
    "POSTGRES_PORT, 7, postgres://u:********@ours:7/d?schema=s",
    "POSTGRES_USER, v, postgres://v:********@ours:1/d?schema=s",
    "POSTGRES_PASSWORD, q, postgres://u:********@ours:1/d?schema=s",
    "POSTGRES_DBNAME, e, postgres://u:********@ours:1/e?schema=s",
    "POSTGRES_SCHEMA, t, postgres://u:********@ours:1/d?schema=t",
  })
  void eachReplacesItsPartOfWhateverUrlIsInForce(String variable, String value, String expected) {
    for (String url : List.of("TALEA_DB_URL", "DATABASE_URL")) {
      assertEquals(expected, of(url, OURS + "?schema=s", variable, value).dbUrl().toString());
    }
  }

  @Test
  void thePasswordOfAVariableIsTheOneThatIsUsed() {
    DbUrl url = of("TALEA_DB_URL", OURS, "POSTGRES_PASSWORD", "hush/%25@").dbUrl();
    String used =
        java.util.Objects.requireNonNull(url.postgres())
            .target("")
            .properties()
            .getProperty("password");
    assertEquals("hush/%25@", used);
  }

  @Test
  void passwordsAreMaskedWhereverSettingsAreShown() {
    Settings settings =
        of(
            "DATABASE_URL",
            "postgres://u:hush@h/d?sslpassword=hush",
            "POSTGRES_PASSWORD",
            "hush",
            "TALEA_API_TOKEN",
            "hush");
    assertFalse(settings.toString().contains("hush"), settings::toString);
    assertEquals("********", line(settings, "POSTGRES_PASSWORD").value());
  }

  @Test
  void partsThatNothingListensToAreSaidAndDoNoHarm() {
    for (String url : List.of("log://d", "sqlite://x.db")) {
      Settings settings = of("TALEA_DB_URL", url, "POSTGRES_HOST", "", "POSTGRES_PASSWORD", "hush");
      assertEquals(url, settings.dbUrl().toString());
      assertEquals(
          List.of(
              "POSTGRES_HOST, POSTGRES_PASSWORD are set, but not listened to: the ledger is "
                  + url),
          settings.warnings());
      assertEquals("ignored", line(settings, "POSTGRES_HOST").origin().toString());
      assertFalse(settings.toString().contains("hush"));
    }
    // On top of a URL they count, and what of it does not is said; what only adds to it is not.
    assertEquals(
        List.of(
            "POSTGRES_HOST, POSTGRES_PASSWORD replace their parts of the URL in TALEA_DB_URL; the"
                + " ledger is postgres://u:********@h:1/d"),
        of("TALEA_DB_URL", OURS, "POSTGRES_HOST", "h", "POSTGRES_PASSWORD", "other").warnings());
    assertEquals(
        List.of(),
        of("TALEA_DB_URL", OURS, "POSTGRES_SCHEMA", "s", "POSTGRES_PORT", "1").warnings());
    assertEquals(List.of(), of("TALEA_DB_URL", "log://d", "DATABASE_URL", PLATFORMS).warnings());
  }

  @Test
  void theDatabaseHasTwoNamesAndMustNotHaveTwoValues() {
    assertEquals(
        "postgres://u@h:5432/e",
        of("POSTGRES_HOST", "h", "POSTGRES_USER", "u", "POSTGRES_DB", "e").dbUrl().toString());
    assertEquals(
        "postgres://u@h:5432/e",
        of("POSTGRES_HOST", "h", "POSTGRES_USER", "u", "POSTGRES_DB", "e", "POSTGRES_DBNAME", "e")
            .dbUrl()
            .toString());
    StartException refusal =
        assertThrows(
            StartException.class,
            () -> of("POSTGRES_HOST", "h", "POSTGRES_DB", "e", "POSTGRES_DBNAME", "f"));
    assertEquals(
        "POSTGRES_DBNAME and POSTGRES_DB name different databases; set one of them",
        refusal.getMessage());
    Settings settings = of("TALEA_DB_URL", "log://d", "POSTGRES_DB", "e");
    assertTrue(settings.warnings().get(0).contains("POSTGRES_DB is set"), settings::toString);
    assertEquals("ignored", line(settings, "POSTGRES_DB").origin().toString());
  }

  @Test
  void anotherProgramsDatabaseIsNotOurs() {
    assertEquals(
        "log://d", of("TALEA_DB_URL", "log://d", "DATABASE_URL", "mysql://x").dbUrl().toString());
    assertEquals(
        "postgres://u@h:5432/u",
        of("DATABASE_URL", "mysql://x", "POSTGRES_HOST", "h", "POSTGRES_USER", "u")
            .dbUrl()
            .toString());
    String refusal = refusal("DATABASE_URL", "mysql://u:hush@h/d");
    assertTrue(refusal.contains("TALEA_DB_URL is not set"), refusal);
    assertTrue(refusal.contains("DATABASE_URL is no URL of PostgreSQL"), refusal);
    assertFalse(refusal.contains("hush"), refusal);
  }

  @ParameterizedTest
  @CsvSource({
    "DATABASE_URL, postgres://u:p@h:x/d, DATABASE_URL has a port",
    "DATABASE_URL, postgres://u:p@/d, DATABASE_URL names no host",
    "DATABASE_URL, postgres:/x, DATABASE_URL is not a database URL",
    "DATABASE_URL, '', 'DATABASE_URL is set, but empty'",
    "POSTGRES_HOST, h, POSTGRES_HOST names no user",
    "POSTGRES_HOST, '', 'POSTGRES_HOST is set, but empty'",
    "POSTGRES_HOST, /var/run/postgresql, POSTGRES_HOST names a Unix socket",
    "POSTGRES_USER, u, POSTGRES_USER is not enough without POSTGRES_HOST",
  })
  void whatIsWrongIsNamedByTheVariableItCameFrom(String variable, String value, String words) {
    String refusal = refusal(variable, value);
    assertTrue(refusal.contains(words), refusal);
  }

  @ParameterizedTest
  @CsvSource({
    "POSTGRES_PORT, x, POSTGRES_PORT has a port that is no number",
    "POSTGRES_PORT, '', 'POSTGRES_PORT is set, but empty'",
    "POSTGRES_PASSWORD, '', 'POSTGRES_PASSWORD is set, but empty'",
    "POSTGRES_SCHEMA, 'a,b', POSTGRES_SCHEMA names more than one schema",
  })
  void soIsAPart(String variable, String value, String words) {
    String refusal = refusal("TALEA_DB_URL", OURS, variable, value);
    assertTrue(refusal.contains(words), refusal);
  }

  @Test
  void initGoesByTheSameRules() {
    assertEquals("log://./talea-data", LedgerChoice.of(Map.of()).url().toString());
    assertEquals(Origin.DEFAULT, LedgerChoice.of(Map.of()).origin());
    assertEquals(
        "postgres://u:********@platform:2/d",
        LedgerChoice.of(variables("DATABASE_URL", PLATFORMS)).url().toString());
    LedgerChoice named =
        LedgerChoice.named(
            "--db-url",
            "postgres://u@/d",
            variables("POSTGRES_HOST", "h", "TALEA_DB_URL", OURS, "DATABASE_URL", PLATFORMS));
    assertEquals("postgres://u@h:5432/d", named.url().toString());
    assertEquals("postgres://u@/d", named.url().text());
    assertEquals(1, LedgerChoice.of(variables("POSTGRES_USER", "u")).warnings().size());
    StartException refusal =
        assertThrows(StartException.class, () -> LedgerChoice.named("--db-url", "x://y", Map.of()));
    assertTrue(("" + refusal.getMessage()).startsWith("--db-url "), refusal::getMessage);
  }
}
