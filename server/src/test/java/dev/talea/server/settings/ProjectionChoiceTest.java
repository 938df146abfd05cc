// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.server.settings.Settings.Line;
import dev.talea.server.settings.Settings.Origin;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which projections run, where their tables lie, and what is said to nonsense. */
class ProjectionChoiceTest {
  private static final String PLATFORMS = "postgres://u:p%40ss@platform:2/d?sslmode=require";

  private static Settings of(String... pairs) {
    Map<String, String> variables = new HashMap<>();
    variables.put("TALEA_DB_URL", "log://data/ledger");
    for (int i = 0; i < pairs.length; i += 2) {
      variables.put(pairs[i], pairs[i + 1]);
    }
    return Settings.of(variables, Map.of());
  }

  private static ProjectionChoice all(String... pairs) {
    String[] more = new String[pairs.length + 2];
    more[0] = "TALEA_PROJECTIONS";
    more[1] = "all";
    System.arraycopy(pairs, 0, more, 2, pairs.length);
    return of(more).projections();
  }

  private static String refusal(String... pairs) {
    return "" + assertThrows(StartException.class, () -> of(pairs)).getMessage();
  }

  @Test
  void noneRunUnlessTheyAreNamed() {
    Settings settings = of();
    assertTrue(settings.projections().isNone());
    assertNull(settings.projections().target());
    assertEquals(8, settings.number(Setting.PROJECTION_RUNNERS));
    assertEquals(2, settings.number(Setting.PROJECTION_POOL_SIZE));
    assertEquals(3, settings.number(Setting.PROJECTION_MAX_OVERFLOW));
    assertEquals(Duration.ofSeconds(10), settings.duration(Setting.PROJECTION_LEASE));
    assertTrue(settings.is(Setting.CREATE_TABLE, "true"));
    assertEquals(ZoneId.of("UTC"), settings.projectionZone());
    assertTrue(of("TALEA_PROJECTIONS", "None").projections().isNone());
    assertTrue(of("TALEA_PROJECTIONS", "ALL").projections().all());
    assertEquals(
        List.of("postings", "daily-balances"),
        of("TALEA_PROJECTIONS", "postings, daily-balances").projections().names());
  }

  @Test
  void namesThatAreNoneAreRefused() {
    for (String bad :
        List.of("Postings", "postings,", ",", "1x", "a b", "all,none", "postings,all")) {
      String refusal = refusal("TALEA_PROJECTIONS", bad);
      assertTrue(refusal.startsWith("TALEA_PROJECTIONS is '" + bad + "'"), refusal);
    }
    assertEquals(
        "TALEA_PROJECTIONS names 'postings' twice",
        refusal("TALEA_PROJECTIONS", "postings,postings"));
  }

  @Test
  void aFileBesideTheLedgerIsTheDefault() {
    assertEquals("sqlite://data/projections.db", "" + all().target());
    assertEquals("sqlite://projections.db", "" + all("TALEA_DB_URL", "log://./d").target());
    assertEquals(
        "sqlite:///var/x/projections.db",
        "" + all("TALEA_DB_URL", "sqlite:///var/x/t.db").target());
    assertEquals(Origin.DEFAULT, all().origin());
    assertNull(all().schema());
  }

  @Test
  void aPlatformsDatabaseIsTakenForTablesAndSaidNowhereToBeIgnored() {
    Settings settings =
        of("TALEA_PROJECTIONS", "all", "DATABASE_URL", PLATFORMS, "POSTGRES_DBNAME", "other");
    DbUrl.Login login = requireNonNull(requireNonNull(settings.projections().target()).login());
    assertEquals("p@ss", login.properties().getProperty("password"));
    assertEquals("require", login.properties().getProperty("sslmode"));
    assertTrue(login.jdbcUrl().endsWith("/other"), login.jdbcUrl());
    assertEquals("talea_projection", settings.projections().schema());
    assertEquals(List.of(), settings.warnings());
    assertTrue(
        settings.describe().contains(new Line("POSTGRES_DBNAME", "other", Origin.ENVIRONMENT)));
    assertFalse(settings.describe().toString().contains("p%40ss"));

    ProjectionChoice parts =
        all("POSTGRES_HOST", "h", "POSTGRES_USER", "u", "POSTGRES_SCHEMA", "s");
    assertEquals(Origin.POSTGRES_VARIABLES, parts.origin());
    assertEquals("s", parts.schema());
    // Without projections it is none of their business, as before.
    assertEquals(1, of("POSTGRES_HOST", "h").warnings().size());
    assertNull(of("DATABASE_URL", "postgres://u:p@h:99999/d").projections().target());
  }

  @Test
  void aLedgerInPostgresqlHasThemInASchemaBesideItsOwn() {
    String ledger = "postgres://u:p@h/d";
    assertEquals("talea_projection", all("TALEA_DB_URL", ledger).schema());
    assertEquals("bank_projection", all("TALEA_DB_URL", ledger + "?schema=bank").schema());
    assertEquals(
        "bi",
        all(
                "TALEA_DB_URL",
                ledger + "?schema=bank",
                "TALEA_PROJECTION_DB_URL",
                ledger + "?schema=bi")
            .schema());
    assertEquals(
        "bank_projection",
        all("TALEA_DB_URL", ledger + "?schema=bank", "TALEA_PROJECTION_DB_URL", "postgres://u@x/y")
            .schema());
    String odd = refusal("TALEA_PROJECTIONS", "all", "TALEA_DB_URL", ledger + "?schema=a-b");
    assertTrue(odd.contains("'a-b_projection'"), odd);
  }

  @Test
  void thePlaceOfTheLedgerItselfIsRefused() {
    String file =
        refusal(
            "TALEA_PROJECTIONS", "all",
            "TALEA_DB_URL", "sqlite://x/t.db",
            "TALEA_PROJECTION_DB_URL", "sqlite://./x/../x/t.db");
    assertTrue(file.startsWith("TALEA_PROJECTION_DB_URL names the place of the ledger"), file);
    String url = "postgres://u:p@h/d?schema=bank";
    String schema =
        refusal("TALEA_PROJECTIONS", "all", "TALEA_DB_URL", url, "TALEA_PROJECTION_DB_URL", url);
    assertTrue(schema.endsWith("name another schema"), schema);
    String logs = refusal("TALEA_PROJECTION_DB_URL", "log://x");
    assertTrue(logs.startsWith("TALEA_PROJECTION_DB_URL names a directory of logs"), logs);
  }

  @Test
  void theModuleIsThatOfTheTarget() {
    all("PERSISTENCE_MODULE", "eventsourcing.sqlite");
    all("PERSISTENCE_MODULE", "eventsourcing.postgres", "DATABASE_URL", PLATFORMS);
    of("PERSISTENCE_MODULE", "eventsourcing.postgres"); // no projections, nothing to contradict
    String other =
        refusal("TALEA_PROJECTIONS", "all", "PERSISTENCE_MODULE", "eventsourcing.postgres");
    assertTrue(other.contains("set it to eventsourcing.sqlite"), other);
    String memory = refusal("PERSISTENCE_MODULE", "eventsourcing.popo");
    assertTrue(memory.startsWith("PERSISTENCE_MODULE is 'eventsourcing.popo'"), memory);
    assertTrue(memory.contains("memory"), memory);
    assertTrue(refusal("PERSISTENCE_MODULE", "x").startsWith("PERSISTENCE_MODULE is 'x'"));
  }

  @Test
  void otherValuesThatMakeNoSenseAreNamed() {
    for (String variable :
        List.of("TALEA_PROJECTION_LEASE", "CREATE_TABLE", "TALEA_PROJECTION_ZONE")) {
      String refusal = refusal(variable, "500ms");
      assertTrue(refusal.startsWith(variable + " is '500ms', but must be"), refusal);
    }
    String pool =
        refusal("POSTGRES_PROJECTION_POOL_SIZE", "1", "POSTGRES_PROJECTION_MAX_OVERFLOW", "0");
    assertTrue(pool.startsWith("POSTGRES_PROJECTION_POOL_SIZE and"), pool);
    assertEquals(
        ZoneId.of("Europe/Prague"), of("TALEA_PROJECTION_ZONE", "Europe/Prague").projectionZone());
  }
}
