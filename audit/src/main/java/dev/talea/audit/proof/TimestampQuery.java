// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import dev.talea.log.TreeHash;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.HexFormat;

/**
 * The question to a timestamp authority, RFC 3161: its token says when a file existed. Asks for
 * SHA-256 and for the authority's certificate in the answer, so that {@code openssl ts -verify} can
 * check it later. DER by hand, since it is sixty bytes. Stateless.
 */
public final class TimestampQuery {
  private static final byte SEQUENCE = 0x30;
  private static final byte INTEGER = 0x02;
  private static final byte OCTETS = 0x04;
  private static final byte[] VERSION_1 = {INTEGER, 1, 1};
  private static final byte[] CERTIFICATE_PLEASE = {0x01, 1, (byte) 0xFF};

  /** AlgorithmIdentifier of SHA-256: 2.16.840.1.101.3.4.2.1 and NULL. */
  private static final byte[] SHA_256 = HexFormat.of().parseHex("300d06096086480165030402010500");

  private TimestampQuery() {}

  /**
   * The query.
   *
   * @param content what is to be stamped: the bytes of a head as they lie in its file
   * @param nonce comes back in the answer, so that an old answer is no new one
   */
  public static byte[] of(byte[] content, long nonce) {
    byte[] number = BigInteger.valueOf(nonce & Long.MAX_VALUE).toByteArray();
    return der(
        SEQUENCE,
        VERSION_1,
        der(SEQUENCE, SHA_256, der(OCTETS, TreeHash.sha256().digest(content))),
        der(INTEGER, number),
        CERTIFICATE_PLEASE);
  }

  /** Everything here is shorter than 128 bytes, where a length is one byte. */
  private static byte[] der(byte tag, byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    if (body.size() > 127) {
      throw new IllegalStateException(body.size() + " bytes have a longer length in DER");
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(tag);
    all.write(body.size());
    all.writeBytes(body.toByteArray());
    return all.toByteArray();
  }
}
