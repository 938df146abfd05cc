package dev.talea.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

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
  private final int writeBufferLowBytes;
  private final int writeBufferHighBytes;
  private final Duration headerDeadline;
  private final Duration bodyDeadline;
  private final Duration idleTimeout;
  private final Duration answerDeadline;
  private final Duration writeStallTimeout;
  private final Duration lingerTimeout;
  private final String threadName;

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
    this.writeBufferLowBytes = builder.writeBufferLowBytes;
    this.writeBufferHighBytes = builder.writeBufferHighBytes;
    this.headerDeadline = builder.headerDeadline;
    this.bodyDeadline = builder.bodyDeadline;
    this.idleTimeout = builder.idleTimeout;
    this.answerDeadline = builder.answerDeadline;
    this.writeStallTimeout = builder.writeStallTimeout;
    this.lingerTimeout = builder.lingerTimeout;
    this.threadName = builder.threadName;
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

  public int writeBufferLowBytes() {
    return writeBufferLowBytes;
  }

  public int writeBufferHighBytes() {
    return writeBufferHighBytes;
  }

  public Duration headerDeadline() {
    return headerDeadline;
  }

  public Duration bodyDeadline() {
    return bodyDeadline;
  }

  public Duration idleTimeout() {
    return idleTimeout;
  }

  public Duration answerDeadline() {
    return answerDeadline;
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

  /** Collects settings; for one thread. */
  public static final class Builder {
    private InetSocketAddress bind = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private int acceptBacklog = 1024;
    private int connectionsMax = 8192;
    private int connectionsPerAddressMax = 4096;
    private int requestLineBytesMax = 4 * 1024;
    private int headerBytesMax = 8 * 1024;
    private int bodyBytesMax = 2 * 1024 * 1024;
    private int discardBytesMax = 64 * 1024;
    private int pipelineDepthMax = 64;
    private int writeBufferLowBytes = 32 * 1024;
    private int writeBufferHighBytes = 64 * 1024;
    private Duration headerDeadline = Duration.ofSeconds(10);
    private Duration bodyDeadline = Duration.ofSeconds(30);
    private Duration idleTimeout = Duration.ofSeconds(60);
    private Duration answerDeadline = Duration.ofSeconds(30);
    private Duration writeStallTimeout = Duration.ofSeconds(30);
    private Duration lingerTimeout = Duration.ofSeconds(2);
    private String threadName = "talea-http";

    private Builder() {}

    /** Where to listen; port 0 takes a free one. */
    public Builder bind(InetSocketAddress address) {
      this.bind = address;
      return this;
    }

    /** Threads that read and write; half the cores by default, at least one. */
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

    /** From the end of the headers to the end of the body. */
    public Builder bodyDeadline(Duration time) {
      this.bodyDeadline = Limits.positive("bodyDeadline", time);
      return this;
    }

    /** How long a connection may stay open with no request on it. */
    public Builder idleTimeout(Duration time) {
      this.idleTimeout = Limits.positive("idleTimeout", time);
      return this;
    }

    /** From the complete request to its answer; then it is answered 408. */
    public Builder answerDeadline(Duration time) {
      this.answerDeadline = Limits.positive("answerDeadline", time);
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

    public HttpServerSettings build() {
      return new HttpServerSettings(this);
    }
  }
}
