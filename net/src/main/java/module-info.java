// SPDX-License-Identifier: Apache-2.0
/** An HTTP/1.1 server and client on Netty. */
module dev.talea.net {
  requires static transitive org.jspecify;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.http;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.transport;
  requires org.slf4j;

  exports dev.talea.net;
}
