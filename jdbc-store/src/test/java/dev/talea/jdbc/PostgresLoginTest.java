// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** How the time of a login is shared out between hosts and attempts, without a PostgreSQL. */
class PostgresLoginTest {
  private static PGSimpleDataSource source(String url) throws SQLException {
    return new PostgresLogin(PostgresUrl.parse("the URL", url).target("the URL")).dataSource();
  }

  /** With connect_timeout=3 a host has 8 seconds, for the answer about TLS as well. */
  @ParameterizedTest
  @ValueSource(strings = {"", "&sslmode=prefer", "&sslmode=allow", "&sslmode=disable"})
  void aLoginHasTheWholeTimeOfAHost(String mode) throws SQLException {
    PGSimpleDataSource source = source("postgres://u@a,b/d?connect_timeout=3" + mode);
    assertEquals(8, source.getSocketTimeout());
    assertEquals(8_000, source.getSslResponseTimeout());
    assertEquals(2 * 8 + 1, source.getLoginTimeout());
  }

  /**
   * The first host accepts and says nothing. The second has no room for a connection until a moment
   * after that, so that its kernel lets the first packet of ours fall and takes the next.
   */
  @ParameterizedTest
  @ValueSource(strings = {"prefer", "allow", "disable"})
  @Tag("slow")
  void behindASilentHostTheNextOneHasTimeOfItsOwn(String mode) throws Exception {
    InetAddress here = InetAddress.getLoopbackAddress();
    try (ServerSocket silent = new ServerSocket(0, 50, here);
        ServerSocket full = new ServerSocket(0, 1, here)) {
      List<Socket> filling = fill(full);
      AtomicInteger silentAttempts = new AtomicInteger();
      CompletableFuture<Integer> firstByte = new CompletableFuture<>();
      Thread servers =
          new Thread(
              () -> {
                try {
                  try (Socket first = silent.accept()) {
                    silentAttempts.incrementAndGet();
                    while (first.getInputStream().read() >= 0) {} // until the driver gives up
                  }
                  silent.setSoTimeout(300);
                  try {
                    silent.accept().close();
                    silentAttempts.incrementAndGet();
                  } catch (SocketTimeoutException expected) {
                    // it is not asked again
                  }
                  for (int i = 0; i < filling.size(); i++) {
                    full.accept().close();
                  }
                  try (Socket ours = full.accept()) {
                    firstByte.complete(ours.getInputStream().read());
                  }
                } catch (IOException e) {
                  firstByte.completeExceptionally(e);
                }
              });
      servers.setDaemon(true);
      servers.start();
      String url =
          "postgres://u@127.0.0.1:%d,127.0.0.1:%d/d?connect_timeout=2&sslmode=%s"
              .formatted(silent.getLocalPort(), full.getLocalPort(), mode);
      PostgresLogin login = new PostgresLogin(PostgresUrl.parse("the URL", url).target("the URL"));
      SQLException failure = assertThrows(SQLException.class, login::connect);
      assertTrue(firstByte.isDone(), () -> "the second host was not reached: " + failure);
      assertEquals(0, firstByte.join()); // the length of a packet
      assertEquals(1, silentAttempts.get());
      for (Socket each : filling) {
        each.close();
      }
    }
  }

  /** Connections that wait to be accepted, as many as there is room for. */
  private static List<Socket> fill(ServerSocket server) throws IOException {
    List<Socket> waiting = new ArrayList<>();
    while (true) {
      Socket next = new Socket();
      try {
        next.connect(server.getLocalSocketAddress(), 200);
        waiting.add(next);
      } catch (SocketTimeoutException e) {
        next.close();
        return waiting;
      }
    }
  }

  /** Or the pool of a ledger whose first host is silent never gets to the second. */
  @Test
  void aPoolWhoseCallersGiveUpSoonerDoesNotShortenTheLogin() throws SQLException {
    PGSimpleDataSource source = source("postgres://u@localhost:1,localhost:1/d?connect_timeout=3");
    HikariConfig config = new HikariConfig();
    config.setDataSource(source);
    config.setConnectionTimeout(2_000);
    config.setInitializationFailTimeout(-1);
    config.setMinimumIdle(0);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      assertEquals(0, pool.getHikariPoolMXBean().getActiveConnections());
      assertEquals(17, source.getLoginTimeout());
    }
  }
}
