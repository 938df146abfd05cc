// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Every limit and every deadline of a server, each with its unit in its name or type. Immutable.
 *
 * <p>The defaults are for a server that faces the network: all deadlines are absolute, so that a
 * peer that sends a byte now and then gains nothing by it.
 */
public final class HttpServerSettings {
  private final InetSocketAddress bind;
  private final int eventLoops;
  private final int acceptBacklog;
  private final int connectionsMax;
  private final int connectionsPerAddressMax;
  private final int requestLineBytesMax;
  private final int headerBytesMax;
  private final int bodyBytesMax;
  private final int discardBytesMax;
  private final int pipelineDepthMax;
  private final int answerBytesMax;
  private final int sendBufferBytes;
  private final Holdings.Bounds incompleteBounds;
  private final Holdings.Bounds unsentBounds;
  private final int writeBufferLowBytes;
  private final int writeBufferHighBytes;
  private final Duration headerDeadline;
  private final Duration requestDeadline;
  private final Duration idleTimeout;
  private final Duration writeStallTimeout;
  private final Duration lingerTimeout;
  private final String threadName;
  private final List<String> doorTargets;

  private HttpServerSettings(Builder builder) {
    this.bind = builder.bind;
    this.eventLoops = builder.eventLoops;
    this.acceptBacklog = builder.acceptBacklog;
    this.connectionsMax = builder.connectionsMax;
    this.connectionsPerAddressMax = builder.connectionsPerAddressMax;
    this.requestLineBytesMax = builder.requestLineBytesMax;
    this.headerBytesMax = builder.headerBytesMax;
    this.bodyBytesMax = builder.bodyBytesMax;
    this.discardBytesMax = builder.discardBytesMax;
    this.pipelineDepthMax = builder.pipelineDepthMax;
    this.answerBytesMax = builder.answerBytesMax;
    this.sendBufferBytes = builder.sendBufferBytes;
    // One request of the longest kind must fit, or its connection would be its own eviction.
    long oneRequest = 2L * builder.bodyBytesMax + builder.headerBytesMax;
    this.incompleteBounds =
        new Holdings.Bounds(
            builder.incompletePerAddressMax,
            builder.incompleteMax,
            Math.max(oneRequest, builder.incompleteBytesMax / 2),
            Math.max(2 * oneRequest, builder.incompleteBytesMax));
    this.unsentBounds =
        new Holdings.Bounds(
            builder.connectionsMax,
            builder.connectionsMax,
            builder.unsentBytesMax,
            builder.unsentBytesMax);
    this.writeBufferLowBytes = builder.writeBufferLowBytes;
    this.writeBufferHighBytes = builder.writeBufferHighBytes;
    this.headerDeadline = builder.headerDeadline;
    this.requestDeadline = builder.requestDeadline;
    this.idleTimeout = builder.idleTimeout;
    this.writeStallTimeout = builder.writeStallTimeout;
    this.lingerTimeout = builder.lingerTimeout;
    this.threadName = builder.threadName;
    this.doorTargets = builder.doorTargets;
  }

  /** The defaults, on a free port of the loopback address. */
  public static Builder builder() {
    return new Builder();
  }

  public InetSocketAddress bind() {
    return bind;
  }

  public int eventLoops() {
    return eventLoops;
  }

  public int acceptBacklog() {
    return acceptBacklog;
  }

  public int connectionsMax() {
    return connectionsMax;
  }

  public int connectionsPerAddressMax() {
    return connectionsPerAddressMax;
  }

  public int requestLineBytesMax() {
    return requestLineBytesMax;
  }

  public int headerBytesMax() {
    return headerBytesMax;
  }

  public int bodyBytesMax() {
    return bodyBytesMax;
  }

  public int discardBytesMax() {
    return discardBytesMax;
  }

  public int pipelineDepthMax() {
    return pipelineDepthMax;
  }

  public int answerBytesMax() {
    return answerBytesMax;
  }

  public int sendBufferBytes() {
    return sendBufferBytes;
  }

  Holdings.Bounds incompleteBounds() {
    return incompleteBounds;
  }

  Holdings.Bounds unsentBounds() {
    return unsentBounds;
  }

  public int writeBufferLowBytes() {
    return writeBufferLowBytes;
  }

  public int writeBufferHighBytes() {
    return writeBufferHighBytes;
  }

  public Duration headerDeadline() {
    return headerDeadline;
  }

  public Duration requestDeadline() {
    return requestDeadline;
  }

  public Duration idleTimeout() {
    return idleTimeout;
  }

  public Duration writeStallTimeout() {
    return writeStallTimeout;
  }

  public Duration lingerTimeout() {
    return lingerTimeout;
  }

  public String threadName() {
    return threadName;
  }

  public List<String> doorTargets() {
    return doorTargets;
  }

  /** Collects settings; for one thread. */
  public static final class Builder {
    private static final long HELD_BYTES_MIN = 4L * 1024 * 1024;

    private InetSocketAddress bind = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private int acceptBacklog = 4096;
    private int connectionsMax = 8192;
    private int connectionsPerAddressMax = 4096;
    private int requestLineBytesMax = 4 * 1024;
    private int headerBytesMax = 8 * 1024;
    private int bodyBytesMax = 2 * 1024 * 1024;
    private int discardBytesMax = 64 * 1024;
    private int pipelineDepthMax = 64;
    private int answerBytesMax = 256 * 1024;
    private int sendBufferBytes = 256 * 1024;
    private int incompletePerAddressMax = 1024;
    private int incompleteMax = 4096;
    private long incompleteBytesMax = Math.max(HELD_BYTES_MIN, heapBytes() / 8);
    private long unsentBytesMax = Math.max(HELD_BYTES_MIN, heapBytes() / 8);
    private int writeBufferLowBytes = 32 * 1024;
    private int writeBufferHighBytes = 64 * 1024;
    private Duration headerDeadline = Duration.ofSeconds(10);
    private Duration requestDeadline = Duration.ofSeconds(30);
    private Duration idleTimeout = Duration.ofSeconds(60);
    private Duration writeStallTimeout = Duration.ofSeconds(30);
    private Duration lingerTimeout = Duration.ofSeconds(2);
    private String threadName = "talea-http";
    private List<String> doorTargets = List.of();

    private Builder() {}

    private static long heapBytes() {
      return Runtime.getRuntime().maxMemory();
    }

    /** Where to listen; port 0 takes a free one. */
    public Builder bind(InetSocketAddress address) {
      this.bind = address;
      return this;
    }

    /**
     * Threads that read and write, besides the one that accepts; half the cores by default, at
     * least one.
     */
    public Builder eventLoops(int count) {
      this.eventLoops = Limits.positive("eventLoops", count);
      return this;
    }

    /** Connections the operating system holds before they are accepted. */
    public Builder acceptBacklog(int count) {
      this.acceptBacklog = Limits.positive("acceptBacklog", count);
      return this;
    }

    /** Open connections altogether; one more is closed as soon as it is accepted. */
    public Builder connectionsMax(int count) {
      this.connectionsMax = Limits.positive("connectionsMax", count);
      return this;
    }

    /** Open connections of one IPv4 address or one IPv6 /64 network. */
    public Builder connectionsPerAddressMax(int count) {
      this.connectionsPerAddressMax = Limits.positive("connectionsPerAddressMax", count);
      return this;
    }

    /** Length of the request line; more is 414. */
    public Builder requestLineBytesMax(int bytes) {
      this.requestLineBytesMax = Limits.positive("requestLineBytesMax", bytes);
      return this;
    }

    /** Length of all header lines together; more is 431. */
    public Builder headerBytesMax(int bytes) {
      this.headerBytesMax = Limits.positive("headerBytesMax", bytes);
      return this;
    }

    /** Length of a body, announced or sent in chunks; one byte more is refused. */
    public Builder bodyBytesMax(int bytes) {
      this.bodyBytesMax = Limits.positive("bodyBytesMax", bytes);
      return this;
    }

    /**
     * How much body of a refused request is read and thrown away so that the connection can be
     * kept; a longer one costs the connection.
     */
    public Builder discardBytesMax(int bytes) {
      this.discardBytesMax = Limits.positive("discardBytesMax", bytes);
      return this;
    }

    /** Unanswered requests on one connection at which it is no longer read. */
    public Builder pipelineDepthMax(int requests) {
      this.pipelineDepthMax = Limits.positive("pipelineDepthMax", requests);
      return this;
    }

    /**
     * What the answers to requests under way on one connection may be together, by what the handler
     * expects of them ({@link HttpExchange#expectAnswer}), before the next request is taken up. One
     * request is always taken up.
     */
    public Builder answerBytesMax(int bytes) {
      this.answerBytesMax = Limits.positive("answerBytesMax", bytes);
      return this;
    }

    /**
     * What the operating system keeps of answers for one connection. Left to itself it goes up to
     * several megabytes for each reader that does not read.
     */
    public Builder sendBufferBytes(int bytes) {
      this.sendBufferBytes = Limits.positive("sendBufferBytes", bytes);
      return this;
    }

    /**
     * Requests whose head or body is still coming, of one address (an IPv6 /64) and in all. One
     * more is not refused: the oldest of the address, or of the address with most of them, is given
     * up for it. A request that arrives whole is never counted.
     */
    public Builder incompleteMax(int perAddress, int inAll) {
      this.incompletePerAddressMax = Limits.positive("incompletePerAddressMax", perAddress);
      this.incompleteMax = Limits.positive("incompleteMax", inAll);
      return this;
    }

    /**
     * Bytes kept of incomplete requests; one address gets half of it. By default an eighth of the
     * heap. There is always room for one request of the longest kind.
     */
    public Builder incompleteBytesMax(long bytes) {
      this.incompleteBytesMax = Limits.positive("incompleteBytesMax", bytes);
      return this;
    }

    /**
     * Bytes of answers that wait for their readers, in all. Beyond it the reader that has kept its
     * answers waiting longest, of the address that keeps most, is cut off. By default an eighth of
     * the heap.
     */
    public Builder unsentBytesMax(long bytes) {
      this.unsentBytesMax = Limits.positive("unsentBytesMax", bytes);
      return this;
    }

    /** A connection stops taking stream pieces above {@code high} and goes on below {@code low}. */
    public Builder writeBufferBytes(int low, int high) {
      this.writeBufferLowBytes = Limits.positive("writeBufferLowBytes", low);
      this.writeBufferHighBytes = Limits.positive("writeBufferHighBytes", high);
      if (low > high) {
        throw new IllegalArgumentException(
            "writeBufferLowBytes " + low + " is above writeBufferHighBytes " + high);
      }
      return this;
    }

    /** From the first byte of a request to the end of its headers. */
    public Builder headerDeadline(Duration time) {
      this.headerDeadline = Limits.positive("headerDeadline", time);
      return this;
    }

    /**
     * From the first byte of a request until its answer has left. A body that is not there by then,
     * and an answer that is not given, are answered 408; a peer that has not taken its answer is
     * cut off. A streamed answer is free of it once its head has left.
     */
    public Builder requestDeadline(Duration time) {
      this.requestDeadline = Limits.positive("requestDeadline", time);
      return this;
    }

    /** How long a connection may stay open with no request on it. */
    public Builder idleTimeout(Duration time) {
      this.idleTimeout = Limits.positive("idleTimeout", time);
      return this;
    }

    /**
     * A peer with answer bytes waiting for it must take all of them, or as much as the low write
     * mark, in each such span, or it is cut off.
     */
    public Builder writeStallTimeout(Duration time) {
      this.writeStallTimeout = Limits.positive("writeStallTimeout", time);
      return this;
    }

    /**
     * After a closing answer: how long the peer may go on sending before the socket is closed under
     * it. Closing at once would reset the connection and could destroy the answer on its way.
     */
    public Builder lingerTimeout(Duration time) {
      this.lingerTimeout = Limits.positive("lingerTimeout", time);
      return this;
    }

    /** Prefix of the names of the event loop threads. */
    public Builder threadName(String prefix) {
      this.threadName = prefix;
      return this;
    }

    /**
     * Targets that are asked for on connections of their own and must be answered however busy the
     * event loops are: a connection whose first request is a GET or HEAD of one of them stays on
     * the thread that accepts.
     */
    public Builder doorTargets(String... targets) {
      this.doorTargets = List.of(targets);
      return this;
    }

    public HttpServerSettings build() {
      return new HttpServerSettings(this);
    }
  }
}
