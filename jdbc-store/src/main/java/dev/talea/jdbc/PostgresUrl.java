// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code postgres://} URL, taken apart: hosts, user, password, database, schema and options, as
 * {@code psql} and every platform that hands out such URLs understand them. {@link #target} turns
 * it into what the driver wants; apart from that nothing here knows the driver.
 *
 * <pre>
 *   postgres://user:password@host1:5432,[::1]:5433/database?option=value&amp;option=value
 * </pre>
 *
 * <p>User, password, hosts, database and option values are percent-encoded UTF-8; a {@code +} is a
 * plus sign, as it is for {@code psql} and as it is not for HTML forms. Every part may be missing
 * until {@link #target} is called, because {@link #with} can supply it.
 *
 * <p>No message and no {@link #toString} contains the password, or any piece of a text in which the
 * password may be hiding: a password with a raw {@code /} or {@code ?} in it looks like a port, a
 * database or an option.
 *
 * <p>Immutable; any thread may use it.
 */
public final class PostgresUrl {
  /** The port of PostgreSQL. */
  static final int DEFAULT_PORT = 5432;

  private static final int PORT_MAX = 65_535;

  /** PostgreSQL cuts longer names off, silently, which would make two ledgers one. */
  private static final int NAME_BYTES_MAX = 63;

  /** What needs no percent-encoding anywhere in a URL. */
  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  /** Nor do these in the value of an option; paths stay readable. */
  private static final String PLAIN_IN_VALUES = "/:,";

  private static final String MASK = "********";

  /** What to do if a secret has come apart; says nothing of the pieces. */
  private static final String ENCODE_HINT =
      "; inside the user or the password the characters / ? # @ : % [ ] are written"
          + " percent-encoded: '/' as %2F, '?' as %3F, '@' as %40, '%' as %25";

  /** The parts that a variable of their own can replace. */
  public enum Part {
    /** One host or several, with commas, each with a port of its own if it likes. */
    HOST,
    /** One port for all hosts, or as many as there are hosts, with commas. */
    PORT,
    USER,
    PASSWORD,
    DBNAME,
    /** The schema that holds the ledger. */
    SCHEMA
  }

  /**
   * A server.
   *
   * @param name a name or an address, without brackets
   * @param port 0 for the default
   */
  record Host(String name, int port) {
    boolean isIpv6() {
      return name.indexOf(':') >= 0;
    }

    int portOrDefault() {
      return port == 0 ? DEFAULT_PORT : port;
    }
  }

  /** No part at all: what the parts of the environment are put into if there is no URL. */
  public static final PostgresUrl EMPTY =
      new PostgresUrl(List.of(), null, null, null, null, Map.of());

  private final List<Host> hosts;
  private final @Nullable String user;
  private final @Nullable String password;
  private final @Nullable String database;
  private final @Nullable String schema;
  private final Map<String, String> options;

  private PostgresUrl(
      List<Host> hosts,
      @Nullable String user,
      @Nullable String password,
      @Nullable String database,
      @Nullable String schema,
      Map<String, String> options) {
    this.hosts = List.copyOf(hosts);
    this.user = user;
    this.password = password;
    this.database = database;
    this.schema = schema;
    // Ordered, so that what is shown looks like what was written.
    this.options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
  }

  /** Whether {@code before} has this part, and with another value. */
  public boolean replaced(Part part, PostgresUrl before) {
    return switch (part) {
      case HOST ->
          !before.hosts.isEmpty()
              && !before.hosts.stream()
                  .map(Host::name)
                  .toList()
                  .equals(hosts.stream().map(Host::name).toList());
      case PORT ->
          before.hosts.stream().anyMatch(host -> host.port() != 0)
              && !before.hosts.stream()
                  .map(Host::port)
                  .toList()
                  .equals(hosts.stream().map(Host::port).toList());
      case USER -> before.user != null && !before.user.equals(user);
      case PASSWORD -> before.password != null && !before.password.equals(password);
      case DBNAME -> before.database != null && !before.database.equals(database);
      case SCHEMA -> before.schema != null && !before.schema.equals(schema);
    };
  }

  /** Whether a text is meant to be such a URL. */
  public static boolean isOne(String text) {
    return schemeLength(text) > 0;
  }

  private static int schemeLength(String text) {
    for (String scheme : List.of("postgres://", "postgresql://")) {
      if (text.regionMatches(true, 0, scheme, 0, scheme.length())) {
        return scheme.length();
      }
    }
    return 0;
  }

  /**
   * Takes a URL apart.
   *
   * @param what where the text comes from, a variable or an option: what messages begin with
   * @throws SqlStoreException saying what is wrong with it
   */
  public static PostgresUrl parse(String what, String text) {
    int start = schemeLength(text);
    if (start == 0) {
      throw refused(what, "is not a URL of PostgreSQL; write " + example());
    }
    String rest = text.substring(start);
    int question = rest.indexOf('?');
    String query = question < 0 ? "" : rest.substring(question + 1);
    String beforeQuery = question < 0 ? rest : rest.substring(0, question);
    int slash = beforeQuery.indexOf('/');
    String authority = slash < 0 ? beforeQuery : beforeQuery.substring(0, slash);
    String path = slash < 0 ? "" : beforeQuery.substring(slash + 1);
    if (path.indexOf('@') >= 0 || path.indexOf('/') >= 0 || query.indexOf('@') >= 0) {
      // Very likely a password with a raw / or ? in it: what follows it is not what it seems.
      throw refused(
          what, "has an '@' or a '/' where only a database and options can be" + ENCODE_HINT);
    }
    // The last one: no host contains an '@', and people do write passwords with one.
    int at = authority.lastIndexOf('@');
    PostgresUrl url = EMPTY;
    if (at >= 0) {
      String userInfo = authority.substring(0, at);
      int colon = userInfo.indexOf(':');
      String user = colon < 0 ? userInfo : userInfo.substring(0, colon);
      url = url.withUser(what, decoded(what, "the user", user));
      if (colon >= 0) {
        String password = decoded(what, "the password", userInfo.substring(colon + 1));
        url = url.withPassword(password);
      }
    }
    String hosts = authority.substring(at + 1);
    if (!hosts.isEmpty()) {
      url = url.withHosts(hosts(what, hosts, true));
    }
    if (!path.isEmpty()) {
      url = url.withDatabase(what, decoded(what, "the database", path));
    }
    return url.withQuery(what, query);
  }

  private PostgresUrl withQuery(String what, String query) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        throw refused(what, "has an option without a value; options are NAME=VALUE, joined by '&'");
      }
      String name = decoded(what, "the name of an option", pair.substring(0, equals));
      String value = decoded(what, "an option", pair.substring(equals + 1));
      PostgresOptions.checkKnown(what, name);
      if (found.putIfAbsent(name, value) != null) {
        throw refused(what, "gives the option " + name + " twice");
      }
    }
    return withParameters(what, found);
  }

  /** Options that are parts in disguise become parts, as {@code psql} has it. */
  private PostgresUrl withParameters(String what, Map<String, String> found) {
    PostgresUrl url = this;
    Map<String, String> rest = new LinkedHashMap<>();
    for (Map.Entry<String, String> option : found.entrySet()) {
      String value = option.getValue();
      switch (option.getKey()) {
        case "host" -> url = url.withHosts(hosts(what, value, false));
        case "user" -> url = url.withUser(what, value);
        case "password" -> url = url.withPassword(value);
        case "dbname" -> url = url.withDatabase(what, value);
        case "schema", "currentSchema", "search_path" -> {
          if (url.schema != null) {
            throw refused(what, "names the schema twice");
          }
          url = url.withSchema(what, value);
        }
        default -> rest.put(option.getKey(), value);
      }
    }
    String port = rest.remove("port");
    if (port != null) {
      url = url.withPorts(what, port);
    }
    PostgresOptions.check(what, rest);
    return new PostgresUrl(url.hosts, url.user, url.password, url.database, url.schema, rest);
  }

  /**
   * The same with one part replaced.
   *
   * @param what where the value comes from, a variable: what messages begin with
   * @param value as it is, not percent-encoded
   */
  public PostgresUrl with(Part part, String what, String value) {
    if (value.isEmpty() && part != Part.PASSWORD) {
      throw refused(what, "is empty");
    }
    return switch (part) {
      case HOST -> withHosts(hosts(what, value, false));
      case PORT -> withPorts(what, value);
      case USER -> withUser(what, value);
      case PASSWORD -> withPassword(value);
      case DBNAME -> withDatabase(what, value);
      case SCHEMA -> withSchema(what, value);
    };
  }

  /** New hosts keep the port that stood there, if it was one and they bring none. */
  private PostgresUrl withHosts(List<Host> fresh) {
    int port = hosts.stream().map(Host::port).distinct().count() == 1 ? hosts.get(0).port() : 0;
    List<Host> all =
        fresh.stream().map(host -> host.port == 0 ? new Host(host.name, port) : host).toList();
    return new PostgresUrl(all, user, password, database, schema, options);
  }

  private PostgresUrl withPorts(String what, String text) {
    List<Integer> ports =
        Arrays.stream(text.split(",", -1)).map(port -> port(what, port, false)).toList();
    // Without a host there is nowhere yet to put it: see hosts(), which reads an empty name so.
    List<Host> old = hosts.isEmpty() ? List.of(new Host("", 0)) : hosts;
    if (ports.size() != 1 && ports.size() != old.size()) {
      throw refused(
          what, "gives " + ports.size() + " ports for " + old.size() + " hosts; give one, or each");
    }
    List<Host> all = new ArrayList<>();
    for (int i = 0; i < old.size(); i++) {
      all.add(new Host(old.get(i).name, ports.get(ports.size() == 1 ? 0 : i)));
    }
    return new PostgresUrl(all, user, password, database, schema, options);
  }

  private PostgresUrl withUser(String what, String value) {
    String name = value.isEmpty() ? null : checkedName(what, "the user", value);
    return new PostgresUrl(hosts, name, password, database, schema, options);
  }

  private PostgresUrl withPassword(String value) {
    String secret = value.isEmpty() ? null : value;
    return new PostgresUrl(hosts, user, secret, database, schema, options);
  }

  private PostgresUrl withDatabase(String what, String value) {
    String name = checkedName(what, "the database", value);
    return new PostgresUrl(hosts, user, password, name, schema, options);
  }

  private PostgresUrl withSchema(String what, String value) {
    if (value.indexOf(',') >= 0 || value.indexOf('"') >= 0) {
      throw refused(what, "names more than one schema, or quotes it; a ledger lives in one");
    }
    String name = checkedName(what, "the schema", value.strip());
    if (name.startsWith("pg_") || name.equals("information_schema")) {
      throw refused(what, "names a schema that belongs to PostgreSQL itself");
    }
    return new PostgresUrl(hosts, user, password, database, name, options);
  }

  private static String checkedName(String what, String which, String value) {
    int bytes = value.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0) {
      throw refused(what, "leaves " + which + " empty");
    }
    if (bytes > NAME_BYTES_MAX) {
      throw refused(
          what, "has " + bytes + " bytes in " + which + "; names have up to " + NAME_BYTES_MAX);
    }
    return value;
  }

  /**
   * Reads hosts.
   *
   * @param encoded whether percent signs are escapes
   */
  private static List<Host> hosts(String what, String text, boolean encoded) {
    List<Host> hosts = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      hosts.add(host(what, item, encoded));
    }
    if (hosts.size() > 1 && hosts.stream().anyMatch(host -> host.name.isEmpty())) {
      throw refused(what, "has a comma without a host beside it");
    }
    return hosts;
  }

  private static Host host(String what, String item, boolean encoded) {
    int close = item.startsWith("[") ? item.indexOf(']') : -1;
    // Outside of a URL a bare IPv6 address is clear enough: it has more than one colon.
    boolean bareIpv6 = !encoded && close < 0 && item.indexOf(':') != item.lastIndexOf(':');
    int colon = bareIpv6 ? -1 : item.indexOf(':', Math.max(close, 0));
    String name = colon < 0 ? item : item.substring(0, colon);
    String port = colon < 0 ? "" : item.substring(colon + 1);
    if (encoded) {
      name = decoded(what, "a host", name);
    }
    if (name.startsWith("/") || name.startsWith("@")) {
      throw refused(
          what,
          "names a Unix socket, and the driver speaks TCP only; let the server listen on localhost"
              + " (listen_addresses) and write "
              + example());
    }
    boolean bracketed = name.startsWith("[") && name.endsWith("]");
    if (bracketed) {
      name = name.substring(1, name.length() - 1);
    }
    boolean good =
        (bracketed || bareIpv6)
            ? name.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._~-]+)?")
            : name.matches("[A-Za-z0-9._-]*");
    if (!good) {
      throw refused(
          what,
          "has something that is no host where the host is expected"
              + (encoded ? ENCODE_HINT : "; an IPv6 address with a port goes into brackets"));
    }
    return new Host(name, port.isEmpty() ? 0 : port(what, port, encoded));
  }

  private static int port(String what, String text, boolean mayBePassword) {
    boolean good = text.matches("[0-9]{1,5}");
    int port = good ? Integer.parseInt(text) : 0;
    if (port < 1 || port > PORT_MAX) {
      throw refused(
          what,
          "has a port that is no number from 1 to "
              + PORT_MAX
              + (mayBePassword ? ENCODE_HINT : ""));
    }
    return port;
  }

  /**
   * What the driver wants to know.
   *
   * @param what where the URL comes from: what messages begin with
   * @throws SqlStoreException if a part is missing that cannot be guessed
   */
  public PostgresTarget target(String what) {
    if (hosts.isEmpty() || hosts.get(0).name.isEmpty()) {
      throw refused(
          what,
          "names no host, and the driver speaks TCP only, no Unix socket; write "
              + example()
              + ", or set POSTGRES_HOST");
    }
    if (user == null) {
      throw refused(what, "names no user; write " + example() + ", or set POSTGRES_USER");
    }
    String name = database == null ? user : database;
    return new PostgresTarget(
        jdbcUrl(name), PostgresOptions.properties(user, password, hosts.size(), options), schema);
  }

  private String jdbcUrl(String name) {
    StringBuilder url = new StringBuilder("jdbc:postgresql://");
    appendHosts(url);
    return url.append('/').append(encoded(name)).toString();
  }

  private void appendHosts(StringBuilder text) {
    String comma = "";
    for (Host host : hosts) {
      text.append(comma);
      text.append(host.isIpv6() ? "[" + host.name + "]" : host.name);
      text.append(':').append(host.portOrDefault());
      comma = ",";
    }
  }

  /** The URL for people: complete, but for secrets, which are masked. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("postgres://");
    if (user != null || password != null) {
      text.append(user == null ? "" : encoded(user));
      text.append(password == null ? "" : ":" + MASK).append('@');
    }
    appendHosts(text);
    String name = database == null ? user : database;
    text.append(name == null ? "" : "/" + encoded(name));
    Map<String, String> shown = new LinkedHashMap<>(options);
    if (schema != null) {
      shown.put("schema", schema);
    }
    char separator = '?';
    for (Map.Entry<String, String> option : shown.entrySet()) {
      boolean secret = PostgresOptions.isSecret(option.getKey());
      text.append(separator).append(encoded(option.getKey())).append('=');
      text.append(secret ? MASK : encoded(option.getValue(), UNRESERVED + PLAIN_IN_VALUES));
      separator = '&';
    }
    return text.toString();
  }

  /**
   * Undoes percent-encoding, strictly: what is not UTF-8 would reach the server as something that
   * was not written, and a NUL ends its strings.
   */
  private static String decoded(String what, String which, String text) {
    if (text.indexOf('\0') >= 0) {
      throw refused(what, "has a NUL character in " + which);
    }
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[raw.length];
    int length = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '%') {
        int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
        int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          throw refused(
              what, "has a '%' that begins no escape in " + which + "; '%' is written %25");
        }
        bytes[length++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        bytes[length++] = raw[i];
      }
    }
    String text8;
    try {
      text8 =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
    } catch (CharacterCodingException e) {
      throw refused(what, "has escapes in " + which + " that are not UTF-8");
    }
    if (text8.indexOf('\0') >= 0) {
      throw refused(what, "has a NUL character in " + which);
    }
    return text8;
  }

  private static String encoded(String text) {
    return encoded(text, UNRESERVED);
  }

  private static String encoded(String text, String plain) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (plain.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append('%').append(String.format(Locale.ROOT, "%02X", b & 0xff));
      }
    }
    return out.toString();
  }

  private static String example() {
    return "postgres://USER:PASSWORD@HOST:5432/DATABASE";
  }

  static SqlStoreException refused(String what, String why) {
    return new SqlStoreException(what + " " + why);
  }
}
