// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.report.Interval;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Sends traffic by a plan and takes the times.
 *
 * <p>One event loop owns all connections, histograms and counters; {@link #run} waits for it from
 * outside. One, because on the small machines that benches run on a second one would only take a
 * core from the server.
 *
 * <p>The nth request of an open loop is due at {@code start + n / rate}, and its latency counts
 * from there, whether or not a connection was free then. So a server that stands still for a second
 * is charged with all requests that were due in that second, not with the few that it happened to
 * hold.
 *
 * <p>The warm-up of a closed loop begins when every connection has been answered once: a server's
 * first answer waits for its classes, on a busy machine for longer than a short run lasts.
 */
public final class LoadRun {
  private static final long NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The server answers 408 after 30 s; who says nothing for longer than this has been lost. */
  private static final long SILENCE_NANOS_MAX = 40 * NANOS;

  /** A server that takes no connection for so long is gone. */
  private static final long UNREACHABLE_NANOS_MAX = 10 * NANOS;

  private static final long RECONNECT_MILLIS = 100;
  private static final int CONNECT_MILLIS_MAX = 5_000;

  /** So many of the slowest are remembered: the thousandth part of an hour at 14,000 a second. */
  static final int SLOWEST_MAX = 50_000;

  private static final int REQUEST_BYTES = 512;

  private final InetSocketAddress server;
  private final Traffic traffic;
  private final Plan plan;
  private final Consumer<Interval> progress;

  private final Histogram latency = Histograms.fine();
  private final Histogram refused = Histograms.fine();
  private final Histogram sendLag = Histograms.fine();
  private final Histogram interval = Histograms.coarse();
  private final Tally errors = new Tally();
  private final Tally aside = new Tally();
  private final List<Interval> series = new ArrayList<>();
  private final SlowestRequests slowest = new SlowestRequests(SLOWEST_MAX);
  private final Deque<Caller> free = new ArrayDeque<>();
  private final List<Caller> callers = new ArrayList<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private volatile @Nullable EventLoop loop;
  private boolean stopRequested;

  private Bootstrap bootstrap = new Bootstrap();
  private long startNanos;
  private long measureFrom;
  private long stopAt;
  private Instant measureInstant = Instant.EPOCH;

  /** Connections of a closed loop without a first answer; the clock waits for them. */
  private int unanswered;

  private boolean stopping;
  private boolean endedEarly;
  private long sent;
  private int inFlight;
  private long operations;
  private long withoutRetryAfter;
  private long lastSignOfLife;
  private boolean paceScheduled;
  private long queueSince;

  private long intervalStart;
  private long intervalOperations;
  private long intervalErrors;

  /**
   * @param progress told of every second, warm-up included, on the event loop: it must not block
   */
  public LoadRun(
      InetSocketAddress server, Traffic traffic, Plan plan, Consumer<Interval> progress) {
    this.server = server;
    this.traffic = traffic;
    this.plan = plan;
    this.progress = progress;
  }

  /**
   * Runs to the end of the plan and waits for the answers to all that was sent.
   *
   * @throws IOException if the server cannot be reached, or says what cannot be understood
   */
  public Outcome run() throws IOException, InterruptedException {
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("talea-bench-loop", true), Transport.HERE.handlerFactory());
    EventLoop only = group.next();
    try {
      connect(only);
      loop = only;
      only.execute(this::start);
      if (isStopRequested()) {
        only.execute(this::endEarly);
      }
      ended.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw new IOException(cause.getMessage(), cause);
      }
      throw new IllegalStateException("the load generator is at fault", e.getCause());
    } finally {
      loop = null;
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
    double seconds = Math.max(0, stopAt - measureFrom) / (double) NANOS;
    return new Outcome(
        operations,
        seconds,
        latency,
        refused,
        sendLag,
        errors,
        aside,
        withoutRetryAfter,
        series,
        slowest.all(traffic::kind),
        measureInstant,
        measureFrom,
        endedEarly);
  }

  /** Ends it early, with what there is by then. Any thread; idempotent. */
  public synchronized void stop() {
    stopRequested = true;
    EventLoop running = loop;
    if (running != null && !running.isShuttingDown()) {
      running.execute(this::endEarly);
    }
  }

  private synchronized boolean isStopRequested() {
    return stopRequested;
  }

  private void connect(EventLoop only) throws IOException, InterruptedException {
    bootstrap =
        new Bootstrap()
            .group(only)
            .channelFactory(Transport.HERE::newChannel)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(new Caller(channel));
                  }
                });
    for (int i = 0; i < plan.connections(); i++) {
      ChannelFuture connected = bootstrap.connect(server).await();
      if (!connected.isSuccess()) {
        throw new IOException("cannot connect to " + server, connected.cause());
      }
    }
  }

  private void start() {
    long now = System.nanoTime();
    if (plan.isOpen() || plan.warmUp().isZero()) {
      begin(now);
      return;
    }
    unanswered = callers.size();
    startNanos = now;
    intervalStart = now;
    lastSignOfLife = now;
    measureFrom = now + SILENCE_NANOS_MAX;
    stopAt = measureFrom;
    at(measureFrom, this::checkAnswered);
    sendAll();
  }

  private void checkAnswered() {
    if (unanswered > 0 && !stopping) {
      fail(
          new IOException(
              "the server at %s has not answered %d of %d connections in %d s"
                  .formatted(server, unanswered, plan.connections(), SILENCE_NANOS_MAX / NANOS)));
    }
  }

  /** The clock starts: what was sent until now was for the server to load its classes. */
  private void begin(long now) {
    startNanos = now;
    measureFrom = startNanos + plan.warmUp().toNanos();
    stopAt = measureFrom + plan.duration().toNanos();
    measureInstant = Instant.now().plus(plan.warmUp());
    intervalStart = startNanos;
    lastSignOfLife = startNanos;
    long toFirstTick = plan.warmUp().toNanos() % NANOS;
    nextTick(startNanos + (toFirstTick == 0 ? NANOS : toFirstTick));
    at(stopAt, this::endOnTime);
    if (plan.isOpen()) {
      free.addAll(callers);
      pace();
    } else {
      sendAll();
    }
  }

  private void sendAll() {
    for (Caller caller : List.copyOf(callers)) {
      sendClosed(caller);
    }
  }

  /** One more connection has had its first answer, or was cut. */
  private void firstAnswered() {
    if (unanswered > 0 && !stopping) {
      unanswered--;
      if (unanswered == 0) {
        begin(System.nanoTime());
      }
    }
  }

  private void at(long nanos, Runnable action) {
    EventLoop running = loop;
    if (running == null) {
      return; // The run is over, and so is what was planned.
    }
    var unused =
        running.schedule(
            () -> {
              try {
                action.run();
              } catch (RuntimeException e) {
                fail(e);
              }
            },
            Math.max(0, nanos - System.nanoTime()),
            TimeUnit.NANOSECONDS);
  }

  private void endOnTime() {
    beginStop(stopAt);
  }

  private void endEarly() {
    if (!stopping) {
      endedEarly = true;
      beginStop(System.nanoTime());
    }
  }

  /** From now on nothing is sent; what is in flight is waited for. */
  private void beginStop(long when) {
    if (stopping) {
      return;
    }
    stopping = true;
    stopAt = Math.min(when, stopAt);
    if (plan.isOpen()) {
      // What was due and could not be sent has waited at least until now; leaving it out would
      // flatter the server exactly when it is slowest.
      long due = dueBy(stopAt) - sent;
      for (long i = 0; i < due; i++) {
        long intended = intended(sent + i);
        if (intended >= measureFrom) {
          errors.count("unsent");
          latency.recordValue(Math.min(stopAt - intended, Histograms.NANOS_MAX));
        } else {
          aside.count("unsent");
        }
      }
    }
    endIfIdle();
  }

  private long dueBy(long nanos) {
    long due = (long) Math.ceil((nanos - startNanos) / (double) NANOS * plan.perSecond());
    return plan.requestsMax() == 0 ? due : Math.min(due, plan.requestsMax());
  }

  private void endIfIdle() {
    if (stopping && inFlight == 0 && !ended.isDone()) {
      closeInterval(System.nanoTime());
      ended.complete(null);
      closeAll();
    }
  }

  private void fail(Throwable why) {
    ended.completeExceptionally(why);
    closeAll();
  }

  private void closeAll() {
    for (Caller caller : List.copyOf(callers)) {
      var unused = caller.channel.close();
    }
  }

  // The open loop.

  private long intended(long n) {
    return startNanos + (long) (n * (NANOS / plan.perSecond()));
  }

  /** Sends all that is due while there are free connections, and comes back when more is due. */
  private void pace() {
    while (!stopping) {
      if (sentAll()) {
        beginStop(System.nanoTime());
        return;
      }
      long due = intended(sent);
      if (due >= stopAt) {
        return;
      }
      if (due > System.nanoTime()) {
        queueSince = 0;
        if (!paceScheduled) {
          paceScheduled = true;
          at(
              due,
              () -> {
                paceScheduled = false;
                pace();
              });
        }
        return;
      }
      Caller caller = free.pollFirst();
      if (caller == null) {
        if (queueSince == 0) {
          queueSince = oldestUnderWay();
        }
        return;
      }
      if (caller.channel.isActive()) {
        caller.send(due);
      }
    }
  }

  /** When the request was sent that has been under way for the longest time. */
  private long oldestUnderWay() {
    long oldest = System.nanoTime();
    for (Caller caller : callers) {
      if (caller.busy) {
        oldest = Math.min(oldest, caller.sentNanos);
      }
    }
    return oldest;
  }

  private boolean sentAll() {
    return plan.requestsMax() > 0 && sent >= plan.requestsMax();
  }

  // The closed loop.

  private void sendClosed(Caller caller) {
    long now = System.nanoTime();
    if (stopping) {
      return;
    }
    if (now >= stopAt || sentAll()) {
      beginStop(now);
    } else if (caller.channel.isActive() && !caller.busy) {
      caller.send(now);
    }
  }

  private void next(Caller caller) {
    if (plan.isOpen()) {
      free.addLast(caller);
      pace();
    } else if (unanswered == 0) {
      sendClosed(caller);
    }
    endIfIdle();
  }

  // What comes back.

  private void answered(Caller caller) {
    long now = System.nanoTime();
    lastSignOfLife = now;
    inFlight--;
    Answer answer = caller.answer;
    boolean counts = counts(caller, now);
    Tally tally = counts ? errors : aside;
    int done = traffic.answered(caller.request, answer, tally);
    long nanos = now - caller.intended;
    interval.recordValue(Math.min(nanos, Histograms.NANOS_MAX));
    if (done > 0) {
      if (counts) {
        latency.recordValue(Math.min(nanos, Histograms.NANOS_MAX));
      }
      if (now >= measureFrom && now < stopAt) {
        operations += done;
      }
      intervalOperations += done;
    } else {
      int status = answer.status();
      tally.count(Integer.toString(status));
      if ((status == 429 || status == 503) && !answer.hasRetryAfter()) {
        withoutRetryAfter++;
      }
      if (counts) {
        refused.recordValue(Math.min(nanos, Histograms.NANOS_MAX));
      }
      intervalErrors++;
    }
    if (counts) {
      remember(caller, answer.status(), nanos);
    }
  }

  private boolean counts(Caller caller, long now) {
    if (plan.isOpen()) {
      // By the intended start: what is still unanswered at the end is the slowest of all.
      return caller.intended >= measureFrom && caller.intended < stopAt;
    }
    return caller.intended >= measureFrom && now < stopAt;
  }

  private void remember(Caller caller, int status, long nanos) {
    slowest.offer(
        caller.request, status, caller.intended, caller.sentNanos, nanos, caller.queuedSince);
  }

  private void lost(Caller caller) {
    inFlight--;
    traffic.lost(caller.request);
    long now = System.nanoTime();
    boolean counts = counts(caller, now);
    (counts ? errors : aside).count("cut");
    intervalErrors++;
    if (counts) {
      remember(caller, 0, now - caller.intended);
    }
  }

  // Seconds.

  private void nextTick(long nanos) {
    at(
        nanos,
        () -> {
          if (!ended.isDone()) {
            tick();
            nextTick(nanos + NANOS);
          }
        });
  }

  private void tick() {
    long now = System.nanoTime();
    closeInterval(now);
    for (Caller caller : List.copyOf(callers)) {
      if (caller.busy && now - caller.sentNanos > SILENCE_NANOS_MAX) {
        var unused = caller.channel.close();
      }
    }
    if (callers.isEmpty() && now - lastSignOfLife > UNREACHABLE_NANOS_MAX) {
      fail(new IOException("the server at " + server + " takes no connection any more"));
    }
  }

  private void closeInterval(long now) {
    if (now <= intervalStart) {
      return;
    }
    Interval closed =
        new Interval(
            (intervalStart - measureFrom) / (double) NANOS,
            (now - intervalStart) / (double) NANOS,
            intervalOperations,
            intervalErrors,
            interval.getValueAtPercentile(50),
            interval.getValueAtPercentile(99),
            // Of an empty histogram it would be the top of the lowest step.
            interval.getTotalCount() == 0 ? 0 : interval.getMaxValue());
    // The last one is a fragment, worth a place only if something happened in it.
    boolean nothing = stopping && interval.getTotalCount() == 0 && intervalErrors == 0;
    if (intervalStart - measureFrom > -NANOS / 2 && !nothing) {
      series.add(closed);
    }
    progress.accept(closed);
    interval.reset();
    intervalOperations = 0;
    intervalErrors = 0;
    intervalStart = now;
  }

  private void reconnect() {
    if (stopping || ended.isDone()) {
      return;
    }
    var unused =
        bootstrap
            .connect(server)
            .addListener(
                (ChannelFuture connected) -> {
                  if (!connected.isSuccess()) {
                    at(
                        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RECONNECT_MILLIS),
                        this::reconnect);
                  }
                });
  }

  /** One connection: at most one request in flight, and the buffer for its answer. */
  private final class Caller extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private final Answer answer = new Answer();
    private boolean busy;
    private long request;
    private long intended;
    private long sentNanos;
    private long queuedSince;

    Caller(Channel channel) {
      this.channel = channel;
    }

    /** Sends the next request, if there is one. */
    void send(long intendedNanos) {
      ByteBuf out = channel.alloc().directBuffer(REQUEST_BYTES);
      request = traffic.next(out);
      if (request == Traffic.NOTHING) {
        out.release();
        beginStop(System.nanoTime());
        return;
      }
      intended = intendedNanos;
      sentNanos = System.nanoTime();
      queuedSince = queueSince;
      busy = true;
      sent++;
      inFlight++;
      if (plan.isOpen() && intended >= measureFrom) {
        sendLag.recordValue(Math.min(sentNanos - intended, Histograms.NANOS_MAX));
      }
      var unused = channel.writeAndFlush(out, channel.voidPromise());
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      callers.add(this);
      lastSignOfLife = System.nanoTime();
      // Before the start, the start sends; this is for those that came later.
      if (startNanos != 0) {
        next(this);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws IOException {
      ByteBuf in = (ByteBuf) message;
      try {
        if (!busy) {
          throw new UnreadableAnswerException("an answer without a request");
        }
        if (!answer.read(in)) {
          return;
        }
      } finally {
        in.release();
      }
      busy = false;
      answered(this);
      boolean closes = answer.closes();
      answer.clear();
      if (closes) {
        var unused = context.close();
        firstAnswered();
        endIfIdle();
      } else {
        firstAnswered();
        next(this);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      callers.remove(this);
      if (busy) {
        busy = false;
        lost(this);
        firstAnswered();
      }
      reconnect();
      endIfIdle();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (cause instanceof IOException && !(cause instanceof UnreadableAnswerException)) {
        // A connection that breaks is counted when it becomes inactive.
        var unused = context.close();
      } else {
        fail(cause);
      }
    }
  }
}
