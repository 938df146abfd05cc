// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Ed25519 of RFC 8032 over raw keys of 32 bytes, as the note formats spell them. Signs and verifies
 * with the JDK, which takes keys in DER only, hence the two prefixes.
 *
 * <p>The one thing that the JDK does not do is to tell the public key of a seed, so that is
 * computed here, once per key file, by the addition law of the curve. It takes some milliseconds
 * and not a constant time, on the machine of the key's owner. What it finds is compared with the id
 * in the key file, and a test compares it with the JDK's own key pairs.
 *
 * <p>Stateless.
 */
final class Ed25519 {
  static final int KEY_BYTES = 32;
  static final int SIGNATURE_BYTES = 64;

  private static final byte[] PUBLIC_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");
  private static final byte[] PRIVATE_PREFIX =
      HexFormat.of().parseHex("302e020100300506032b657004220420");

  /** The prime 2^255 - 19. */
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

  /** The d of the curve -x^2 + y^2 = 1 + d x^2 y^2. */
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);

  private static final Point BASE =
      Point.at(
          new BigInteger(
              "15112221349535400772501151409588531511454012693041857206046113283949847762202"),
          BigInteger.valueOf(4).multiply(BigInteger.valueOf(5).modInverse(P)).mod(P));

  /** The point (x/z, y/z), and t = xy/z, so that adding needs no division: RFC 8032, 5.1.4. */
  private record Point(BigInteger x, BigInteger y, BigInteger z, BigInteger t) {
    static Point at(BigInteger x, BigInteger y) {
      return new Point(x, y, BigInteger.ONE, x.multiply(y).mod(P));
    }

    /** The law is complete: it holds for doubling and for the neutral element too. */
    Point plus(Point that) {
      BigInteger a = y.subtract(x).multiply(that.y.subtract(that.x)).mod(P);
      BigInteger b = y.add(x).multiply(that.y.add(that.x)).mod(P);
      BigInteger c = t.multiply(D).multiply(that.t).shiftLeft(1).mod(P);
      BigInteger d = z.multiply(that.z).shiftLeft(1).mod(P);
      BigInteger e = b.subtract(a);
      BigInteger f = d.subtract(c);
      BigInteger g = d.add(c);
      BigInteger h = b.add(a);
      return new Point(
          e.multiply(f).mod(P), g.multiply(h).mod(P), f.multiply(g).mod(P), e.multiply(h).mod(P));
    }
  }

  private Ed25519() {}

  /** The public key of a seed: RFC 8032, section 5.1.5. */
  static byte[] publicKey(byte[] seed) {
    byte[] half = new byte[KEY_BYTES];
    try {
      System.arraycopy(MessageDigest.getInstance("SHA-512").digest(seed), 0, half, 0, KEY_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no SHA-512", e);
    }
    half[0] &= (byte) 0xF8;
    half[31] &= 0x7F;
    half[31] |= 0x40;
    Point sum = Point.at(BigInteger.ZERO, BigInteger.ONE);
    for (int bit = 254; bit >= 0; bit--) {
      sum = sum.plus(sum);
      if ((half[bit / 8] >> (bit % 8) & 1) == 1) {
        sum = sum.plus(BASE);
      }
    }
    BigInteger inverse = sum.z.modInverse(P);
    BigInteger x = sum.x.multiply(inverse).mod(P);
    BigInteger y = sum.y.multiply(inverse).mod(P);
    byte[] encoded = new byte[KEY_BYTES];
    for (int i = 0; i < KEY_BYTES; i++) {
      encoded[i] = y.shiftRight(8 * i).byteValue();
    }
    if (x.testBit(0)) {
      encoded[31] |= (byte) 0x80;
    }
    return encoded;
  }

  static byte[] sign(byte[] seed, byte[] message) {
    try {
      PrivateKey key =
          factory().generatePrivate(new PKCS8EncodedKeySpec(der(PRIVATE_PREFIX, seed)));
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(key);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot sign with Ed25519", e);
    }
  }

  static boolean verifies(byte[] publicKey, byte[] message, byte[] signature) {
    if (signature.length != SIGNATURE_BYTES || publicKey.length != KEY_BYTES) {
      return false;
    }
    try {
      PublicKey key =
          factory().generatePublic(new X509EncodedKeySpec(der(PUBLIC_PREFIX, publicKey)));
      Signature check = Signature.getInstance("Ed25519");
      check.initVerify(key);
      check.update(message);
      return check.verify(signature);
    } catch (InvalidKeySpecException | InvalidKeyException | SignatureException e) {
      return false; // no point of the curve, or no signature at all: nothing that this key signed
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot verify Ed25519", e);
    }
  }

  private static KeyFactory factory() throws GeneralSecurityException {
    return KeyFactory.getInstance("Ed25519");
  }

  private static byte[] der(byte[] prefix, byte[] key) {
    byte[] der = Arrays.copyOf(prefix, prefix.length + KEY_BYTES);
    System.arraycopy(key, 0, der, prefix.length, KEY_BYTES);
    return der;
  }
}
