// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.IntFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What deliveries to one receiver are signed with: a secret that both sides know ({@code v1}), or a
 * pair of keys of which the receiver has the public one ({@code v1a}). The spelling of keys and
 * signatures is that of Standard Webhooks.
 *
 * <p>Immutable; any thread.
 */
final class WebhookKey {
  /** How signatures are made. */
  enum Scheme {
    /** HMAC-SHA256 with a shared secret. */
    V1("v1"),
    /** Ed25519. */
    V1A("v1a");

    private final String word;

    Scheme(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  private static final String SECRET = "whsec_";
  private static final String PRIVATE = "whsk_";
  private static final String PUBLIC = "whpk_";
  private static final String ED25519 = "Ed25519";
  private static final String HMAC = "HmacSHA256";

  /** The specification wants 24 to 64. */
  private static final int SECRET_BYTES = 32;

  private static final int ED25519_BYTES = 32;

  private final Scheme scheme;

  /** The secret, or the private key with the public one behind it. */
  private final byte[] bytes;

  private WebhookKey(Scheme scheme, byte[] bytes) {
    this.scheme = scheme;
    this.bytes = bytes;
  }

  /**
   * A new one.
   *
   * @param random so many bytes that no other can guess
   */
  static WebhookKey fresh(Scheme scheme, IntFunction<byte[]> random) {
    if (scheme == Scheme.V1) {
      return new WebhookKey(scheme, random.apply(SECRET_BYTES));
    }
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ED25519).generateKeyPair();
      byte[] seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
      byte[] encoded = pair.getPublic().getEncoded(); // which ends with the key itself
      byte[] both = Arrays.copyOf(seed, 2 * ED25519_BYTES);
      System.arraycopy(encoded, encoded.length - ED25519_BYTES, both, ED25519_BYTES, ED25519_BYTES);
      return new WebhookKey(scheme, both);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no Ed25519", e);
    }
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException if it is none
   */
  static WebhookKey read(String text) {
    boolean shared = text.startsWith(SECRET);
    if (!shared && !text.startsWith(PRIVATE)) {
      throw new IllegalArgumentException("a key of a webhook begins with neither of the two words");
    }
    byte[] bytes =
        Base64.getDecoder().decode(text.substring(shared ? SECRET.length() : PRIVATE.length()));
    if (!shared && bytes.length != 2 * ED25519_BYTES) {
      throw new IllegalArgumentException("a private key of a webhook is not of its length");
    }
    return new WebhookKey(shared ? Scheme.V1 : Scheme.V1A, bytes);
  }

  Scheme scheme() {
    return scheme;
  }

  /** All of it; a secret. */
  String text() {
    return (scheme == Scheme.V1 ? SECRET : PRIVATE) + Base64.getEncoder().encodeToString(bytes);
  }

  /** What a receiver checks signatures with, where that is no secret; else null. */
  @Nullable String publicText() {
    return scheme == Scheme.V1
        ? null
        : PUBLIC
            + Base64.getEncoder()
                .encodeToString(Arrays.copyOfRange(bytes, ED25519_BYTES, bytes.length));
  }

  /** A signature, with the word for how it was made. */
  String sign(String id, long unixSeconds, byte[] body) {
    byte[] head = (id + "." + unixSeconds + ".").getBytes(StandardCharsets.UTF_8);
    try {
      byte[] signature;
      if (scheme == Scheme.V1) {
        Mac mac = Mac.getInstance(HMAC);
        mac.init(new SecretKeySpec(bytes, HMAC));
        mac.update(head);
        signature = mac.doFinal(body);
      } else {
        Signature signer = Signature.getInstance(ED25519);
        signer.initSign(
            KeyFactory.getInstance(ED25519)
                .generatePrivate(
                    new EdECPrivateKeySpec(
                        NamedParameterSpec.ED25519, Arrays.copyOf(bytes, ED25519_BYTES))));
        signer.update(head);
        signer.update(body);
        signature = signer.sign();
      }
      return scheme.word + "," + Base64.getEncoder().encodeToString(signature);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot sign a webhook", e);
    }
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return "a key of " + scheme.word;
  }
}
