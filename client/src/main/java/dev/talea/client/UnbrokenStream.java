// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.net.ClientStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one unbroken, gapless stream of however many connections it takes. What is asked for, and
 * what a frame says, are the subclass's: {@link HttpEventStream} follows one book, {@link
 * HttpLedgerStream} many.
 *
 * <p>Everything happens on the reader's thread, inside {@link #poll}: connecting, reading, parsing,
 * waiting before the next connection. There is always exactly one operation under way, and its
 * completion is the one thing other threads put into {@link #completions}; so no state is shared
 * and nothing is read from the network before it is polled for. {@link #close} comes from any
 * thread.
 *
 * <p>What ends it for good: a refusal that waiting does not change (401, 403, a bad request), a
 * first connection that cannot be made, {@link #patience} without a sign of life, and a server that
 * keeps sending what it should not. What does not: lost connections, restarts, 408, 429, 502, 503,
 * 504, silence.
 */
abstract class UnbrokenStream<T> implements AutoCloseable {
  /** The server breaks every silence after 15 s; three times that is no silence but a dead line. */
  static final Duration SILENCE_MAX = Duration.ofSeconds(45);

  /** Gaps and unreadable events in a row, without a good event in between, that are borne. */
  static final int FAULTS_MAX = 3;

  private static final Logger LOG = LoggerFactory.getLogger(UnbrokenStream.class);

  private enum Operation {
    CONNECT,
    READ,
    REFUSAL,
    PAUSE
  }

  /**
   * The end of an operation.
   *
   * @param number which one; an operation that was given up may end late, and is then ignored
   */
  private record Completion(long number, @Nullable Object result, @Nullable Throwable failure) {}

  final Wire wire;
  private final RetryPolicy policy;
  private final Duration patience;
  private final Surroundings surroundings;

  private final BlockingQueue<Completion> completions = new LinkedBlockingQueue<>();

  /** What was read but not yet asked for: of one piece of the network's making. */
  private final Queue<T> ready = new ArrayDeque<>();

  private @Nullable LedgerException failure;

  private @Nullable Operation operation;
  private long operationNumber;
  private long operationStartNanos;
  private SseParser parser;

  /** Why the connection in hand is of no more use, once that is known. */
  private @Nullable LedgerException broken;

  /** Whether there is a server, or what stands for it: an address that is wrong has neither. */
  private boolean everAnswered;

  /** Connections in a row that brought nothing. */
  private int outages;

  private long outageStartNanos;
  private int faults;

  private volatile @Nullable ClientStream connection;
  private volatile boolean closed;

  /**
   * Connects with the first {@link #poll}.
   *
   * @param patience how long it bears a server without a sign of life
   */
  UnbrokenStream(Wire wire, RetryPolicy policy, Duration patience, Surroundings surroundings) {
    this.wire = wire;
    this.policy = policy;
    this.patience = patience;
    this.surroundings = surroundings;
    this.parser = newParser();
  }

  /** Asks for what follows all that has been handed over; whatever the status. */
  abstract CompletableFuture<ClientStream> open();

  /**
   * What a frame brings; null if that has been handed over before.
   *
   * @throws LedgerException if it is not what should come next
   */
  abstract @Nullable T item(byte[] data);

  /** What a frame says that is called an error: {@link #refused} unless the stream goes on. */
  abstract void error(byte[] data);

  /** Something has been heard behind all that came before; the stream has not ended there. */
  void heard() {}

  /** The connection has ended, and not in the middle of a frame that matters. */
  void ended() {}

  /** What is followed and where it stands, for the log. */
  @Override
  public abstract String toString();

  /** Hands over what the reader shall get next. Whatever went before is made good by it. */
  final void give(T item) {
    faults = 0;
    outages = 0;
    ready.add(item);
  }

  /**
   * Whether this is the next event of a book, and not one that has been seen: delivery is at least
   * once, and here it becomes exactly once.
   *
   * @throws LedgerException if it is neither
   */
  static boolean isNext(String book, long seen, long seq) {
    if (seq > seen + 1) {
      throw new LedgerException(
          new Internal("the stream of book " + book + " skipped from seq " + seen + " to " + seq));
    }
    return seq == seen + 1;
  }

  /** See {@link dev.talea.ledger.EventStream#poll}. */
  public @Nullable T poll(Duration timeout) throws InterruptedException {
    long start = surroundings.nanoTime();
    while (!closed) {
      T next = ready.poll();
      if (next != null) {
        return next;
      }
      if (failure != null) {
        throw new LedgerException(failure.error(), failure);
      }
      if (operation == null) {
        start(connection == null ? Operation.CONNECT : Operation.READ);
      }
      long now = surroundings.nanoTime();
      long left = timeout.toNanos() - (now - start);
      long leftOfSilence =
          operation == Operation.READ || operation == Operation.REFUSAL
              ? SILENCE_MAX.toNanos() - (now - operationStartNanos)
              : Long.MAX_VALUE;
      Completion completion =
          completions.poll(Math.max(Math.min(left, leftOfSilence), 0), TimeUnit.NANOSECONDS);
      if (completion != null) {
        if (completion.number == operationNumber) {
          take(completion);
        }
      } else if (leftOfSilence <= left) {
        lost(new LedgerException(new Unavailable("nothing heard for " + SILENCE_MAX)), null);
      } else {
        return null;
      }
    }
    return null;
  }

  private void start(Operation what) {
    switch (what) {
      case CONNECT -> begin(what, open().whenComplete(this::opened));
      case READ, REFUSAL -> {
        ClientStream open = connection;
        if (open == null) {
          throw new IllegalStateException("reading without a connection");
        }
        begin(what, open.next());
      }
      case PAUSE -> throw new IllegalStateException("a pause is begun with its length");
    }
  }

  private void begin(Operation what, CompletableFuture<?> future) {
    long number = ++operationNumber;
    operation = what;
    operationStartNanos = surroundings.nanoTime();
    var unused =
        future.whenComplete(
            (result, failed) -> completions.add(new Completion(number, result, failed)));
  }

  /** On the event loop: a stream that was closed meanwhile must not leave a connection behind. */
  private void opened(@Nullable ClientStream stream, @Nullable Throwable failed) {
    if (stream != null) {
      connection = stream;
      if (closed) {
        stream.close();
      }
    }
  }

  private void take(Completion completion) {
    Operation done = operation;
    operation = null;
    ClientStream open = connection;
    if (done == Operation.CONNECT) {
      connected(completion);
    } else if (done == Operation.READ) {
      read(completion);
    } else if (done == Operation.REFUSAL && open != null) {
      refusal(open, completion);
    }
    // After a pause the next turn connects.
  }

  private void connected(Completion completion) {
    ClientStream open = connection;
    if (completion.failure != null || open == null) {
      Throwable why = completion.failure;
      if (why == null || Wire.isFinal(why)) {
        fail(wire.noAnswer(why == null ? new IllegalStateException("no stream") : why));
      } else {
        lost(wire.noAnswer(why), null);
      }
    } else if (Wire.isSuccess(open.status())) {
      everAnswered = true;
      parser = newParser();
      broken = null;
    } else {
      start(Operation.REFUSAL);
    }
  }

  /** The head said no, and the body says why. */
  private void refusal(ClientStream open, Completion completion) {
    byte[] body = completion.result instanceof byte[] piece ? piece : new byte[0];
    LedgerException refusal = Wire.refusal(open.status(), body);
    if (Wire.isTemporary(open.status())) {
      everAnswered = true;
      lost(refusal, Wire.retryAfter(open.headers()));
    } else {
      fail(refusal);
    }
  }

  private void read(Completion completion) {
    if (completion.failure != null && Wire.isFinal(completion.failure)) {
      fail(wire.noAnswer(completion.failure));
      return;
    }
    if (completion.result instanceof byte[] piece) {
      try {
        parser.feed(piece, 0, piece.length);
      } catch (IllegalStateException e) {
        fault(new LedgerException(new Internal(String.valueOf(e.getMessage())), e));
      }
    } else {
      ended();
      if (broken == null) {
        broken =
            completion.failure != null
                ? wire.noAnswer(completion.failure)
                : new LedgerException(new Unavailable("the server ended the stream"));
      }
    }
    LedgerException why = broken;
    if (why != null && failure == null) {
      if (faults >= FAULTS_MAX) {
        fail(why);
      } else {
        lost(why, null);
      }
    }
  }

  private SseParser newParser() {
    return new SseParser(this::frame, this::comment);
  }

  private void comment() {
    outages = 0;
    if (isOfUse()) {
      heard();
    }
  }

  /** If not, what comes is the rest of a piece whose beginning was enough. */
  private boolean isOfUse() {
    return broken == null && failure == null;
  }

  private void frame(SseParser.Frame frame) {
    if (!isOfUse()) {
      return;
    }
    heard();
    byte[] data = frame.data().getBytes(StandardCharsets.UTF_8);
    if (frame.event().equals("error")) {
      error(data);
    } else if (frame.event().isEmpty() || frame.event().equals("message")) {
      try {
        T item = item(data);
        if (item != null) {
          give(item);
        }
      } catch (LedgerException unusable) {
        fault(unusable);
      }
    }
  }

  /** What should not have come. Asking again may help: a proxy may have mangled it. */
  private void fault(LedgerException why) {
    faults++;
    broken = why;
  }

  /** The server has ended the stream, and says why: for good, or until it is asked again. */
  final void refused(LedgerError error) {
    LedgerException why = new LedgerException(error);
    if (error instanceof LedgerError.Overloaded
        || error instanceof Unavailable
        || error instanceof LedgerError.Timeout) {
      broken = why;
    } else if (error instanceof Internal) {
      fault(why);
    } else {
      fail(why);
    }
  }

  /** Gives the connection up and pauses before the next one. */
  private void lost(LedgerException why, @Nullable Duration retryAfter) {
    hangUp();
    long now = surroundings.nanoTime();
    if (outages == 0) {
      outageStartNanos = now;
    }
    outages++;
    boolean hopeless =
        everAnswered ? now - outageStartNanos > patience.toNanos() : outages >= policy.attempts();
    if (hopeless) {
      fail(why);
      return;
    }
    Duration delay = policy.delayAfter(outages, retryAfter, surroundings.random());
    Duration pause = delay == null ? RetryPolicy.RETRY_AFTER_MAX : delay;
    if (outages == 2 && everAnswered) {
      // Once an outage: a single lost connection is not worth a warning.
      LOG.warn("event stream of {} interrupted: {}", this, why.error());
    }
    begin(Operation.PAUSE, surroundings.after(pause));
  }

  private void fail(LedgerException why) {
    hangUp();
    failure = why;
  }

  private void hangUp() {
    operation = null;
    ClientStream open = connection;
    connection = null;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public final void close() {
    closed = true;
    ClientStream open = connection;
    if (open != null) {
      open.close();
    }
    // Wakes the reader; no operation has this number.
    completions.add(new Completion(-1, null, null));
  }
}
