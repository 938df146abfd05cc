// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Every limit and deadline of a client. Immutable. */
public final class HttpClientSettings {
  private final int eventLoops;
  private final int connectionsMax;
  private final int waitingMax;
  private final int answerBytesMax;
  private final Duration connectTimeout;
  private final Duration idleTimeout;
  private final @Nullable SSLContext sslContext;
  private final String threadName;

  private HttpClientSettings(Builder builder) {
    this.eventLoops = builder.eventLoops;
    this.connectionsMax = builder.connectionsMax;
    this.waitingMax = builder.waitingMax;
    this.answerBytesMax = builder.answerBytesMax;
    this.connectTimeout = builder.connectTimeout;
    this.idleTimeout = builder.idleTimeout;
    this.sslContext = builder.sslContext;
    this.threadName = builder.threadName;
  }

  public static Builder builder() {
    return new Builder();
  }

  public int eventLoops() {
    return eventLoops;
  }

  public int connectionsMax() {
    return connectionsMax;
  }

  public int waitingMax() {
    return waitingMax;
  }

  public int answerBytesMax() {
    return answerBytesMax;
  }

  public Duration connectTimeout() {
    return connectTimeout;
  }

  public Duration idleTimeout() {
    return idleTimeout;
  }

  /** Null stands for the platform's default trust. */
  public @Nullable SSLContext sslContext() {
    return sslContext;
  }

  public String threadName() {
    return threadName;
  }

  /** Collects settings; for one thread. */
  public static final class Builder {
    private int eventLoops = 1;
    private int connectionsMax = 64;
    private int waitingMax = 4096;
    private int answerBytesMax = 64 * 1024 * 1024;
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration idleTimeout = Duration.ofSeconds(30);
    private @Nullable SSLContext sslContext;
    private String threadName = "talea-http-client";

    private Builder() {}

    public Builder eventLoops(int count) {
      this.eventLoops = Limits.positive("eventLoops", count);
      return this;
    }

    /** Connections for whole answers; streams open connections of their own on top. */
    public Builder connectionsMax(int count) {
      this.connectionsMax = Limits.positive("connectionsMax", count);
      return this;
    }

    /** Requests that may wait for a connection; one more fails at once. */
    public Builder waitingMax(int count) {
      this.waitingMax = Limits.positive("waitingMax", count);
      return this;
    }

    /** Longest body of a whole answer; streams have no limit. */
    public Builder answerBytesMax(int bytes) {
      this.answerBytesMax = Limits.positive("answerBytesMax", bytes);
      return this;
    }

    public Builder connectTimeout(Duration time) {
      this.connectTimeout = Limits.positive("connectTimeout", time);
      return this;
    }

    /**
     * How long an unused connection is kept; shorter than the server's, so that it is mostly the
     * client that closes.
     */
    public Builder idleTimeout(Duration time) {
      this.idleTimeout = Limits.positive("idleTimeout", time);
      return this;
    }

    /** Trust for https other than the platform's default. */
    public Builder sslContext(SSLContext context) {
      this.sslContext = context;
      return this;
    }

    public Builder threadName(String prefix) {
      this.threadName = prefix;
      return this;
    }

    public HttpClientSettings build() {
      return new HttpClientSettings(this);
    }
  }
}
