// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.PostgresUrl.Part;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

/** URLs as platforms and people write them, and what the driver makes of the result. */
class PostgresUrlTest {
  private static final String WHAT = "TALEA_DB_URL";

  private static PostgresTarget target(String url) {
    return PostgresUrl.parse(WHAT, url).target(WHAT);
  }

  /** Where the driver itself would connect to. */
  private static Properties understood(PostgresTarget target) {
    Properties properties = Driver.parseURL(target.jdbcUrl(), target.properties());
    assertNotNull(properties, target.jdbcUrl());
    return properties;
  }

  private static String refusal(String url) {
    String message = "" + assertThrows(SqlStoreException.class, () -> target(url)).getMessage();
    assertTrue(message.startsWith(WHAT + " "), message);
    return message;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // url | hosts | ports | user | password | database
        "postgres://u:p@h:6432/d              | h            | 6432      | u       | p      | d",
        "postgresql://u:p@h:6432/d            | h            | 6432      | u       | p      | d",
        "POSTGRES://u:p@h/d                   | h            | 5432      | u       | p      | d",
        "postgres://u@h/d                     | h            | 5432      | u       | -      | d",
        "postgres://u:@h/d                    | h            | 5432      | u       | -      | d",
        "postgres://u:p@h                     | h            | 5432      | u       | p      | u",
        "postgres://u:p@h/                    | h            | 5432      | u       | p      | u",
        "postgres://u:p@h:/d                  | h            | 5432      | u       | p      | d",
        "postgres://u:p@h?sslmode=require     | h            | 5432      | u       | p      | u",
        // percent-encoding: UTF-8, and a plus sign is a plus sign
        "postgres://u%40x:p%40%2F%3F%25@h/d   | h            | 5432      | u@x     | p@/?%  | d",
        "postgres://u:a+b%2Bc%20d@h/d         | h            | 5432      | u       | a+b+c d | d",
        "postgres://u:gr%C3%BC%C3%9F@h/d      | h            | 5432      | u       | grüß   | d",
        "postgres://u:grüß@h/d                | h            | 5432      | u       | grüß   | d",
        "postgres://u:%F0%9F%8F%A6@h/d        | h            | 5432      | u       | 🏦     | d",
        "postgres://u:p@h/my%20da+ta%2Fbase   | h            | 5432      | u       | p      | my da+ta/base",
        "postgres://u:p@%68ost/d              | host         | 5432      | u       | p      | d",
        // characters that need no escape, whatever people fear
        "postgres://u:p:q@h/d                 | h            | 5432      | u       | p:q    | d",
        "postgres://u:p@q@h/d                 | h            | 5432      | u       | p@q    | d",
        "postgres://u:p#q&r=s@h/d             | h            | 5432      | u       | p#q&r=s | d",
        "postgres://u:[p]@h/d                 | h            | 5432      | u       | [p]    | d",
        // hosts
        "postgres://u@127.0.0.1:1/d           | 127.0.0.1    | 1         | u       | -      | d",
        "postgres://u@db_1.int-ernal.:65535/d | db_1.int-ernal. | 65535  | u       | -      | d",
        "postgres://u@[::1]/d                 | [::1]        | 5432      | u       | -      | d",
        "postgres://u@[2001:db8::7]:6000/d    | [2001:db8::7] | 6000     | u       | -      | d",
        "postgres://u@[fe80::1%25eth0]:6000/d | [fe80::1%eth0] | 6000    | u       | -      | d",
        "postgres://u@a:1,b:2/d               | a,b          | 1,2       | u       | -      | d",
        "postgres://u@a,b,c:3/d               | a,b,c        | 5432,5432,3 | u     | -      | d",
        "postgres://u@[::1]:1,b/d             | [::1],b      | 1,5432    | u       | -      | d",
        // parts that stand among the options
        "postgres://u:p@/d?host=h             | h            | 5432      | u       | p      | d",
        "postgres:///d?host=h&port=1&user=u&password=p | h   | 1         | u       | p      | d",
        "postgres:///?host=a,b&port=1,2&user=u&dbname=d | a,b | 1,2      | u       | -      | d",
        "postgres:///?port=1&host=a,b&user=u&dbname=d | a,b  | 1,1       | u       | -      | d",
        "postgres://u@h:1/d?port=2            | h            | 2         | u       | -      | d",
        "postgres:///d?host=::1&user=u        | [::1]        | 5432      | u       | -      | d",
      })
  void everyPartIsFoundAndTheDriverFindsItToo(
      String url,
      String hosts,
      String ports,
      String user,
      @Nullable String password,
      String database) {
    PostgresTarget target = target(url);
    Properties driver = understood(target);
    assertEquals(hosts, driver.getProperty("PGHOST"));
    assertEquals(ports, driver.getProperty("PGPORT"));
    assertEquals(database, driver.getProperty("PGDBNAME"));
    assertEquals(user, driver.getProperty("user"));
    assertEquals(password, driver.getProperty("password"));
    assertNull(target.schema());
    if (password != null) {
      assertFalse(target.jdbcUrl().contains("password"), target.jdbcUrl());
    }
  }

  @Test
  void whatIsNotChosenIsChosenForALedger() {
    Properties one = target("postgres://u:p@h/d").properties();
    assertEquals("talea", one.getProperty("ApplicationName"));
    assertEquals("true", one.getProperty("tcpKeepAlive"));
    assertEquals("5", one.getProperty("connectTimeout"));
    assertEquals("11", one.getProperty("loginTimeout"));
    assertEquals("30", one.getProperty("socketTimeout"));
    assertEquals("true", one.getProperty("reWriteBatchedInserts"));
    assertEquals("14", one.getProperty("assumeMinServerVersion"));
    assertEquals("primary", one.getProperty("targetServerType"));
    assertEquals("21", target("postgres://u@a,b/d").properties().getProperty("loginTimeout"));
    assertEquals(
        "49",
        target("postgres://u@a,b/d?connect_timeout=19").properties().getProperty("loginTimeout"),
        "as long as the URL says, for each host");
  }

  @Test
  void propertiesAreCopied() {
    PostgresTarget target = target("postgres://u:p@h/d?socketTimeout=7");
    assertEquals("7", target.properties().getProperty("socketTimeout"));
    target.properties().setProperty("user", "another");
    assertEquals("u", target.properties().getProperty("user"));
  }

  @ParameterizedTest
  @CsvSource({
    // as psql spells them
    "sslmode=disable, sslmode, disable",
    "sslmode=require, sslmode, require",
    "sslmode=verify-full, sslmode, verify-full",
    "sslmode=require&sslrootcert=/ca.pem, sslmode, verify-ca",
    "sslmode=require&sslrootcert=/ca.pem, sslrootcert, /ca.pem",
    "sslrootcert=system, sslmode, verify-full",
    "sslmode=verify-full&sslrootcert=system, sslfactory, org.postgresql.ssl.DefaultJavaSSLFactory",
    "sslcert=%2Fa%20b.crt, sslcert, /a b.crt",
    "sslkey=/k.pk8, sslkey, /k.pk8",
    "sslpassword=geheim, sslpassword, geheim",
    "sslnegotiation=direct, sslNegotiation, direct",
    "application_name=shop%2B1, ApplicationName, shop+1",
    "connect_timeout=3, connectTimeout, 3",
    "channel_binding=require, channelBinding, require",
    "gssencmode=disable, gssEncMode, disable",
    "require_auth=scram-sha-256, requireAuth, scram-sha-256",
    "krbsrvname=pg, kerberosServerName, pg",
    "keepalives=0, tcpKeepAlive, false",
    "target_session_attrs=read-write, targetServerType, primary",
    "target_session_attrs=primary, targetServerType, primary",
    "target_session_attrs=prefer-primary, targetServerType, preferPrimary",
    "target_session_attrs=any, targetServerType, any",
    "load_balance_hosts=random, loadBalanceHosts, true",
    "options=-c%20work_mem%3D8MB, options, -c work_mem=8MB",
    "pgbouncer=true, prepareThreshold, 0",
    // as the driver spells them
    "ApplicationName=x, ApplicationName, x",
    "targetServerType=preferPrimary, targetServerType, preferPrimary",
    "tcpKeepAlive=false, tcpKeepAlive, false",
    "socketTimeout=0, socketTimeout, 0",
    "prepareThreshold=-1, prepareThreshold, -1",
    "ssl=true, ssl, true",
    "sslfactory=my.Factory, sslfactory, my.Factory",
  })
  void optionsReachTheDriver(String option, String property, String value) {
    Properties driver = understood(target("postgres://u:p@h/d?" + option));
    assertEquals(value, driver.getProperty(property));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF8", "utf-8", "UTF-8", "auto", "Unicode"})
  void theOneEncodingThereIsMayBeNamed(String encoding) {
    Properties driver = target("postgres://u@h/d?client_encoding=" + encoding).properties();
    assertNull(driver.getProperty("client_encoding"));
  }

  @ParameterizedTest
  @CsvSource({
    "schema=books, books",
    "currentSchema=books, books",
    "search_path=books, books",
    "schema=My%20Books, My Books",
  })
  void theSchemaIsNoOptionOfTheDriver(String option, String schema) {
    PostgresTarget target = target("postgres://u:p@h/d?" + option);
    assertEquals(schema, target.schema());
    assertNull(target.properties().getProperty("currentSchema"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgres://u:p@h/d?sslmod=require         | unknown option, 'sslmod'; known are",
        "postgres://u:p@h/d?SSLMODE=require        | unknown option, 'SSLMODE'",
        "postgres://u:p@h/d?a%20b=1                | unknown option, which is no name",
        "postgres://u:p@h/d?sslcrl=/x              | sslcrl, for which the driver",
        "postgres://u:p@h/d?tcp_user_timeout=1     | tcp_user_timeout, for which the driver",
        "postgres://u:p@h/d?readOnly=true          | readOnly, which the ledger has to decide",
        "postgres://u:p@h/d?autosave=always        | autosave, which the ledger has to decide",
        "postgres://u:p@h/d?PGHOST=x               | PGHOST, which the ledger",
        "postgres://u:p@h/d?sslmode                | an option without a value",
        "postgres://u:p@h/d?=x                     | an option without a value",
        "postgres://u:p@h/d?sslmode=require&       | an option without a value",
        "postgres://u:p@h/d?ssl=true&ssl=true      | the option ssl twice",
        "postgres://u:p@h/d?schema=a&currentSchema=b | the schema twice",
        "postgres://u:p@h/d?connect_timeout=3&connectTimeout=4 | two things about connecttimeout",
        "postgres://u:p@h/d?sslmode=maybe          | has sslmode=maybe; known are disable, allow",
        "postgres://u:p@h/d?sslrootcert=system&sslmode=require | goes with sslmode=verify-full",
        "postgres://u:p@h/d?channel_binding=x      | has channel_binding=x; known are disable",
        "postgres://u:p@h/d?connect_timeout=soon   | connect_timeout=soon, which is no whole number",
        "postgres://u:p@h/d?tcpNoDelay=1           | tcpNoDelay=1, which is neither true nor false",
        "postgres://u:p@h/d?keepalives=2           | has keepalives=2; known are 0, 1",
        "postgres://u:p@h/d?target_session_attrs=standby | target_session_attrs=standby; known are any",
        "postgres://u:p@h/d?client_encoding=latin1 | only UTF8 works",
        "postgres://u:p@h/d?schema=a,b             | names more than one schema",
        "postgres://u:p@h/d?schema=pg_temp         | belongs to PostgreSQL itself",
        "postgres://u:p@h/d?schema=                | leaves the schema empty",
        "postgres://u:p@h/d?sslcert=%zz            | '%' that begins no escape in an option",
        "postgres://u:p@h/d?sslcert=%c3            | escapes in an option that are not UTF-8",
        "postgres://u:p@h:0/d                      | no number from 1 to 65535",
        "postgres://u:p@h:65536/d                  | no number from 1 to 65535",
        "postgres://u:p@h:5432:1/d                 | no number from 1 to 65535",
        "postgres://u:p@::1/d                      | no number from 1 to 65535",
        "postgres://u:p@h,/d                       | a comma without a host",
        "postgres://u:p@h h/d                      | no host where the host is expected",
        "postgres://u:p@[h]/d                      | no host where the host is expected",
        "postgres://u:p@[::1/d                     | no host where the host is expected",
        "postgres:///d?user=u                      | names no host",
        "postgres://u:p@/d                         | names no host",
        "postgres://u:p@:5432/d                    | names no host",
        "postgres://                               | names no host",
        "postgres://h/d                            | names no user",
        "postgres://:p@h/d                         | names no user",
        "postgres://u:p@%2Fvar%2Frun/d             | names a Unix socket",
        "postgres://u:p@/d?host=/var/run           | names a Unix socket",
        "postgres:///d?host=a,b,c&port=1,2&user=u  | gives 2 ports for 3 hosts",
        "postgres://u:p@h/a/b                      | where only a database and options can be",
        "postgres://u:p%00@h/d                     | a NUL character in the password",
        "postgres://u:p@h/d%00                     | a NUL character in the database",
        "mysql://u:p@h/d                           | is not a URL of PostgreSQL",
        "jdbc:postgresql://h/d                     | is not a URL of PostgreSQL",
        "postgres:u                                | is not a URL of PostgreSQL",
      })
  void whatCannotBeMeantIsRefusedWithWhatToDo(String url, String words) {
    String refusal = refusal(url);
    assertTrue(refusal.contains(words), refusal);
  }

  @Test
  void aNameThatTheServerWouldCutIsRefused() {
    target("postgres://u:p@h/" + "d".repeat(63));
    assertTrue(refusal("postgres://u:p@h/" + "d".repeat(64)).contains("64 bytes"));
    assertTrue(refusal("postgres://u:p@h/" + "%C3%BC".repeat(32)).contains("64 bytes"));
  }

  @Test
  void theListOfWhatIsKnownIsInTheRefusal() {
    String refusal = refusal("postgres://u:p@h/d?nonsense=1");
    for (String known :
        new String[] {"sslmode", "application_name", "target_session_attrs", "socketTimeout"}) {
      assertTrue(refusal.contains(known), refusal);
    }
    assertFalse(refusal.contains("autosave"), refusal);
  }

  /** Where the raw character makes pieces of the password look like something else. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres://u:hush/hush@h/d",
        "postgres://u:12/hush@h/d",
        "postgres://u:12/hush@h:5432/d?sslmode=require",
        "postgres://u:hush?hush@h/d",
        "postgres://u:12?hush=hush@h/d",
        "postgres://u:12?hush@h/d",
        "postgres://u:12/d?hush=a@b",
        "postgres://u:hush%hush@h/d",
        "postgres://u:hush%",
        "postgres://u:hush%e4hush@h/d",
        "postgres://u:hush",
        "postgres://u:hush/d",
        "postgres://hush hush@x y/d",
        "postgres://u:hush%00@h/d",
        "postgres://u:hush@h/d?nonsense=hush",
        "postgres://u:hush@/d",
        "postgres://:hush@h/d",
        "mysql://u:hush@h/d",
      })
  void noRefusalRepeatsAnythingThatMayBeThePassword(String url) {
    assertFalse(refusal(url).contains("hush"), refusal(url));
  }

  @Test
  void secretsAreInNoText() {
    String url = "postgres://u:hush%40hush@h,[::1]:1/d?sslmode=require&sslpassword=hush&schema=s";
    PostgresUrl parsed = PostgresUrl.parse(WHAT, url);
    assertEquals(
        "postgres://u:********@h:5432,[::1]:1/d?sslmode=require&sslpassword=********&schema=s",
        parsed.toString());
    assertFalse(parsed.target(WHAT).toString().contains("hush"));
    assertEquals("postgres://u@h:5432/u", PostgresUrl.parse(WHAT, "postgres://u@h").toString());
  }

  @Test
  void whatIsShownIsAUrlThatMeansTheSame() {
    String url =
        "postgres://a%20b@h:1/d%2Fe?application_name=x%26y&sslrootcert=/a:b,c/ca.pem&schema=s%20t";
    String shown = PostgresUrl.parse(WHAT, url).toString();
    assertEquals(url, shown);
    assertEquals(target(url).jdbcUrl(), target(shown).jdbcUrl());
    assertEquals(target(url).properties(), target(shown).properties());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HOST     | other         | postgres://u:********@other:6000/d?schema=s",
        "HOST     | other:7000    | postgres://u:********@other:7000/d?schema=s",
        "HOST     | a,b:1         | postgres://u:********@a:6000,b:1/d?schema=s",
        "HOST     | ::1           | postgres://u:********@[::1]:6000/d?schema=s",
        "HOST     | [::1]:7       | postgres://u:********@[::1]:7/d?schema=s",
        "PORT     | 7000          | postgres://u:********@h:7000/d?schema=s",
        "USER     | a@b           | postgres://a%40b:********@h:6000/d?schema=s",
        "PASSWORD | other         | postgres://u:********@h:6000/d?schema=s",
        "DBNAME   | e             | postgres://u:********@h:6000/e?schema=s",
        "SCHEMA   | t             | postgres://u:********@h:6000/d?schema=t",
      })
  void eachVariableReplacesItsPart(Part part, String value, String expected) {
    PostgresUrl url = PostgresUrl.parse(WHAT, "postgres://u:p@h:6000/d?schema=s");
    assertEquals(expected, url.with(part, "POSTGRES_" + part, value).toString());
  }

  @Test
  void aPasswordFromAVariableIsTakenAsItIs() {
    PostgresUrl url = PostgresUrl.parse(WHAT, "postgres://u:p@h/d");
    PostgresTarget target =
        url.with(Part.PASSWORD, "POSTGRES_PASSWORD", "100%25 /?#@:+").target(WHAT);
    assertEquals("100%25 /?#@:+", target.properties().getProperty("password"));
  }

  @Test
  void theVariablesAloneAreEnoughInAnyOrder() {
    PostgresTarget target =
        PostgresUrl.EMPTY
            .with(Part.PORT, "POSTGRES_PORT", "7000")
            .with(Part.HOST, "POSTGRES_HOST", "h")
            .with(Part.USER, "POSTGRES_USER", "u")
            .target("POSTGRES_HOST");
    assertEquals("jdbc:postgresql://h:7000/u", target.jdbcUrl());
    assertNull(target.properties().getProperty("password"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HOST | a b | no host where",
        "HOST | /var/run/postgresql | names a Unix socket",
        "HOST | '' | is empty",
        "PORT | x | no number",
        "PORT | '' | is empty",
        "PORT | 1,2 | gives 2 ports for 1 hosts",
        "USER | '' | is empty",
        "DBNAME | '' | is empty",
        "SCHEMA | a,b | more than one schema",
      })
  void aBadVariableIsNamed(Part part, String value, String words) {
    PostgresUrl url = PostgresUrl.parse(WHAT, "postgres://u:p@h/d");
    String refusal =
        ""
            + assertThrows(SqlStoreException.class, () -> url.with(part, "POSTGRES_" + part, value))
                .getMessage();
    assertTrue(refusal.startsWith("POSTGRES_" + part + " "), refusal);
    assertTrue(refusal.contains(words), refusal);
  }
}
