// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Makes connections to a PostgreSQL server. Until the server has let it in, a connection waits for
 * each of the hosts for as long as the URL says and a little longer; afterwards for as long as an
 * answer may take. The driver knows one limit for both, so that a first host that accepts and says
 * nothing would use up the time of all the others.
 *
 * <p>Unless the URL settles whether TLS is used, the driver asks such a host twice, with TLS and
 * without. {@link HostSockets} sees to it that the two attempts share the time of the host.
 *
 * <p>Stateless but for what it was made with; any thread.
 */
final class PostgresLogin {
  /** TLS, and a password that is expensive to check, on a server that is busy. */
  static final int LOGIN_SECONDS = 5;

  private final PostgresTarget target;

  PostgresLogin(PostgresTarget target) {
    this.target = target;
  }

  /** A connection whose answers take no longer than the URL's {@code socketTimeout}. */
  Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection(target.jdbcUrl(), loginProperties());
    return withTimeout(connection, seconds(PGProperty.SOCKET_TIMEOUT));
  }

  /**
   * A connection that is silent for long and rightly so: one that listens, or one that rebuilds a
   * table. That the server is still there has to be asked now and then, or is left to TCP's
   * keep-alive.
   *
   * @param purpose behind the application's name, so that an administrator sees why this connection
   *     hardly ever does anything
   */
  Connection connectPatiently(String purpose) throws SQLException {
    Properties properties = loginProperties();
    String name = PGProperty.APPLICATION_NAME.getName();
    properties.setProperty(name, properties.getProperty(name, "talea") + " " + purpose);
    return withTimeout(DriverManager.getConnection(target.jdbcUrl(), properties), 0);
  }

  /** For a pool. */
  PGSimpleDataSource dataSource() throws SQLException {
    int timeout = seconds(PGProperty.SOCKET_TIMEOUT);
    PGSimpleDataSource source =
        new PGSimpleDataSource() {
          @Override
          public Connection getConnection() throws SQLException {
            return withTimeout(super.getConnection(), timeout);
          }

          @Override
          public Connection getConnection(String user, String password) throws SQLException {
            return withTimeout(super.getConnection(user, password), timeout);
          }

          /** A pool says how long its callers wait, which is too short to get to a second host. */
          @Override
          public void setLoginTimeout(int poolSeconds) {
            super.setLoginTimeout(secondsMax());
          }
        };
    source.setURL(target.jdbcUrl());
    Properties properties = loginProperties();
    for (String name : properties.stringPropertyNames()) {
      source.setProperty(name, properties.getProperty(name));
    }
    return source;
  }

  /** For how long a connection is tried at most, over all hosts, in seconds. */
  int secondsMax() {
    return seconds(PGProperty.LOGIN_TIMEOUT);
  }

  private Properties loginProperties() {
    Properties properties = target.properties();
    int perHost = seconds(PGProperty.CONNECT_TIMEOUT) + LOGIN_SECONDS;
    properties.setProperty(PGProperty.SOCKET_TIMEOUT.getName(), Integer.toString(perHost));
    // A server that is slow to say whether it knows TLS is not asked without it for that.
    properties.putIfAbsent(
        PGProperty.SSL_RESPONSE_TIMEOUT.getName(),
        Long.toString(TimeUnit.SECONDS.toMillis(perHost)));
    properties.putIfAbsent(PGProperty.SOCKET_FACTORY.getName(), HostSockets.class.getName());
    return properties;
  }

  private int seconds(PGProperty property) {
    String value = property.getOrDefault(target.properties());
    return value == null ? 0 : Integer.parseInt(value);
  }

  private static Connection withTimeout(Connection connection, int seconds) throws SQLException {
    boolean set = false;
    try {
      connection.setNetworkTimeout(Runnable::run, (int) TimeUnit.SECONDS.toMillis(seconds));
      set = true;
      return connection;
    } finally {
      if (!set) {
        connection.close();
      }
    }
  }
}
