// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * The baseline of every HTTP figure: Netty's own codec, constant answers of the sizes that talea's
 * have, nothing else. What it reaches is what the machine, the loopback and Netty allow.
 *
 * <p>A POST is answered with a receipt, one to the batch route with 500 of them, a GET with a
 * balance.
 *
 * <p>A process of its own; prints its port on the first line and runs until its input ends.
 */
public final class BareNettyServer {
  /** How many receipts answer a batch; a comparison sends batches of as many drafts. */
  public static final int BATCH_DRAFTS = 500;

  private static final String RECEIPT_TEXT =
      "{\"tx_id\":\"019a8c00-0000-7000-8000-000000000000\",\"seq\":1234567,"
          + "\"at\":\"2026-01-01T00:00:00.000000Z\",\"deduplicated\":false}";
  private static final byte[] RECEIPT = RECEIPT_TEXT.getBytes(StandardCharsets.US_ASCII);
  private static final byte[] RECEIPTS =
      ("[" + (RECEIPT_TEXT + ",").repeat(BATCH_DRAFTS - 1) + RECEIPT_TEXT + "]")
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BALANCE =
      ("{\"account\":\"bench:cash\",\"asset\":\"EUR\",\"balance\":\"1234567.89\","
              + "\"as_of\":null,\"updated_seq\":1234567}")
          .getBytes(StandardCharsets.US_ASCII);

  private static final int BODY_BYTES_MAX = 2 * 1024 * 1024;

  private BareNettyServer() {}

  /** Serves on a free port of the loopback interface. */
  public static void main(String[] args) throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var server =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpObjectAggregator(BODY_BYTES_MAX),
                            new Answer());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
    ServerProcess.announceAndWait(((InetSocketAddress) server.localAddress()).getPort());
    loops.shutdownGracefully().sync();
  }

  private static final class Answer extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      byte[] constant = constant(request);
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(constant));
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
          .setInt(HttpHeaderNames.CONTENT_LENGTH, constant.length);
      context.write(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private static byte[] constant(FullHttpRequest request) {
      if (request.method().equals(HttpMethod.GET)) {
        return BALANCE;
      }
      return request.uri().startsWith("/v1/transactions/batch") ? RECEIPTS : RECEIPT;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }
  }
}
