// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Makes whole requests of targets and bodies, with what all requests of a run have in common. */
final class RequestHeads {
  private final String common;

  /**
   * @param host as in the URL
   * @param token sent with every request; null for none
   */
  RequestHeads(String host, @Nullable String token) {
    this.common =
        " HTTP/1.1\r\nHost: "
            + host
            + "\r\n"
            + (token == null ? "" : "Authorization: Bearer " + token + "\r\n");
  }

  byte[] get(String target) {
    return ("GET " + target + common + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  byte[] post(String target, byte[] json) {
    byte[] head =
        ("POST "
                + target
                + common
                + "Content-Type: application/json\r\nContent-Length: "
                + json.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] request = new byte[head.length + json.length];
    System.arraycopy(head, 0, request, 0, head.length);
    System.arraycopy(json, 0, request, head.length, json.length);
    return request;
  }
}
