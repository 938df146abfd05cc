// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a ledger may live, and what is said about places where it may not. */
class DbUrlTest {
  private static DbUrl parse(String text) {
    return DbUrl.parse("TALEA_DB_URL", text).complete();
  }

  @ParameterizedTest
  @CsvSource({
    "log://./d, log, ./d, log://./d",
    "LOG://./d, log, ./d, log://./d",
    "log:///var/lib/t, log, /var/lib/t, log:///var/lib/t",
    "log://a b/c?d#e%20, log, a b/c?d#e%20, log://a b/c?d#e%20",
    "sqlite://talea.db, sqlite, talea.db, sqlite://talea.db",
    "sqlite://./a/b.db, sqlite, ./a/b.db, sqlite://./a/b.db",
    "sqlite://../b, sqlite, ../b, sqlite://../b",
    "sqlite:///var/lib/t.db, sqlite, /var/lib/t.db, sqlite:///var/lib/t.db",
    "SQLite://t.db, sqlite, t.db, sqlite://t.db",
    "sqlite://t.db?mode=rwc, sqlite, t.db, sqlite://t.db",
    "sqlite://a b%20#.db, sqlite, a b%20#.db, sqlite://a b%20#.db",
    "sqlite://memory, sqlite, memory, sqlite://memory",
    "sqlite://.hidden, sqlite, .hidden, sqlite://.hidden",
    "postgres://u:p@h/d, postgres, '', postgres://u:********@h:5432/d",
    "postgresql://u:p@h:1/d?sslmode=require, postgres, '',"
        + " postgres://u:********@h:1/d?sslmode=require",
  })
  void aUrlNamesABackendAndAPlace(String text, String scheme, String location, String shown) {
    DbUrl url = parse(text);
    assertEquals(scheme, url.scheme());
    assertEquals(location, url.location());
    assertEquals(shown, url.toString());
    assertEquals(!scheme.equals("log"), url.isDatabase());
  }

  @Test
  void whatIsWrittenIntoAFileIsWholeAndWhatIsShownIsNot() {
    String text = "postgresql://u:hush%40hush@h/d?sslmode=require&application_name=a%20b";
    assertEquals(text, parse(text).text());
    assertFalse(parse(text).toString().contains("hush"));
    assertEquals("sqlite://x.db", parse("sqlite://x.db").text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "./d | is not a database URL; write log://DIR, sqlite://FILE or postgres://",
        "log | is not a database URL",
        "log: | is not a database URL",
        "log:/d | is not a database URL",
        "sqlite:x.db | is not a database URL",
        "sqlite::memory: | is not a database URL",
        "postgres:d | is not a database URL",
        "://d | is not a database URL",
        "/d | is not a database URL",
        "file.db | is not a database URL",
        "log:// | names no directory",
        "sqlite:// | names no file",
        "sqlite://?mode=rwc | names no file",
        "sqlite://:memory: | in memory, which would be gone with the process",
        "sqlite://file::memory:?cache=shared | in memory",
        "sqlite://x?mode=memory | in memory",
        "sqlite://x.db?cache=shared | has options",
        "sqlite://file:x.db | has options",
        "sqlite://data/ | names a directory",
        "sqlite:/// | names a directory",
        "sqlite://. | names a directory",
        "sqlite://.. | names a directory",
        "sqlite://a/.. | names a directory",
        "mysql://u:hush@h/d | names the backend 'mysql'; there are log",
        "jdbc:postgresql://h/d?password=hush | names no backend",
        "u:hush@x://d | names no backend",
        "postgres://u:hush@h:0/d | a port that is no number",
        "postgres://u:hush@/d | names no host",
        "postgres://h/d | names no user",
      })
  void whatNamesNoPlaceIsRefusedAndNoPasswordRepeated(String text, String words) {
    String refusal = "" + assertThrows(StartException.class, () -> parse(text)).getMessage();
    assertTrue(refusal.startsWith("TALEA_DB_URL "), refusal);
    assertTrue(refusal.contains(words), refusal);
    assertFalse(refusal.contains("hush"), refusal);
  }

  @Test
  void aNulEndsNoName() {
    for (String text : new String[] {"log://a\0b", "sqlite://a\0b", "postgres://u\0@h/d"}) {
      String refusal = "" + assertThrows(StartException.class, () -> parse(text)).getMessage();
      assertTrue(refusal.contains("NUL"), refusal);
    }
  }
}
