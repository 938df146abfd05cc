// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * The options of a {@link PostgresUrl}: which there are, what the driver calls them, and what is in
 * force if nothing is said. Both spellings are understood, those of {@code psql} (libpq) and the
 * driver's own; anything else is refused by name, because an option that is silently not in force
 * may be the one that asked for encryption.
 *
 * <p>Apart from the URL because this changes with the driver, and that does not. Stateless.
 */
final class PostgresOptions {
  /** Options of libpq that only the driver spells differently. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "application_name", "ApplicationName",
          "connect_timeout", "connectTimeout",
          "channel_binding", "channelBinding",
          "gssencmode", "gssEncMode",
          "krbsrvname", "kerberosServerName",
          "require_auth", "requireAuth",
          "sslnegotiation", "sslNegotiation");

  /** Options of libpq whose values mean something else to the driver; see {@link #translate}. */
  private static final Set<String> TRANSLATED =
      Set.of(
          "target_session_attrs",
          "load_balance_hosts",
          "keepalives",
          "client_encoding",
          "pgbouncer",
          "sslmode",
          "sslrootcert");

  /** Options that are parts of the URL by another name; {@link PostgresUrl} takes them itself. */
  private static final Set<String> PARTS =
      Set.of(
          "host", "port", "user", "password", "dbname", "schema", "currentSchema", "search_path");

  /** What libpq has and the driver has not. Saying so helps more than "unknown". */
  private static final Set<String> LIBPQ_ONLY =
      Set.of(
          "fallback_application_name",
          "gssdelegation",
          "hostaddr",
          "keepalives_count",
          "keepalives_idle",
          "keepalives_interval",
          "load_balance",
          "passfile",
          "requirepeer",
          "servicefile",
          "ssl_max_protocol_version",
          "ssl_min_protocol_version",
          "sslcertmode",
          "sslcompression",
          "sslcrl",
          "sslcrldir",
          "sslsni",
          "tcp_user_timeout");

  /**
   * Options of the driver that would change what the store's statements mean, or that have a place
   * of their own in the URL.
   */
  private static final Set<String> NOT_TO_CHOOSE =
      Set.of(
          "PGDBNAME",
          "PGHOST",
          "PGPORT",
          "adaptiveFetch",
          "allowEncodingChanges",
          "autosave",
          "cleanupSavepoints",
          "convertBooleanToNumeric",
          "defaultRowFetchSize",
          "escapeSyntaxCallMode",
          "loggerFile",
          "loggerLevel",
          "preferQueryMode",
          "protocolVersion",
          "readOnly",
          "readOnlyMode",
          "replication",
          "service",
          "stringtype");

  private static final Set<String> SECRETS = Set.of("sslpassword", "password");

  private static final String PREFER_PRIMARY = "primary";

  private PostgresOptions() {}

  /** Whether the value of an option must not be shown. */
  static boolean isSecret(String name) {
    return SECRETS.contains(name);
  }

  /** Refuses an option that is not known; its name only, as the value may be a secret. */
  static void checkKnown(String what, String name) {
    if (LIBPQ_ONLY.contains(name)) {
      throw PostgresUrl.refused(
          what, "has the option " + name + ", for which the driver of this program has nothing");
    }
    if (NOT_TO_CHOOSE.contains(name)) {
      throw PostgresUrl.refused(
          what, "has the option " + name + ", which the ledger has to decide for itself");
    }
    boolean known =
        PARTS.contains(name)
            || RENAMED.containsKey(name)
            || TRANSLATED.contains(name)
            || PGProperty.forName(name) != null;
    if (!known) {
      throw PostgresUrl.refused(
          what,
          "has an unknown option, "
              + shown(name)
              + "; known are "
              + String.join(", ", ofLibpq())
              + ", and those of the driver: "
              + String.join(", ", ofDriver()));
    }
  }

  /** A name that is one, and not half a password, is repeated. */
  private static String shown(String name) {
    return name.matches("[A-Za-z_]{1,40}") ? "'" + name + "'" : "which is no name";
  }

  private static Set<String> ofLibpq() {
    Set<String> names = new TreeSet<>(RENAMED.keySet());
    names.addAll(TRANSLATED);
    names.addAll(PARTS);
    names.remove("currentSchema");
    // Spelled alike on both sides.
    names.addAll(List.of("gsslib", "options", "sslcert", "sslkey", "sslpassword"));
    return names;
  }

  private static Set<String> ofDriver() {
    Set<String> names = new TreeSet<>();
    for (PGProperty property : PGProperty.values()) {
      names.add(property.getName());
    }
    names.removeAll(NOT_TO_CHOOSE);
    names.removeAll(ofLibpq());
    return names;
  }

  /** Refuses values that make no sense, now and not at the first connection. */
  static void check(String what, Map<String, String> options) {
    Map<String, String> properties = new LinkedHashMap<>();
    options.forEach((name, value) -> translate(what, options, name, value, properties));
  }

  /**
   * What the driver is told.
   *
   * @param options checked already
   */
  static Properties properties(
      String user, @Nullable String password, int hosts, Map<String, String> options) {
    Map<String, String> chosen = new LinkedHashMap<>();
    options.forEach((name, value) -> translate("The URL", options, name, value, chosen));
    Properties properties = new Properties();
    String connect = chosen.get(PGProperty.CONNECT_TIMEOUT.getName());
    defaults(hosts, connect == null ? CONNECT_SECONDS_MAX : Integer.parseInt(connect))
        .forEach(properties::setProperty);
    chosen.forEach(properties::setProperty);
    properties.setProperty(PGProperty.USER.getName(), user);
    if (password != null) {
      properties.setProperty(PGProperty.PASSWORD.getName(), password);
    }
    return properties;
  }

  private static Map<String, String> defaults(int hosts, int connectSeconds) {
    Map<String, String> defaults = new LinkedHashMap<>();
    // So that an administrator sees in pg_stat_activity whose connections these are.
    put(defaults, PGProperty.APPLICATION_NAME, "talea");
    // A server that vanishes without a word (a pulled cable, a firewall that forgets) is noticed
    // by the kernel even on a connection that only waits, as the one that listens does.
    put(defaults, PGProperty.TCP_KEEP_ALIVE, "true");
    // A host that does not answer at all costs this long before the next one is tried.
    put(defaults, PGProperty.CONNECT_TIMEOUT, Integer.toString(CONNECT_SECONDS_MAX));
    // One that accepts and then says nothing, as a pooler without a server or a server that is
    // shutting down may, is not covered by that, but by PostgresLogin; this bounds the whole of it.
    put(
        defaults,
        PGProperty.LOGIN_TIMEOUT,
        Integer.toString((connectSeconds + PostgresLogin.LOGIN_SECONDS) * hosts + 1));
    // After a failover the old server may be gone so thoroughly that no packet comes back. No
    // caller
    // waits for an answer longer than a request may take; see PostgresLogin for the connections
    // that wait on purpose.
    put(defaults, PGProperty.SOCKET_TIMEOUT, Integer.toString(SOCKET_SECONDS_MAX));
    // Rows of a batch travel as one statement with many rows: about twice as fast at 1,000 rows.
    put(defaults, PGProperty.REWRITE_BATCHED_INSERTS, "true");
    // The oldest server there is support for. Saves a round trip per connection: what the driver
    // would ask and set afterwards goes along with the greeting.
    put(defaults, PGProperty.ASSUME_MIN_SERVER_VERSION, "14");
    // A ledger writes. A standby would take the connection, and refuse every commit.
    put(defaults, PGProperty.TARGET_SERVER_TYPE, PREFER_PRIMARY);
    // The driver remembers for this long which host was the primary; after a failover that is how
    // long it goes on passing over the new one.
    put(defaults, PGProperty.HOST_RECHECK_SECONDS, "2");
    return defaults;
  }

  /** A server in the same data centre answers within a millisecond; across oceans within one. */
  private static final int CONNECT_SECONDS_MAX = 5;

  /** As long as a request may take: the caller has gone by then. */
  private static final int SOCKET_SECONDS_MAX = 30;

  private static void put(Map<String, String> defaults, PGProperty property, String value) {
    defaults.put(property.getName(), value);
  }

  private static void translate(
      String what,
      Map<String, String> options,
      String name,
      String value,
      Map<String, String> properties) {
    switch (name) {
      case "target_session_attrs" ->
          set(
              what,
              name,
              PGProperty.TARGET_SERVER_TYPE,
              sessionAttributes(what, value),
              properties);
      case "load_balance_hosts" ->
          set(
              what,
              name,
              PGProperty.LOAD_BALANCE_HOSTS,
              oneOf(what, name, value, Map.of("disable", "false", "random", "true")),
              properties);
      case "keepalives" ->
          set(
              what,
              name,
              PGProperty.TCP_KEEP_ALIVE,
              oneOf(what, name, value, Map.of("0", "false", "1", "true")),
              properties);
      case "client_encoding" -> {
        if (!value.replace("-", "").matches("(?i)utf8|unicode|auto")) {
          throw PostgresUrl.refused(what, "has client_encoding=" + value + "; only UTF8 works");
        }
      }
      case "pgbouncer" -> {
        // As other clients spell "through a pooler that hands connections out per transaction":
        // statements prepared by name would be found, or not found, on the connection of another
        // client.
        if (oneOf(what, name, value, Map.of("true", "true", "false", "false")).equals("true")) {
          set(what, name, PGProperty.PREPARE_THRESHOLD, "0", properties);
        }
      }
      case "sslmode" -> set(what, name, PGProperty.SSL_MODE, sslMode(options, value), properties);
      case "sslrootcert" -> rootCertificate(what, options, value, properties);
      default -> other(what, name, value, properties);
    }
  }

  private static String sessionAttributes(String what, String value) {
    return oneOf(
        what,
        "target_session_attrs",
        value,
        Map.of(
            "any",
            "any",
            "read-write",
            PREFER_PRIMARY,
            "primary",
            PREFER_PRIMARY,
            "prefer-primary",
            "preferPrimary"));
  }

  /**
   * With a root certificate at hand libpq verifies even if only encryption was asked for; the
   * driver does not. What psql would refuse is not to be let through.
   */
  private static String sslMode(Map<String, String> options, String value) {
    boolean verifies = value.equals("require") && options.containsKey("sslrootcert");
    return verifies ? "verify-ca" : value;
  }

  /** {@code system} is libpq's word for "whom this machine trusts", and insists on verification. */
  private static void rootCertificate(
      String what, Map<String, String> options, String value, Map<String, String> properties) {
    if (!value.equals("system")) {
      set(what, "sslrootcert", PGProperty.SSL_ROOT_CERT, value, properties);
      return;
    }
    if (!options.getOrDefault("sslmode", "verify-full").equals("verify-full")) {
      throw PostgresUrl.refused(
          what, "has sslrootcert=system, which goes with sslmode=verify-full");
    }
    properties.put(PGProperty.SSL_MODE.getName(), "verify-full");
    set(
        what,
        "sslrootcert",
        PGProperty.SSL_FACTORY,
        "org.postgresql.ssl.DefaultJavaSSLFactory",
        properties);
  }

  private static void other(
      String what, String name, String value, Map<String, String> properties) {
    String driverName = RENAMED.getOrDefault(name, name);
    PGProperty property = PGProperty.forName(driverName);
    if (property == null) {
      throw new IllegalStateException("the option " + name + " was not checked");
    }
    String kind = property.getDefaultValue() == null ? "" : property.getDefaultValue();
    if (kind.matches("-?[0-9]+") && !value.matches("-?[0-9]{1,9}")) {
      throw PostgresUrl.refused(what, "has " + name + "=" + value + ", which is no whole number");
    }
    if (kind.matches("true|false") && !value.matches("(?i)true|false")) {
      throw PostgresUrl.refused(
          what, "has " + name + "=" + value + ", which is neither true nor false");
    }
    String[] choices = property.getChoices();
    // Of ways to authenticate there may be several; the driver reads the list.
    if (choices != null
        && property != PGProperty.REQUIRE_AUTH
        && !List.of(choices).contains(value)) {
      throw PostgresUrl.refused(
          what, "has " + name + "=" + value + "; known are " + String.join(", ", choices));
    }
    set(what, name, property, value, properties);
  }

  private static void set(
      String what, String name, PGProperty property, String value, Map<String, String> properties) {
    String[] choices = property.getChoices();
    if (property == PGProperty.SSL_MODE && choices != null && !List.of(choices).contains(value)) {
      throw PostgresUrl.refused(
          what, "has sslmode=" + value + "; known are " + String.join(", ", choices));
    }
    String before = properties.put(property.getName(), value);
    if (before != null && !before.equals(value)) {
      throw PostgresUrl.refused(
          what,
          "says two things about " + property.getName().toLowerCase(Locale.ROOT) + " with " + name);
    }
  }

  private static String oneOf(
      String what, String name, String value, Map<String, String> meanings) {
    String meaning = meanings.get(value);
    if (meaning == null) {
      throw PostgresUrl.refused(
          what,
          "has "
              + name
              + "="
              + value
              + "; known are "
              + String.join(", ", new TreeSet<>(meanings.keySet())));
    }
    return meaning;
  }
}
