// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Requests mutated at random, and plain noise: the server answers or closes, keeps its books, and
 * serves the next one.
 *
 * <p>{@code -Dtalea.net.fuzz.rounds=100000} makes it a longer run, {@code -Dtalea.net.fuzz.seed}
 * repeats one.
 */
@ExtendWith(LeakWatch.class)
@Timeout(600)
class RandomBytesTest {
  private static final int ROUNDS = Integer.getInteger("talea.net.fuzz.rounds", 1500);
  private static final List<String> GOOD =
      List.of(
          "GET /v1/x?a=b HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
          "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||5|hello|6;x=y| world|0|T: u||"
              .replace("|", "\r\n"),
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
          "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
          "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
          "GET http://a/b HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n");
  private static final byte[] SPICE = TestServer.bytes("\r\n\0 \t:;,=\"%/*+-0f\u00ff\u0080");

  @Test
  void whateverComesTheServerAnswersOrClosesAndLivesOn() throws Exception {
    long seed = Long.getLong("talea.net.fuzz.seed", new Random().nextLong());
    System.out.println("RandomBytesTest seed " + seed);
    Random random = new Random(seed);
    try (TestServer server =
        new TestServer(
            TestServer::echo,
            s ->
                s.headerDeadline(Duration.ofMillis(400))
                    .requestDeadline(Duration.ofMillis(400))
                    .lingerTimeout(Duration.ofMillis(400))
                    .pipelineDepthMax(1 + random.nextInt(8)))) {
      for (int round = 0; round < ROUNDS; round++) {
        byte[] bytes = random.nextInt(10) == 0 ? noise(random) : mutated(random);
        try (RawConnection connection = server.connect()) {
          converse(connection, bytes, random);
        } catch (IOException e) {
          throw new IOException("seed " + seed + ", round " + round, e);
        }
        if (round % 100 == 0) {
          server.assertWorks();
        }
      }
      server.assertWorks();
      server.awaitNoConnections();
      server.assertBooksBalance();
    }
  }

  private static void converse(RawConnection connection, byte[] bytes, Random random)
      throws IOException {
    try {
      int split = random.nextInt(bytes.length + 1);
      connection.send(java.util.Arrays.copyOf(bytes, split));
      connection.send(java.util.Arrays.copyOfRange(bytes, split, bytes.length));
      if (random.nextInt(8) == 0) {
        connection.reset();
        return;
      }
      connection.shutdownOutput();
      // Reads raw, for a mutated method decides whether an answer has a body.
      byte[] said = connection.input().readAllBytes();
      String text = new String(said, java.nio.charset.StandardCharsets.ISO_8859_1);
      assertTrue(text.isEmpty() || text.startsWith("HTTP/1.1 "), text);
    } catch (EOFException | SocketException closed) {
      return;
    }
  }

  private static byte[] noise(Random random) {
    byte[] bytes = new byte[random.nextInt(20_000)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] mutated(Random random) {
    StringBuilder text = new StringBuilder();
    int requests = 1 + random.nextInt(6);
    for (int i = 0; i < requests; i++) {
      text.append(GOOD.get(random.nextInt(GOOD.size())));
    }
    int mutations = random.nextInt(5);
    for (int i = 0; i < mutations && text.length() > 1; i++) {
      int at = random.nextInt(text.length());
      char spice = (char) (SPICE[random.nextInt(SPICE.length)] & 0xff);
      switch (random.nextInt(5)) {
        case 0 -> text.setCharAt(at, spice);
        case 1 -> text.insert(at, spice);
        case 2 -> text.deleteCharAt(at);
        case 3 -> text.insert(at, text.substring(at, Math.min(text.length(), at + 20)));
        default -> text.setLength(Math.max(1, at));
      }
    }
    return TestServer.bytes(text.toString());
  }
}
