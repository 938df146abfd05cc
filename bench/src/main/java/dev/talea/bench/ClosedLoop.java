package dev.talea.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;

/**
 * Connections that each send a request, wait for its answer, and send the next: what so many
 * callers see who do nothing else.
 *
 * <p>One event loop owns all connections, the histogram and the counters; {@link #run} waits for it
 * from outside. A closed loop slows down with the server, so its percentiles say nothing about a
 * constant arrival rate.
 */
final class ClosedLoop {
  private static final int ANSWER_BYTES_MAX = 1024 * 1024;

  private final int port;
  private final int connections;
  private final LongFunction<byte[]> requests;
  private final Histogram latencies = new Histogram(3);
  private final CountDownLatch ended;

  private long nextRequest;
  private long measureFrom;
  private long stopAt;
  private long answered;
  private long refused;

  /** What one run saw. Latencies in nanoseconds; refused counts answers other than 200. */
  record Result(
      int connections, double answersPerSecond, Histogram latencies, long answered, long refused) {}

  /**
   * @param requests bytes of the nth request, from the first number given to {@link #run}
   */
  ClosedLoop(int port, int connections, LongFunction<byte[]> requests) {
    this.port = port;
    this.connections = connections;
    this.requests = requests;
    this.ended = new CountDownLatch(connections);
  }

  /** A POST with a JSON body, ready to send. */
  static byte[] post(String path, String json) {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
    byte[] request = new byte[headBytes.length + body.length];
    System.arraycopy(headBytes, 0, request, 0, headBytes.length);
    System.arraycopy(body, 0, request, headBytes.length, body.length);
    return request;
  }

  /** Runs for a while that does not count and then for one that does. */
  Result run(long firstRequest, double warmUpSeconds, double seconds) throws InterruptedException {
    nextRequest = firstRequest;
    measureFrom = System.nanoTime() + (long) (warmUpSeconds * 1e9);
    stopAt = measureFrom + (long) (seconds * 1e9);
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      Bootstrap bootstrap =
          new Bootstrap()
              .group(loop)
              .channel(NioSocketChannel.class)
              .option(ChannelOption.TCP_NODELAY, true)
              .handler(
                  new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                      channel
                          .pipeline()
                          .addLast(
                              new HttpResponseDecoder(),
                              new HttpObjectAggregator(ANSWER_BYTES_MAX),
                              new Caller());
                    }
                  });
      for (int i = 0; i < connections; i++) {
        bootstrap.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).sync();
      }
      ended.await();
    } finally {
      loop.shutdownGracefully().sync();
    }
    return new Result(
        connections, latencies.getTotalCount() / seconds, latencies, answered, refused);
  }

  /** Number of the next request nobody has sent yet. */
  long nextRequest() {
    return nextRequest;
  }

  private final class Caller extends SimpleChannelInboundHandler<FullHttpResponse> {
    private long sentAt;

    @Override
    public void channelActive(ChannelHandlerContext context) {
      send(context.channel());
    }

    private void send(Channel channel) {
      ByteBuf request = Unpooled.wrappedBuffer(requests.apply(nextRequest++));
      sentAt = System.nanoTime();
      var unused = channel.writeAndFlush(request);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      long now = System.nanoTime();
      answered++;
      if (response.status().code() != 200) {
        refused++;
      }
      if (sentAt >= measureFrom && now < stopAt) {
        latencies.recordValue(now - sentAt);
      }
      if (now < stopAt) {
        send(context.channel());
      } else {
        var unused = context.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      ended.countDown();
    }
  }
}
