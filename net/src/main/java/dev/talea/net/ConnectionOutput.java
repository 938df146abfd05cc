package dev.talea.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.LastHttpContent;
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

  /** Copying a short body next to its head is cheaper than a second buffer; a long one is not. */
  private static final int COPIED_BYTES_MAX = 16 * 1024;

  private final ServerContext server;
  private final ServerLoop loop;
  private final ServerConnection connection;
  private final OutboundBytes outbound;
  private final WriteProgress progress;
  private final ArrayDeque<ServerExchange> pending = new ArrayDeque<>();

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
      ServerContext server, ServerLoop loop, ServerConnection connection, OutboundBytes outbound) {
    this.server = server;
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

  /** Nothing is owed and nothing is on its way. */
  boolean isDone() {
    return pending.isEmpty() && stream == null && writesUnderWay == 0;
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
    pending.remove(exchange);
    exchange.giveUp();
  }

  /** The connection is gone, and with it everything that was owed. */
  void giveUpAll() {
    streamEnded();
    giveUpPending();
  }

  private void giveUpPending() {
    for (ServerExchange exchange = pending.poll(); exchange != null; exchange = pending.poll()) {
      exchange.giveUp();
    }
  }

  /** Answers for the handler where its time is up. Deadlines come in the order of requests. */
  void answerLate(long now) {
    for (ServerExchange exchange : pending) {
      if (exchange.isSettled()) {
        continue;
      }
      if (!exchange.handling || now - exchange.answerDeadlineNanos < 0) {
        break;
      }
      exchange.respond(
          server
              .errorBodies()
              .answer(
                  ProtocolError.ANSWER_TOO_LATE,
                  "There was no answer within " + server.settings().answerDeadline(),
                  exchange));
    }
  }

  /** The peer took too little for too long. */
  boolean isStalled(long now) {
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
    while (stream == null && channel().isActive()) {
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
    writesUnderWay++;
    AnswerEncoder.Framing framing = exchange.framing(last);
    byte[] body = answer.body();
    boolean hasBody = AnswerEncoder.hasBody(answer, framing);
    boolean inOnePiece = hasBody && body.length <= COPIED_BYTES_MAX;
    ByteBuf bytes = ctx.alloc().directBuffer(HEAD_BYTES_TYPICAL + (inOnePiece ? body.length : 0));
    AnswerEncoder.writeHead(answer, framing, loop.date(), bytes);
    if (inOnePiece) {
      bytes.writeBytes(body);
    } else if (hasBody) {
      encoded.write(bytes, encoded.voidPromise());
      bytes = Unpooled.wrappedBuffer(body);
    }
    encoded.write(bytes).addListener(exchange);
    flushSoon();
    if (last) {
      giveUpPending();
    }
  }

  private void writeContinueIfOwed(ServerExchange exchange) {
    if (exchange.continueOwed) {
      exchange.continueOwed = false;
      ctx.write(AnswerEncoder.goOn(), ctx.voidPromise());
      flushSoon();
    }
  }

  /** A write counted in {@code writesUnderWay} is done, well or badly. */
  void answerLeft() {
    writesUnderWay--;
    idleSinceNanos = loop.nanoTime();
    connection.endIfDone();
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
        .addListener((ChannelFuture written) -> answerLeft());
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
  }
}
