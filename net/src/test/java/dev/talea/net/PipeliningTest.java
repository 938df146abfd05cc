// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Requests sent ahead of their answers: order, limits, and answers from many threads. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
@Tag("slow")
class PipeliningTest {
  private static String gets(int from, int to) {
    StringBuilder requests = new StringBuilder();
    for (int i = from; i < to; i++) {
      requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    return requests.toString();
  }

  @Test
  void answersGivenInAnyOrderLeaveInTheOrderOfTheRequests() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("PipeliningTest seed " + seed);
    Random random = new Random(seed);
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (TestServer server = new TestServer((request, exchange) -> held.add(exchange));
        RawConnection connection = server.connect()) {
      for (int round = 0; round < 50; round++) {
        int count = 1 + random.nextInt(60);
        connection.send(gets(0, count));
        List<HttpExchange> exchanges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          exchanges.add(TestServer.present(held.poll(20, TimeUnit.SECONDS)));
        }
        Collections.shuffle(exchanges, random);
        for (HttpExchange exchange : exchanges) {
          threads.execute(
              () -> exchange.respond(HttpResponse.text(200, exchange.head().rawPath())));
        }
        for (int i = 0; i < count; i++) {
          assertEquals("/" + i, connection.answer().text());
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void answersThatLieReadyDoNotWaitUntilEveryConnectionWasRead() throws Exception {
    answerMeanwhile((exchange, answer) -> exchange.respond(answer));
  }

  @Test
  void norDoAnswersThatAreStillToBeMadeOnTheLoop() throws Exception {
    answerMeanwhile((exchange, answer) -> exchange.execute(() -> exchange.respond(answer)));
  }

  /**
   * Two hundred connections have something to read at once; when the first of them has been read,
   * another thread answers a request of before.
   */
  private static void answerMeanwhile(BiConsumer<HttpExchange, HttpResponse> answering)
      throws Exception {
    int crowd = 200;
    BlockingQueue<HttpExchange> early = new LinkedBlockingQueue<>();
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch crowdHasSent = new CountDownLatch(1);
    AtomicInteger handled = new AtomicInteger();
    AtomicInteger handledBeforeEnd = new AtomicInteger(-1);
    BiConsumer<HttpRequest, HttpExchange> handler =
        (request, exchange) -> {
          switch (request.rawPath()) {
            case "/early" -> early.add(exchange);
            case "/block" -> {
              blocked.countDown();
              awaitUninterruptibly(crowdHasSent);
              exchange.respond(HttpResponse.of(204));
            }
            default -> {
              if (handled.getAndIncrement() == 0) {
                HttpExchange before = early.remove();
                inAnotherThread(() -> answering.accept(before, HttpResponse.text(200, "early")));
              }
              TestServer.target(request, exchange);
            }
          }
        };
    List<RawConnection> connections = new ArrayList<>();
    try (TestServer server =
            new TestServer(handler) {
              @Override
              void isOver(HttpExchange exchange) {
                if (exchange.head().rawPath().equals("/early")) {
                  handledBeforeEnd.set(handled.get());
                }
              }
            };
        RawConnection first = server.connect();
        RawConnection blocker = server.connect()) {
      first.send("GET /early HTTP/1.1\r\nHost: a\r\n\r\n");
      TestServer.await(() -> !early.isEmpty(), "the early request did not arrive");
      for (int i = 0; i < crowd; i++) {
        connections.add(server.connect());
      }
      TestServer.await(
          () -> server.server.stats().connectionsOpen() == crowd + 2, "not all are connected");
      blocker.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
      blocked.await();
      for (RawConnection connection : connections) {
        connection.send("GET /crowd HTTP/1.1\r\nHost: a\r\n\r\n");
      }
      crowdHasSent.countDown();
      assertEquals("early", first.answer().text());
      for (RawConnection connection : connections) {
        assertEquals("/crowd", connection.answer().text());
      }
      assertTrue(
          handledBeforeEnd.get() > 0 && handledBeforeEnd.get() < crowd / 4,
          () -> handledBeforeEnd.get() + " of " + crowd + " were handled first");
    } finally {
      for (RawConnection connection : connections) {
        connection.close();
      }
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts an event loop", e);
    }
  }

  /** And waits until it is done. */
  private static void inAnotherThread(Runnable task) {
    CompletableFuture.runAsync(task).join();
  }

  @Test
  void aThousandRequestsInOneWriteAreAllAnswered() throws Exception {
    try (TestServer server = new TestServer(TestServer::target);
        RawConnection connection = server.connect()) {
      connection.send(gets(0, 1000));
      for (int i = 0; i < 1000; i++) {
        assertEquals("/" + i, connection.answer().text());
      }
    }
  }

  @Test
  void noMoreThanTheCapAreTakenUpBeforeAnswersLeave() throws Exception {
    int cap = 8;
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    AtomicInteger unanswered = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  most.accumulateAndGet(unanswered.incrementAndGet(), Math::max);
                  held.add(exchange);
                },
                s -> s.pipelineDepthMax(cap));
        RawConnection connection = server.connect()) {
      connection.send(gets(0, 500));
      List<HttpExchange> first = new ArrayList<>();
      for (int i = 0; i < cap; i++) {
        first.add(TestServer.present(held.poll(20, TimeUnit.SECONDS)));
      }
      assertNull(held.poll(100, TimeUnit.MILLISECONDS), "a request past the cap was taken up");
      first.forEach(held::add);
      for (int i = 0; i < 500; i++) {
        HttpExchange exchange = TestServer.present(held.poll(20, TimeUnit.SECONDS));
        unanswered.decrementAndGet();
        exchange.respond(HttpResponse.text(200, exchange.head().rawPath()));
      }
      for (int i = 0; i < 500; i++) {
        assertEquals("/" + i, connection.answer().text());
      }
      assertTrue(most.get() <= cap, most + " were in flight at once");
    }
  }

  @Test
  void aSenderPastTheCapIsHeldBackByItsOwnSocket() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    long enough = 256L * 1024 * 1024;
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  if (request.rawPath().equals("/first")) {
                    held.add(exchange);
                  } else {
                    TestServer.target(request, exchange);
                  }
                },
                s -> s.pipelineDepthMax(1));
        SocketChannel sender = SocketChannel.open(server.address())) {
      sender.write(ByteBuffer.wrap(TestServer.bytes(gets(0, 1).replace("/0", "/first"))));
      HttpExchange exchange = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      // The connection is at its cap; from here on nothing is decoded, so nothing may be read
      // either.
      ByteBuffer more = ByteBuffer.wrap(TestServer.bytes(gets(0, 2000)));
      sender.configureBlocking(false);
      long sent = 0;
      int refused = 0;
      while (sent < enough && refused < 100) {
        more.rewind();
        int written = sender.write(more);
        sent += written;
        if (written == 0) {
          refused++;
          TimeUnit.MILLISECONDS.sleep(2);
        } else {
          refused = 0;
        }
      }
      assertTrue(sent < enough / 4, sent + " bytes were taken from a connection at its cap");
      exchange.respond(HttpResponse.text(200, "first"));
    }
  }

  @Test
  void aCapOfOneServesBodiesToo() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo, s -> s.pipelineDepthMax(1));
        RawConnection connection = server.connect()) {
      connection.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none".repeat(20)
              + "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3\r\ntwo\r\n0\r\n\r\n");
      for (int i = 0; i < 20; i++) {
        assertEquals("one", connection.answer().text());
      }
      assertEquals("two", connection.answer().text());
    }
  }

  @Test
  void aReaderWhoDoesNotReadIsNotAnsweredIntoMemory() throws Exception {
    byte[] big = new byte[1024 * 1024];
    AtomicInteger handled = new AtomicInteger();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  handled.incrementAndGet();
                  exchange.respond(HttpResponse.of(200, "x/y", big));
                });
        RawConnection connection = new RawConnection(server.address(), 4096)) {
      connection.send(gets(0, 1000));
      TestServer.await(() -> handled.get() > 0, "nothing was handled");
      assertFalse(handled.get() > 40, "answers pile up: " + handled);
      server.assertWorks();
      assertFalse(handled.get() > 40, "answers pile up: " + handled);
      for (int i = 0; i < 100; i++) {
        assertEquals(big.length, connection.answer().body().length);
      }
      connection.reset();
      server.assertBooksBalance();
    }
  }

  @Test
  void aMalformedRequestIsRefusedAfterTheAnswersBeforeIt() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server = new TestServer((request, exchange) -> held.add(exchange));
        RawConnection connection = server.connect()) {
      connection.send(gets(0, 2) + "GET / HTTP/1.1\r\n\r\n" + gets(3, 4));
      HttpExchange first = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      HttpExchange second = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      second.respond(HttpResponse.text(200, "second"));
      first.respond(HttpResponse.text(200, "first"));
      assertEquals("first", connection.answer().text());
      assertEquals("second", connection.answer().text());
      assertEquals(400, connection.answer().status());
      assertTrue(connection.isClosedByServer());
      assertEquals(2, server.admitted.get());
    }
  }

  @Test
  void nothingIsServedBehindARequestThatCloses() throws Exception {
    try (TestServer server = new TestServer(TestServer::target);
        RawConnection connection = server.connect()) {
      connection.send(
          gets(0, 1) + "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + gets(2, 5));
      assertEquals("/0", connection.answer().text());
      assertEquals("/1", connection.answer().text());
      assertTrue(connection.isClosedByServer());
      assertEquals(2, server.admitted.get());
    }
  }

  @Test
  void aContinueWaitsForItsTurn() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server = new TestServer((request, exchange) -> held.add(exchange));
        RawConnection connection = server.connect()) {
      connection.send(
          gets(0, 1)
              + "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      TestServer.present(held.poll(20, TimeUnit.SECONDS)).respond(HttpResponse.text(200, "first"));
      assertEquals("first", connection.answer().text());
      assertEquals(100, connection.answer().status());
      connection.send("ok");
      TestServer.present(held.poll(20, TimeUnit.SECONDS)).respond(HttpResponse.text(200, "second"));
      assertEquals("second", connection.answer().text());
    }
  }

  @Test
  void refusalsKeepTheirPlaceInTheOrder() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> held.add(exchange),
                head -> head.rawPath().equals("/1") ? HttpResponse.text(503, "shed") : null,
                UnaryOperator.identity());
        RawConnection connection = server.connect()) {
      connection.send(gets(0, 3));
      HttpExchange first = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      HttpExchange third = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      third.respond(HttpResponse.text(200, "third"));
      first.respond(HttpResponse.text(200, "first"));
      assertEquals("first", connection.answer().text());
      assertEquals("shed", connection.answer().text());
      assertEquals("third", connection.answer().text());
    }
  }

  @Test
  void onlyTheFirstAnswerCounts() throws Exception {
    BlockingQueue<Boolean> taken = new LinkedBlockingQueue<>();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  taken.add(exchange.respond(HttpResponse.text(200, "first")));
                  taken.add(exchange.respond(HttpResponse.text(200, "second")));
                  taken.add(exchange.startStream(200, Headers.NONE).isClosed());
                });
        RawConnection connection = server.connect()) {
      connection.send(gets(0, 1));
      assertEquals("first", connection.answer().text());
      assertEquals(true, taken.poll(20, TimeUnit.SECONDS));
      assertEquals(false, taken.poll(20, TimeUnit.SECONDS));
      assertEquals(true, taken.poll(20, TimeUnit.SECONDS));
      connection.send(gets(0, 1));
      assertEquals("first", connection.answer().text());
    }
  }
}
