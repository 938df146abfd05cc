// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Deliveries over TLS: to an address, but for the name in the certificate. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
@Tag("slow")
class SecureSenderTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);

  private HttpsServer server;
  private SSLSocketFactory trusting;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    KeyStore keys = certificate(directory, "dns:localhost");
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext own = SSLContext.getInstance("TLS");
    own.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(own));
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", keys.getCertificate("server"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    trusting = context.getSocketFactory();
  }

  @AfterAll
  void stop() {
    server.stop(0);
  }

  private static KeyStore certificate(Path directory, String name) throws Exception {
    Path file = directory.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "server",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=server",
                    "-ext",
                    "san=" + name,
                    "-keystore",
                    file.toString(),
                    "-storepass",
                    new String(PASSWORD)))
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, keytool.waitFor(), said);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private static WebhookSender.Reply post(
      String host, int port, Duration timeout, @Nullable SSLSocketFactory tls) throws IOException {
    try (SocketSender sender = new SocketSender(timeout, true, () -> Instant.EPOCH, tls)) {
      return sender.post(URI.create("https://" + host + ":" + port + "/"), Map.of(), BODY);
    }
  }

  @Test
  void theCertificateHasToBeTrustedAndOfTheName() throws IOException {
    int port = server.getAddress().getPort();
    Duration ample = Duration.ofSeconds(20);
    assertEquals(204, post("localhost", port, ample, trusting).status());
    assertThrows(SSLException.class, () -> post("127.0.0.1", port, ample, trusting));
    assertThrows(SSLException.class, () -> post("localhost", port, ample, null));
  }

  @Test
  void aHandshakeThatDoesNotEndIsLate() throws IOException {
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      IOException late =
          assertThrows(
              IOException.class,
              () -> post("localhost", mute.getLocalPort(), Duration.ofMillis(300), trusting));
      assertTrue(("" + late.getMessage()).startsWith("no answer within 300 ms"), "" + late);
    }
  }
}
