// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;

/**
 * Whatever bytes come over a connection: what passes the check is a head that no two programs can
 * read in two ways. A build repeats the known inputs; with {@code JAZZER_FUZZ=1} it looks for
 * others.
 */
@Tag("slow")
class HeadFuzzTest {
  private static final InetSocketAddress PEER =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private static final RequestDecoder.Gate OPEN =
      new RequestDecoder.Gate() {
        @Override
        public void readBegins() {}

        @Override
        public RequestDecoder.Intake intake() {
          return RequestDecoder.Intake.DECODE;
        }

        @Override
        public boolean isHolding() {
          return false;
        }
      };

  @FuzzTest(maxDuration = "30s")
  void head(byte[] bytes) {
    EmbeddedChannel channel =
        new EmbeddedChannel(new RequestDecoder(HttpServerSettings.builder().build(), OPEN));
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(bytes));
      for (Object message = channel.readInbound();
          message != null;
          message = channel.readInbound()) {
        if (message instanceof HttpRequest request
            && HeadCheck.check(request, PEER) instanceof HeadCheck.Result.Good good) {
          good(good.head());
        }
        ReferenceCountUtil.release(message);
      }
    } finally {
      channel.finishAndReleaseAll();
    }
  }

  private static void good(RequestHead head) {
    Headers headers = head.headers();
    assertTrue(headers.all("Host").size() <= 1, "two hosts");
    assertTrue(headers.all("Content-Length").size() <= 1, "two lengths");
    assertFalse(
        headers.contains("Content-Length") && headers.contains("Transfer-Encoding"), "two lengths");
    assertFalse(head.target().chars().anyMatch(c -> c <= ' ' || c >= 0x7f), head::target);
    for (String part : head.rawPath().split("/", -1)) {
      try {
        PercentDecoder.decode(part, false);
      } catch (MalformedTargetException e) {
        // refused by its own name
      }
    }
    try {
      QueryParams.parse(head.rawQuery());
    } catch (MalformedTargetException e) {
      // refused by its own name
    }
  }
}
