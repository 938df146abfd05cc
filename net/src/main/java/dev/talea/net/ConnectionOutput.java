// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writing half of a server connection: the exchanges that are owed an answer, in the order of
 * their requests, and what becomes of their answers. Belongs to the connection's event loop; {@link
 * #answered} is the door for other threads.
 *
 * <p>Separate from the reading half because the two know little of each other: reading adds
 * exchanges at the back, writing takes settled ones from the front, and each asks the other for two
 * or three facts. What is written is flushed when the read it answers is complete, or at the end of
 * the burst that brought it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes and closes end the connection
final class ConnectionOutput {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionOutput.class);

  private static final int HEAD_BYTES_TYPICAL = 256;

  /** A short body goes out in one buffer with its head. */
  private static final int WITH_HEAD_BYTES_MAX = 16 * 1024;

  /** A long one goes out in slices, the next when there is room: network buffers are scarce. */
  private static final int SLICE_BYTES_MAX = 64 * 1024;

  private final ServerContext server;
  private final ServerLoop loop;
  private final ServerConnection connection;
  private final OutboundBytes outbound;
  private final WriteProgress progress;
  private final Holdings.Hold unsent;
  private final ArrayDeque<ServerExchange> pending = new ArrayDeque<>();

  /** Answers, and heads of streams, that are written and have not left, in their order. */
  private final ArrayDeque<ServerExchange> leaving = new ArrayDeque<>();

  private long expectedBytes;
  private boolean unsentCounted;
  private @Nullable UnderWay underWay;
  private boolean writeReadyScheduled;

  /** The answer whose head is written and whose body is not yet, or not all of it. */
  private static final class UnderWay {
    final ServerExchange exchange;
    final byte[] body;

    /** What is kept for it alone: the whole body until the last of it is written. */
    final int ownBytes;

    final boolean last;
    int written;

    UnderWay(ServerExchange exchange, HttpResponse answer, boolean last) {
      this.exchange = exchange;
      this.body = answer.body();
      this.ownBytes = answer.ownBytes();
      this.last = last;
    }
  }

  @SuppressWarnings("NullAway.Init") // set before any event arrives
  private ChannelHandlerContext ctx;

  /** The way past Netty's encoder, for what needs no encoding any more. */
  @SuppressWarnings("NullAway.Init") // set before any event arrives
  private ChannelHandlerContext encoded;

  private @Nullable ServerStream stream;
  private int writesUnderWay;
  private long idleSinceNanos;
  private boolean inRead;
  private boolean flushWanted;

  ConnectionOutput(
      ServerContext server,
      ServerLoop loop,
      ServerConnection connection,
      OutboundBytes outbound,
      InetSocketAddress remote) {
    this.server = server;
    this.unsent = new Holdings.Hold(remote.getAddress(), () -> loop.executeNow(this::letGo));
    this.loop = loop;
    this.connection = connection;
    this.outbound = outbound;
    this.progress =
        new WriteProgress(
            server.settings().writeStallTimeout().toNanos(),
            server.settings().writeBufferLowBytes());
  }

  void attach(ChannelHandlerContext context) {
    ctx = context;
    encoded = context.pipeline().context(HttpResponseEncoder.class);
    idleSinceNanos = loop.nanoTime();
  }

  ServerLoop loop() {
    return loop;
  }

  boolean isWritable() {
    return channel().isWritable();
  }

  /** Whether one more request may be taken up, by what is owed for those before it. */
  boolean hasRoom() {
    return underWay == null
        && isWritable()
        && (pending.isEmpty() || expectedBytes < server.settings().answerBytesMax());
  }

  private Channel channel() {
    return ctx.channel();
  }

  // --- what is owed ------------------------------------------------------------------------------

  void add(ServerExchange exchange) {
    pending.add(exchange);
  }

  int size() {
    return pending.size();
  }

  void expect(ServerExchange exchange, int bytes) {
    expectedBytes += bytes - exchange.expectedBytes;
    exchange.expectedBytes = bytes;
  }

  Runnable pauseRequests() {
    return connection.pauseRequests();
  }

  /** Nothing is owed and nothing is on its way. */
  boolean isDone() {
    return pending.isEmpty() && stream == null && underWay == null && writesUnderWay == 0;
  }

  /** When the last answer left; means something while {@link #isDone}. */
  long idleSinceNanos() {
    return idleSinceNanos;
  }

  /** The open stream, after which nothing else will be written. */
  @Nullable ServerStream stream() {
    return stream;
  }

  /** Ends an exchange whose request will never be complete. */
  void giveUp(ServerExchange exchange) {
    if (pending.remove(exchange)) {
      expect(exchange, 0);
    }
    exchange.giveUp();
  }

  /** The connection is gone, and with it everything that was owed. */
  void giveUpAll() {
    streamEnded();
    UnderWay cutShort = underWay;
    if (cutShort != null) {
      underWay = null;
      cutShort.exchange.giveUp();
    }
    giveUpPending();
    server.unsent().drop(unsent);
  }

  private void giveUpPending() {
    for (ServerExchange exchange = pending.poll(); exchange != null; exchange = pending.poll()) {
      expect(exchange, 0);
      exchange.giveUp();
    }
  }

  /** Answers for the handler where its time is up. Deadlines come in the order of requests. */
  void answerLate(long now) {
    for (ServerExchange exchange : pending) {
      if (exchange.isSettled()) {
        continue;
      }
      if (!exchange.handling || now - exchange.deadlineNanos < 0) {
        break;
      }
      // Saying so must have its time, too.
      exchange.deadlineNanos = now + server.settings().lingerTimeout().toNanos();
      exchange.respond(
          server
              .errorBodies()
              .answer(
                  ProtocolError.ANSWER_TOO_LATE,
                  "There was no answer within " + server.settings().requestDeadline(),
                  exchange));
    }
  }

  /** The peer took too little for too long, or has not taken a whole answer within its time. */
  boolean isStalled(long now) {
    ServerExchange oldest = leaving.peek();
    if (oldest == null && underWay != null) {
      oldest = underWay.exchange;
    }
    if (oldest != null && now - oldest.deadlineNanos >= 0) {
      return true;
    }
    return progress.isStalled(now, outbound.written(), OutboundBytes.pending(ctx));
  }

  // --- answers -----------------------------------------------------------------------------------

  /** An exchange was settled; from any thread. */
  void answered(ServerExchange exchange) {
    if (loop.isCurrent() && (inRead || loop.isInBurst())) {
      writeReady();
    } else {
      loop.answered(exchange);
    }
  }

  /** Writes the answers whose turn it is. */
  void writeReady() {
    while (stream == null && channel().isActive() && writeUnderWay()) {
      ServerExchange exchange = pending.peek();
      if (exchange == null) {
        break;
      }
      Object answer = exchange.answer();
      if (answer == null || exchange.held) {
        writeContinueIfOwed(exchange);
        break;
      }
      pending.remove();
      expect(exchange, 0);
      if (answer instanceof ServerStream opening) {
        openStream(exchange, opening);
      } else {
        boolean last = exchange.closeAfter || (connection.isLastRequestRead() && pending.isEmpty());
        writeWhole((HttpResponse) answer, exchange, last);
      }
    }
    connection.resumeIfPossible();
  }

  private void writeWhole(HttpResponse answer, ServerExchange exchange, boolean last) {
    AnswerEncoder.Framing framing = exchange.framing(last);
    byte[] body = answer.body();
    boolean hasBody = AnswerEncoder.hasBody(answer, framing);
    boolean inOnePiece = hasBody && body.length <= WITH_HEAD_BYTES_MAX;
    ByteBuf bytes = ctx.alloc().directBuffer(HEAD_BYTES_TYPICAL + (inOnePiece ? body.length : 0));
    AnswerEncoder.writeHead(answer, framing, loop.date(), bytes);
    if (hasBody && !inOnePiece) {
      encoded.write(bytes, encoded.voidPromise());
      flushSoon();
      underWay = new UnderWay(exchange, answer, last);
      return;
    }
    if (inOnePiece) {
      bytes.writeBytes(body);
    }
    writeEnd(bytes, exchange, last);
  }

  /** Goes on with the body that is under way; false if the connection takes no more of it now. */
  private boolean writeUnderWay() {
    UnderWay answer = underWay;
    while (answer != null) {
      if (!isWritable()) {
        return false;
      }
      int length = Math.min(SLICE_BYTES_MAX, answer.body.length - answer.written);
      ByteBuf slice = ctx.alloc().directBuffer(length);
      slice.writeBytes(answer.body, answer.written, length);
      answer.written += length;
      if (answer.written == answer.body.length) {
        underWay = null;
        writeEnd(slice, answer.exchange, answer.last);
        answer = null;
      } else {
        encoded.write(slice, encoded.voidPromise());
        flushSoon();
      }
    }
    return true;
  }

  private void writeEnd(ByteBuf bytes, ServerExchange exchange, boolean last) {
    writesUnderWay++;
    leaving.add(exchange);
    encoded.write(bytes).addListener(exchange);
    flushSoon();
    if (last) {
      giveUpPending();
    }
  }

  /**
   * There is room again. In a task of its own, because a fast reader makes room at once and would
   * otherwise keep the loop to itself.
   */
  void writableAgain() {
    if (underWay != null && !writeReadyScheduled) {
      writeReadyScheduled = true;
      loop.execute(
          () -> {
            writeReadyScheduled = false;
            writeReady();
          });
    }
  }

  private void writeContinueIfOwed(ServerExchange exchange) {
    if (exchange.continueOwed) {
      exchange.continueOwed = false;
      ctx.write(AnswerEncoder.goOn(), ctx.voidPromise());
      flushSoon();
    }
  }

  /** An answer, or the head of a stream, has left or failed to. Writes end in their order. */
  void answerLeft(ServerExchange exchange) {
    leaving.remove(exchange);
    writeEnded();
  }

  /** A write counted in {@code writesUnderWay} is done, well or badly. */
  private void writeEnded() {
    writesUnderWay--;
    idleSinceNanos = loop.nanoTime();
    connection.endIfDone();
  }

  /** From any thread. */
  void tellSettled(ServerExchange exchange) {
    guarded(() -> server.handler().settled(exchange));
  }

  void tellOver(ServerExchange exchange, ExchangeEnd end) {
    guarded(() -> server.handler().over(exchange, end));
  }

  /** Calls foreign code whose failure must not reach the connection; false if it threw. */
  boolean guarded(Runnable action) {
    try {
      action.run();
      return true;
    } catch (Throwable t) {
      LOG.error("A callback for the connection of {} threw", channel().remoteAddress(), t);
      return false;
    }
  }

  // --- streams -----------------------------------------------------------------------------------

  private void openStream(ServerExchange exchange, ServerStream opening) {
    // Nothing behind a stream will ever be answered, and must not count as in flight meanwhile.
    connection.readNoMore();
    giveUpPending();
    writesUnderWay++;
    leaving.add(exchange);
    AnswerEncoder.Framing framing = exchange.framing(true);
    ctx.write(AnswerEncoder.streamHead(opening.status(), opening.headers(), framing, loop.date()))
        .addListener(exchange);
    flushSoon();
    stream = opening;
    server.streamsOpen().incrementAndGet();
    if (opening.isClosed() || framing.toHead() || loop.isClosing()) {
      endStream();
    } else {
      opening.opened();
    }
  }

  void writePiece(byte[] data) {
    ctx.write(new DefaultHttpContent(Unpooled.wrappedBuffer(data)), ctx.voidPromise());
    flushSoon();
  }

  /** The stream is over: its proper end goes out, then the connection ends. */
  void endStream() {
    streamEnded();
    writesUnderWay++;
    ctx.write(LastHttpContent.EMPTY_LAST_CONTENT)
        .addListener((ChannelFuture written) -> writeEnded());
    flushSoon();
  }

  private void streamEnded() {
    ServerStream open = stream;
    if (open != null) {
      stream = null;
      server.streamsOpen().decrementAndGet();
      if (!open.isClosed()) {
        open.ended();
      }
    }
  }

  /** Closes at once; what was not written is lost. */
  void cut() {
    ctx.close();
  }

  // --- flushing ----------------------------------------------------------------------------------

  /** Answers given from here on wait for {@link #readComplete} to be flushed together. */
  void readBegins() {
    inRead = true;
  }

  void readComplete() {
    inRead = false;
    if (flushWanted) {
      flushNow();
    }
  }

  private void flushSoon() {
    if (!flushWanted) {
      flushWanted = true;
      if (!inRead) {
        loop.flushSoon(this);
      }
    }
  }

  void flushNow() {
    flushWanted = false;
    ctx.flush();
    countUnsent();
  }

  // --- what is kept for a reader that does not read ----------------------------------------------

  /** Counts, or stops counting, what is kept until the peer takes it. */
  void countUnsent() {
    long waiting = OutboundBytes.pending(ctx);
    if (waiting == 0 && underWay == null) {
      if (unsentCounted) {
        unsentCounted = false;
        server.unsent().drop(unsent);
      }
      return;
    }
    if (underWay != null) {
      waiting += underWay.ownBytes;
    }
    for (ServerExchange exchange : pending) {
      waiting += exchange.settledBytes();
    }
    unsentCounted = true;
    server.unsent().keep(unsent, waiting + connection.heldBytes());
  }

  /** Too much is kept for readers, and this one has let it wait longest. */
  private void letGo() {
    if (server.unsent().mustLetGo(unsent)) {
      LOG.debug(
          "Closing the connection of {}: too many answers wait for readers, its longest",
          channel().remoteAddress());
      cut();
    }
  }
}
