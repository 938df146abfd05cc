// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.channel.EventLoop;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the connections of one event loop share: the mailbox for answers from other threads, the
 * list of connections to flush, the tick that looks after deadlines, the text of the {@code Date}
 * header.
 *
 * <p>All of it belongs to the event loop; {@link #answered}, {@link #answering} and {@link
 * #execute} are the doors for other threads.
 *
 * <p>What comes through the first two is done after every few connections that were read, and not
 * only as the task that it also is: Netty runs tasks when it has read all connections that have
 * sent something. Under overload those are a thousand, most of them to be refused, and until the
 * end of such a round the answers that lie ready would keep their places among the requests in
 * flight, so that eight places would mean eight requests a round.
 *
 * <p>Deadlines are looked after by one tick over all connections instead of a timer per request:
 * starting and ending a request then costs a field, and ten thousand connections cost well under a
 * millisecond four times a second.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes and closes end the connection
final class ServerLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ServerLoop.class);
  private static final long TICK_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long TICK_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(5);

  /**
   * So many connections are read before answers that lie ready go out. A read takes some ten
   * microseconds, so this is what an answer waits at most; fewer would cost more small flushes.
   */
  private static final int READS_BETWEEN_DELIVERIES = 16;

  private static final long DATE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

  private final EventLoop eventLoop;
  private final NetTime time;
  private final long tickNanos;
  private final Mailbox mailbox = new Mailbox();
  private final Queue<Runnable> answerings = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean answeringsAnnounced = new AtomicBoolean();
  private final List<ServerConnection> connections = new ArrayList<>();
  private List<ConnectionOutput> toFlush = new ArrayList<>();
  private List<ConnectionOutput> spare = new ArrayList<>();
  private boolean inBurst;
  private boolean flushScheduled;
  private int readsSinceDelivery;
  private boolean ticking;
  private boolean closing;
  private AsciiString date;
  private long dateNanos;

  ServerLoop(EventLoop eventLoop, HttpServerSettings settings, NetTime time) {
    this.eventLoop = eventLoop;
    this.time = time;
    long shortest =
        Stream.of(
                settings.headerDeadline(),
                settings.requestDeadline(),
                settings.idleTimeout(),
                settings.writeStallTimeout(),
                settings.lingerTimeout())
            .mapToLong(Duration::toNanos)
            .min()
            .orElse(TICK_NANOS_MAX);
    // An eighth of the shortest deadline keeps every deadline within an eighth of its word.
    this.tickNanos = Math.max(TICK_NANOS_MIN, Math.min(TICK_NANOS_MAX, shortest / 8));
    this.dateNanos = time.steady().getAsLong();
    this.date = dateText();
  }

  // --- doors for other threads -------------------------------------------------------------------

  /** Tells the loop that an exchange was settled; from any thread. */
  void answered(ServerExchange exchange) {
    if (mailbox.put(exchange)) {
      execute(this::deliver);
    }
  }

  /**
   * Runs something on the loop that probably ends in an answer, before many more connections are
   * read; from any thread. Dropped like {@link #execute}'s tasks.
   */
  void answering(Runnable task) {
    answerings.add(task);
    if (answeringsAnnounced.compareAndSet(false, true)) {
      execute(this::deliver);
    }
  }

  /**
   * Runs a task on the loop. After the loop has shut down no caller waits for the task, and it is
   * dropped.
   */
  void execute(Runnable task) {
    try {
      eventLoop.execute(task);
    } catch (RejectedExecutionException e) {
      if (!eventLoop.isShuttingDown()) {
        throw e;
      }
    }
  }

  /**
   * Runs a task on the loop, at once if this is it: for what must not wait until all connections
   * that have sent something were read.
   */
  void executeNow(Runnable task) {
    if (isCurrent()) {
      task.run();
    } else {
      execute(task);
    }
  }

  boolean isCurrent() {
    return eventLoop.inEventLoop();
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  // --- on the event loop -------------------------------------------------------------------------

  /** A connection has been read, and nothing on this loop is half done. */
  void readDone() {
    readsSinceDelivery++;
    if (readsSinceDelivery >= READS_BETWEEN_DELIVERIES) {
      deliver();
    }
  }

  private void deliver() {
    readsSinceDelivery = 0;
    inBurst = true;
    try {
      runAnswerings();
      ServerExchange exchange = mailbox.takeAll();
      while (exchange != null) {
        ServerExchange following = exchange.next;
        exchange.next = null;
        exchange.output().writeReady();
        exchange = following;
      }
    } finally {
      inBurst = false;
      flush();
    }
  }

  private void runAnswerings() {
    // Cleared first: a thread that adds from here on announces it anew, so none is left behind.
    if (!answeringsAnnounced.getAndSet(false)) {
      return;
    }
    for (Runnable next = answerings.poll(); next != null; next = answerings.poll()) {
      try {
        next.run();
      } catch (Throwable t) {
        LOG.error("A task for an answer threw", t);
      }
    }
  }

  /** True while answers are delivered that are all flushed at the end. */
  boolean isInBurst() {
    return inBurst;
  }

  /** The connection has written something: it is flushed at the end of the burst, or soon. */
  void flushSoon(ConnectionOutput output) {
    toFlush.add(output);
    if (!inBurst && !flushScheduled) {
      flushScheduled = true;
      execute(this::flush);
    }
  }

  private void flush() {
    flushScheduled = false;
    // Flushing calls back and may ask for more flushes; those go to the other list and a later
    // task.
    List<ConnectionOutput> now = toFlush;
    toFlush = spare;
    for (ConnectionOutput output : now) {
      output.flushNow();
    }
    now.clear();
    spare = now;
  }

  void opened(ServerConnection connection) {
    connection.registryIndex = connections.size();
    connections.add(connection);
    if (!ticking) {
      ticking = true;
      eventLoop.schedule(this::tick, tickNanos, TimeUnit.NANOSECONDS);
    }
    if (closing) {
      connection.drain();
    }
  }

  void closed(ServerConnection connection) {
    int index = connection.registryIndex;
    ServerConnection last = connections.remove(connections.size() - 1);
    if (last != connection) {
      last.registryIndex = index;
      connections.set(index, last);
    }
  }

  private void tick() {
    long now = nanoTime();
    // Backwards, because a connection that goes is replaced by the last one.
    for (int i = connections.size() - 1; i >= 0; i = Math.min(i, connections.size()) - 1) {
      connections.get(i).tick(now);
    }
    ticking = !connections.isEmpty();
    if (ticking) {
      eventLoop.schedule(this::tick, tickNanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Lets every connection finish what it has begun, and no more. */
  void drainAll() {
    closing = true;
    for (int i = connections.size() - 1; i >= 0; i = Math.min(i, connections.size()) - 1) {
      connections.get(i).drain();
    }
  }

  void cutAll() {
    for (int i = connections.size() - 1; i >= 0; i = Math.min(i, connections.size()) - 1) {
      connections.get(i).cut();
    }
  }

  /** Streams that would begin now end at once. */
  boolean isClosing() {
    return closing;
  }

  long nanoTime() {
    return time.steady().getAsLong();
  }

  AsciiString date() {
    long now = nanoTime();
    if (now - dateNanos >= DATE_NANOS) {
      dateNanos = now;
      date = dateText();
    }
    return date;
  }

  private AsciiString dateText() {
    return AsciiString.cached(HTTP_DATE.format(ZonedDateTime.now(time.wall())));
  }
}
