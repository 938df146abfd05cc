// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class WebhookKeyTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The vector that the libraries of Standard Webhooks are held against (its `test_sign`). */
  @Test
  void aSharedSecretSignsAsThePublishedVectorSays() {
    WebhookKey key = WebhookKey.read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assertEquals(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, utf8("{\"test\": 2432232314}")));
    assertEquals("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", key.text());
    assertEquals(null, key.publicText());
  }

  @Test
  void aFreshSecretIsOfTheLengthThatTheSpecificationWants() {
    WebhookKey key = WebhookKey.fresh(WebhookKey.Scheme.V1, byte[]::new);
    byte[] secret = Base64.getDecoder().decode(key.text().substring("whsec_".length()));
    assertEquals(32, secret.length);
    assertEquals(key.text(), WebhookKey.read(key.text()).text());
    assertFalse(key.toString().contains("whsec"));
  }

  @Test
  void aPairSignsWhatItsPublicKeyChecks() throws Exception {
    WebhookKey key = WebhookKey.read(WebhookKey.fresh(WebhookKey.Scheme.V1A, byte[]::new).text());
    String text = key.sign("evt_C4_7", 1_614_265_330, utf8("{}"));
    assertTrue(text.startsWith("v1a,"), text);
    // A public key of RFC 8410: its header, then the bytes that the receiver is given.
    byte[] raw =
        Base64.getDecoder().decode(requireNonNull(key.publicText()).substring("whpk_".length()));
    byte[] encoded =
        HexFormat.of().parseHex("302a300506032b6570032100" + HexFormat.of().formatHex(raw));
    PublicKey open =
        KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    Signature check = Signature.getInstance("Ed25519");
    check.initVerify(open);
    check.update(utf8("evt_C4_7.1614265330.{}"));
    assertTrue(check.verify(Base64.getDecoder().decode(text.substring("v1a,".length()))));
  }

  /** Test 1 of RFC 8032: what the public key of this private one is. */
  @Test
  void keysOfThePairAreSpelledAsTheSpecificationSays() {
    byte[] both =
        HexFormat.of()
            .parseHex(
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
                    + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    WebhookKey key = WebhookKey.read("whsk_" + Base64.getEncoder().encodeToString(both));
    assertEquals("whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", key.publicText());
  }

  @Test
  void whatIsNoKeyIsRefused() {
    for (String bad : new String[] {"", "whpk_AAAA", "whsk_AAAA", "whsec_not base64"}) {
      assertThrows(IllegalArgumentException.class, () -> WebhookKey.read(bad), bad);
    }
  }
}
