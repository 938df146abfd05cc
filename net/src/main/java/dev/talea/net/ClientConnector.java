// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to one origin: resolves its name, tries its addresses one after the other, and
 * for https waits for the handshake, so that a connection handed out is one that can be written to.
 *
 * <p>Names are resolved on an executor of their own, because the platform's resolver blocks.
 */
@SuppressWarnings("FutureReturnValueIgnored") // no caller waits for a failed connection to close
final class ClientConnector {
  private static final int LINE_BYTES_MAX = 4 * 1024;
  private static final int HEADER_BYTES_MAX = 16 * 1024;
  private static final int PIECE_BYTES_MAX = 64 * 1024;

  private final ClientOrigin origin;
  private final HttpClientSettings settings;
  private final Executor resolver;
  private final @Nullable SSLContext sslContext;

  ClientConnector(ClientOrigin origin, HttpClientSettings settings, Executor resolver) {
    this.origin = origin;
    this.settings = settings;
    this.resolver = resolver;
    this.sslContext = origin.secure() ? sslContext(settings) : null;
  }

  private static SSLContext sslContext(HttpClientSettings settings) {
    SSLContext given = settings.sslContext();
    try {
      return given == null ? SSLContext.getDefault() : given;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java platform has no default TLS context", e);
    }
  }

  ClientOrigin origin() {
    return origin;
  }

  HttpClientSettings settings() {
    return settings;
  }

  /**
   * @param handler of the connection, behind the codec
   * @param autoRead false if the handler asks for every read
   * @return completed on the event loop; fails with CONNECT_FAILED
   */
  CompletableFuture<Channel> open(EventLoop eventLoop, ChannelHandler handler, boolean autoRead) {
    CompletableFuture<Channel> opened = new CompletableFuture<>();
    Runnable resolve =
        () -> {
          try {
            InetAddress[] addresses = InetAddress.getAllByName(origin.host());
            onLoop(
                eventLoop,
                opened,
                () -> tryAddress(eventLoop, addresses, 0, handler, autoRead, opened));
          } catch (UnknownHostException e) {
            onLoop(
                eventLoop, opened, () -> opened.completeExceptionally(failed("unknown host", e)));
          }
        };
    try {
      resolver.execute(resolve);
    } catch (RejectedExecutionException e) {
      opened.completeExceptionally(failed("the client is closed", e));
    }
    return opened;
  }

  private void onLoop(EventLoop eventLoop, CompletableFuture<Channel> opened, Runnable task) {
    try {
      eventLoop.execute(task);
    } catch (RejectedExecutionException e) {
      opened.completeExceptionally(failed("the client is closed", e));
    }
  }

  private void tryAddress(
      EventLoop eventLoop,
      InetAddress[] addresses,
      int index,
      ChannelHandler handler,
      boolean autoRead,
      CompletableFuture<Channel> opened) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(eventLoop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.AUTO_READ, autoRead)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.min(Integer.MAX_VALUE, settings.connectTimeout().toMillis()))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    build(channel.pipeline());
                  }
                });
    bootstrap
        .connect(new InetSocketAddress(addresses[index], origin.port()))
        .addListener(
            (ChannelFuture connected) -> {
              if (connected.isSuccess()) {
                secured(connected.channel(), handler, opened);
              } else if (index + 1 < addresses.length) {
                tryAddress(eventLoop, addresses, index + 1, handler, autoRead, opened);
              } else {
                opened.completeExceptionally(
                    failed(String.valueOf(connected.cause().getMessage()), connected.cause()));
              }
            });
  }

  private void build(ChannelPipeline pipeline) {
    SSLContext tls = sslContext;
    if (tls != null) {
      SSLEngine engine = tls.createSSLEngine(origin.host(), origin.port());
      engine.setUseClientMode(true);
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
      SslHandler handler = new SslHandler(engine);
      handler.setHandshakeTimeoutMillis(settings.connectTimeout().toMillis());
      pipeline.addLast(handler);
    }
    pipeline.addLast(
        new HttpClientCodec(
            new HttpDecoderConfig()
                .setMaxInitialLineLength(LINE_BYTES_MAX)
                .setMaxHeaderSize(HEADER_BYTES_MAX)
                .setMaxChunkSize(PIECE_BYTES_MAX)
                .setChunkedSupported(true)
                .setAllowPartialChunks(true)
                .setValidateHeaders(true)
                .setAllowDuplicateContentLengths(false)
                .setUseRfc9112TransferEncoding(true)
                .setStrictLineParsing(true),
            false,
            false));
  }

  private void secured(Channel channel, ChannelHandler handler, CompletableFuture<Channel> opened) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      channel.pipeline().addLast(handler);
      opened.complete(channel);
      return;
    }
    HandshakeWatch watch = new HandshakeWatch();
    channel.pipeline().addLast(watch);
    tls.handshakeFuture()
        .addListener(
            handshake -> {
              if (handshake.isSuccess()) {
                channel.pipeline().replace(watch, null, handler);
                opened.complete(channel);
              } else {
                channel.close();
                Throwable cause = handshake.cause();
                opened.completeExceptionally(failed("TLS handshake: " + cause.getMessage(), cause));
              }
            });
  }

  /** Stands in for the handler during a handshake, whose failure is told through its future. */
  private static final class HandshakeWatch extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable told) {
      context.close();
    }
  }

  private TransportException failed(String why, Throwable cause) {
    return new TransportException(
        TransportException.Kind.CONNECT_FAILED,
        false,
        "Cannot connect to " + origin + ": " + why + "; is the server running there?",
        cause);
  }
}
