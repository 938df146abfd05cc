// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client over TLS, against the platform's own server and certificates made for the occasion.
 */
@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
@Tag("slow")
class HttpsClientTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final Duration LONG = Duration.ofSeconds(20);

  private SSLContext ours;
  private HttpsServer server;
  private HttpsServer impostor;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    KeyStore right = certificate(directory, "right", "ip:127.0.0.1");
    KeyStore wrongName = certificate(directory, "wrong", "dns:elsewhere.example");
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("right", right.getCertificate("right"));
    trusted.setCertificateEntry("wrong", wrongName.getCertificate("wrong"));
    trust.init(trusted);
    ours = SSLContext.getInstance("TLS");
    ours.init(null, trust.getTrustManagers(), null);
    server = serve(right);
    impostor = serve(wrongName);
  }

  private static KeyStore certificate(Path directory, String alias, String name) throws Exception {
    Path file = directory.resolve(alias + ".p12");
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    alias,
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=" + alias,
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

  private static HttpsServer serve(KeyStore keys) throws Exception {
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  @AfterAll
  void stop() {
    server.stop(0);
    impostor.stop(0);
  }

  private static URI uri(HttpsServer server) {
    return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
  }

  @Test
  void requestsAndStreamsWorkOverTls() throws Exception {
    byte[] body = new byte[300_000];
    try (HttpClient client =
        HttpClient.to(uri(server), HttpClientSettings.builder().sslContext(ours).build())) {
      for (int i = 0; i < 3; i++) {
        HttpResponse answer =
            client
                .send(ClientRequest.post("/", Headers.NONE, "x/y", body), LONG)
                .get(20, TimeUnit.SECONDS);
        assertEquals(body.length, answer.body().length);
      }
      ClientStream stream =
          client.stream(ClientRequest.post("/", Headers.NONE, "x/y", body), LONG)
              .get(20, TimeUnit.SECONDS);
      int read = 0;
      for (byte[] piece = stream.next().get(20, TimeUnit.SECONDS);
          piece != null;
          piece = stream.next().get(20, TimeUnit.SECONDS)) {
        read += piece.length;
      }
      assertEquals(body.length, read);
      assertNull(stream.next().get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void aCertificateNobodyVouchesForIsRefusedBeforeAnythingIsSent() {
    assertRefused(uri(server), HttpClientSettings.builder().build());
  }

  @Test
  void aCertificateForAnotherNameIsRefusedBeforeAnythingIsSent() {
    assertRefused(uri(impostor), HttpClientSettings.builder().sslContext(ours).build());
  }

  private static void assertRefused(URI uri, HttpClientSettings settings) {
    try (HttpClient client = HttpClient.to(uri, settings)) {
      ExecutionException failed =
          assertThrows(
              ExecutionException.class,
              () ->
                  client
                      .send(ClientRequest.get("/", Headers.NONE), LONG)
                      .get(20, TimeUnit.SECONDS));
      TransportException failure = assertInstanceOf(TransportException.class, failed.getCause());
      assertEquals(TransportException.Kind.CONNECT_FAILED, failure.kind());
      assertFalse(failure.mayHaveBeenSent());
    }
  }
}
