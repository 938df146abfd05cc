// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Keys, signatures and the notes that carry them, good and bad. */
class NoteTest {
  private static final Random RANDOM = new Random(7);
  private static final SigningKey LOG = SigningKey.generate("log.example/a", RANDOM);
  private static final SigningKey OTHER = SigningKey.generate("other.example", RANDOM);
  private static final SigningKey WITNESS = SigningKey.generateWitness("w.example", RANDOM);
  private static final Checkpoint HEAD =
      new Checkpoint("log.example/a", 5, NaiveTree.of(5).root(5));

  // --- keys ---

  @Test
  void thePublicKeyOfASeedIsTheJdksAndTheRfcs() throws Exception {
    // RFC 8032, section 7.1, test 1.
    assertEquals(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        HexFormat.of()
            .formatHex(
                Ed25519.publicKey(
                    HexFormat.of()
                        .parseHex(
                            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))));
    for (int i = 0; i < 20; i++) {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      byte[] seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
      byte[] der = pair.getPublic().getEncoded();
      byte[] expected = Arrays.copyOfRange(der, der.length - 32, der.length);
      assertArrayEquals(expected, Ed25519.publicKey(seed));
      byte[] message = {1, 2, 3};
      byte[] signature = Ed25519.sign(seed, message);
      assertTrue(Ed25519.verifies(expected, message, signature));
      assertFalse(Ed25519.verifies(expected, new byte[] {1, 2, 4}, signature));
    }
  }

  @Test
  void keysAreReadAsTheyWereWritten() {
    for (SigningKey key : List.of(LOG, OTHER, WITNESS)) {
      SigningKey again = SigningKey.parse(key.toKeyFile());
      assertEquals(key.toKeyFile(), again.toKeyFile());
      assertEquals(key.verifier(), VerifierKey.parse(again.verifier().toString()));
      assertEquals(key.toKeyFile(), SigningKey.parse(key.toKeyFile().strip()).toKeyFile());
    }
    assertTrue(LOG.toKeyFile().startsWith("PRIVATE+KEY+log.example/a+"));
    assertTrue(WITNESS.verifier().isCosigner());
    assertFalse(LOG.verifier().isCosigner());
  }

  @Test
  void aKeyWithAnyCharacterChangedIsRefused() {
    String vkey = LOG.verifier().toString();
    String file = LOG.toKeyFile();
    for (int i = 0; i < vkey.length(); i++) {
      String broken = changed(vkey, i);
      assertThrows(MalformedException.class, () -> VerifierKey.parse(broken), broken);
    }
    for (int i = 0; i < file.length(); i++) {
      String broken = changed(file, i);
      MalformedException refusal =
          assertThrows(MalformedException.class, () -> SigningKey.parse(broken), broken);
      String secret = file.substring(file.length() - 20).strip();
      assertFalse(("" + refusal.getMessage()).contains(secret), "" + refusal.getMessage());
    }
    assertFalse(LOG.toString().startsWith("PRIVATE"));
  }

  private static String changed(String text, int at) {
    char c = text.charAt(at);
    return text.substring(0, at) + (c == '7' ? '8' : '7') + text.substring(at + 1);
  }

  @Test
  void whatIsNoKeyIsRefusedWithItsReason() {
    assertEquals(
        "a key to verify with has the form NAME+8 hex digits+BASE64; this is 'hello'",
        assertThrows(MalformedException.class, () -> VerifierKey.parse("hello")).getMessage());
    String id = LOG.verifier().toString().split("\\+", -1)[1];
    for (String wrong :
        List.of(
            "",
            "+" + id + "+AAAA",
            "a b+" + id + "+AAAA",
            "a\u00a0b+" + id + "+AAAA",
            "a+" + id.toUpperCase(Locale.ROOT).replace('1', 'A') + "+AAAA",
            "a+" + id + "+",
            "a+" + id + "+AA",
            "a+" + id + "+AR==",
            "a+" + id + "+AQ==",
            LOG.verifier() + "\n",
            LOG.verifier() + "AAAA",
            "a+" + id + "+" + "A".repeat(9000))) {
      assertThrows(MalformedException.class, () -> VerifierKey.parse(wrong), wrong);
    }
    assertThrows(
        MalformedException.class, () -> SigningKey.generate("has space", new Random(1)), "space");
    assertThrows(MalformedException.class, () -> SigningKey.generate("a+b", new Random(1)));
    assertThrows(MalformedException.class, () -> SigningKey.generate("", new Random(1)));
    assertThrows(
        MalformedException.class, () -> SigningKey.generate("x".repeat(256), new Random(1)));
  }

  /** A key whose base64 holds plus signs: only the first two separate. */
  @Test
  void base64MayHoldPlusSigns() {
    SigningKey key = LOG;
    for (int i = 0; !key.verifier().toString().matches("[^+]+\\+[^+]+\\+.*\\+.*"); i++) {
      key = SigningKey.generate("plus", new Random(i));
    }
    assertEquals(key.verifier(), VerifierKey.parse(key.verifier().toString()));
  }

  @Test
  void keysOfOtherKindsAreKeptAndVerifyNothing() {
    byte[] mlDsa = new byte[1312];
    VerifierKey key = VerifierKey.of("pq.example", (byte) 6, mlDsa);
    VerifierKey read = VerifierKey.parse(key.toString());
    assertEquals(key, read);
    assertFalse(read.isSupported());
    assertTrue(read.isCosigner());
    SignedNote note =
        SignedNote.unsigned("text\n").with(new NoteSignature("pq.example", key.id(), new byte[9]));
    SignedNote.Signatures found = note.verify(List.of(read));
    assertEquals(List.of("pq.example"), found.unknown());
    assertFalse(found.areAccepted());
  }

  // --- notes ---

  /** The example in the specification signed-note. */
  @Test
  void theExampleOfTheSpecificationVerifies() {
    VerifierKey key =
        VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    String note =
        "This is an example message.\n\n\u2014 example.com/foo"
            + " Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72"
            + "IneyaQM=\n";
    assertTrue(SignedNote.parse(note.getBytes(UTF_8)).verify(List.of(key)).areAccepted());
    assertFalse(
        SignedNote.parse(note.replace("message", "messagE").getBytes(UTF_8))
            .verify(List.of(key))
            .areAccepted());
  }

  @Test
  void unknownSignaturesSayNothingAndAKnownOneThatFailsRejectsAll() {
    SignedNote note = SignedNote.unsigned("one\n\ntwo\n").with(LOG.sign("one\n\ntwo\n"));
    SignedNote both = note.with(OTHER.sign("something else\n"));
    assertTrue(both.verify(List.of(LOG.verifier())).areAccepted());
    assertEquals(List.of("other.example"), both.verify(List.of(LOG.verifier())).unknown());
    SignedNote.Signatures broken = both.verify(List.of(LOG.verifier(), OTHER.verifier()));
    assertFalse(broken.areAccepted());
    assertEquals(List.of("other.example"), broken.failed());
    assertFalse(note.verify(List.of(OTHER.verifier())).areAccepted());
    assertFalse(note.verify(List.of()).areAccepted());
    // Twice by the same key, of which one does not hold.
    assertFalse(
        note.with(LOG.sign("something else\n")).verify(List.of(LOG.verifier())).areAccepted());
  }

  @Test
  void aNameAloneOrAnIdAloneIsNotAKey() {
    SigningKey namesake = SigningKey.generate("log.example/a", new Random(99));
    SignedNote note = SignedNote.unsigned("text\n").with(namesake.sign("text\n"));
    assertEquals(List.of("log.example/a"), note.verify(List.of(LOG.verifier())).unknown());
  }

  @Test
  void theLastEmptyLineSeparates() {
    String text = "first\n\n\u2014 looks like a signature\n\nlast\n";
    SignedNote note = SignedNote.unsigned(text).with(LOG.sign(text));
    SignedNote read = SignedNote.parse(note.bytes());
    assertEquals(text, read.text());
    assertEquals(1, read.signatures().size());
    assertArrayEquals(note.bytes(), read.bytes());
    assertTrue(read.verify(List.of(LOG.verifier())).areAccepted());
  }

  @Test
  void asManySignaturesAsTheLimitAreReadAndNoMore() {
    SignedNote note = SignedNote.unsigned("text\n");
    for (int i = 0; i < SignedNote.SIGNATURES_MAX - 1; i++) {
      note = note.with(OTHER.sign("text\n"));
    }
    SignedNote full = note.with(LOG.sign("text\n"));
    assertTrue(SignedNote.parse(full.bytes()).verify(List.of(LOG.verifier())).areAccepted());
    String more = new String(full.bytes(), UTF_8) + OTHER.sign("text\n").line() + "\n";
    assertThrows(MalformedException.class, () -> SignedNote.parse(more.getBytes(UTF_8)));
    assertThrows(IllegalStateException.class, () -> full.with(OTHER.sign("text\n")));
  }

  @Test
  void whatIsNoNoteIsRefused() {
    String signature = LOG.sign("text\n").line();
    for (String wrong :
        List.of(
            "",
            "text",
            "text\n\n",
            "text\n\n" + signature,
            "text\n\n" + signature + "\n\n",
            "text\n\n" + signature + "\nno signature\n",
            "text\n\n- log.example/a AAAAAAAA\n",
            "text\n\n\u2014  AAAAAAAA\n",
            "text\n\n\u2014 a AAAA\n",
            "text\n\n\u2014 a AAAAAA==\n",
            "text\n\n\u2014 a AAAAAAAA \n",
            "text\n\n\u2014 a AAAAAAA\n",
            "text\n\n\u2014 a\n",
            "te\rxt\n\n" + signature + "\n",
            "te\u0000xt\n\n" + signature + "\n",
            "te\u0085xt\n\n" + signature + "\n",
            "te\u007fxt\n\n" + signature + "\n",
            "te\txt\n\n" + signature + "\n",
            "text\r\n\r\n" + signature + "\r\n")) {
      assertThrows(
          MalformedException.class,
          () -> SignedNote.parse(wrong.getBytes(UTF_8)),
          wrong.replace("\n", "\\n"));
    }
    assertThrows(
        MalformedException.class, () -> SignedNote.parse(new byte[] {'a', (byte) 0xC3, '\n'}));
    assertEquals(
        "a note has 1000001 bytes, more than the 1000000 that are read",
        assertThrows(
                MalformedException.class,
                () -> SignedNote.parse("a".repeat(1_000_001).getBytes(UTF_8)))
            .getMessage());
  }

  @Test
  void everyFlippedBitOfASignedHeadIsNoticed() {
    byte[] good = SignedCheckpoint.unsigned(HEAD).signedBy(LOG).bytes();
    assertTrue(SignedNote.parse(good).verify(List.of(LOG.verifier())).areAccepted());
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] broken = good.clone();
      broken[bit / 8] ^= (byte) (1 << (bit % 8));
      boolean accepted;
      try {
        accepted = SignedNote.parse(broken).verify(List.of(LOG.verifier())).areAccepted();
      } catch (MalformedException e) {
        accepted = false;
      }
      assertFalse(accepted, "bit " + bit);
    }
  }

  // --- checkpoints and cosignatures ---

  @Test
  void aCheckpointIsThreeLines() {
    assertEquals("log.example/a\n5\n" + HEAD.root().base64() + "\n", HEAD.text());
    assertEquals(HEAD, Checkpoint.parse(HEAD.text()));
    assertEquals(HEAD, Checkpoint.of("log.example/a", HEAD.head()));
    SignedCheckpoint unsigned = SignedCheckpoint.unsigned(HEAD);
    assertArrayEquals(HEAD.text().getBytes(UTF_8), unsigned.bytes());
    assertEquals(HEAD, SignedCheckpoint.parse(unsigned.bytes()).checkpoint());
    Checkpoint empty = new Checkpoint("shop", 0, Hash.of(NaiveTree.sha256()));
    assertEquals(
        empty, Checkpoint.parse("shop\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
    String extended = HEAD.text() + "a line of others\n";
    assertEquals(List.of("a line of others"), Checkpoint.parse(extended).extensions());
    assertEquals(extended, Checkpoint.parse(extended).text());
  }

  @Test
  void whatIsNoCheckpointIsRefused() {
    String root = HEAD.root().base64();
    for (String wrong :
        List.of(
            "",
            "a\n5\n",
            "a\n5\n" + root,
            "\n5\n" + root + "\n",
            "a\n05\n" + root + "\n",
            "a\n+5\n" + root + "\n",
            "a\n-5\n" + root + "\n",
            "a\n\n" + root + "\n",
            "a\n5 \n" + root + "\n",
            "a\n9223372036854775808\n" + root + "\n",
            "a\n99999999999999999999\n" + root + "\n",
            "a\n5\n" + root.replace("=", "") + "\n",
            "a\n5\nAAAA\n",
            "a\n5\n" + root + "\n\n",
            "a\n5\n" + root + "\n\nmore\n",
            "a\n0\n" + root + "\n",
            "a\r\n5\r\n" + root + "\r\n")) {
      assertThrows(
          MalformedException.class, () -> Checkpoint.parse(wrong), wrong.replace("\n", "\\n"));
    }
  }

  @Test
  void aWitnessSignsTimeAndText() {
    SignedCheckpoint head =
        SignedCheckpoint.unsigned(HEAD).signedBy(LOG).with(WITNESS.cosign(HEAD, 1_679_315_147));
    SignedNote read = SignedNote.parse(head.bytes());
    SignedNote.Signatures found = read.verify(List.of(WITNESS.verifier(), LOG.verifier()));
    assertTrue(found.areAccepted());
    assertEquals(2, found.verified().size());
    assertEquals(1_679_315_147, VerifierKey.seconds(found.verified().get(1).signature()));
    assertArrayEquals(
        ("cosignature/v1\ntime 1679315147\n" + HEAD.text()).getBytes(UTF_8),
        VerifierKey.cosigned(HEAD.text(), 1_679_315_147));
    NoteSignature later = WITNESS.cosign(HEAD, 1_679_315_148);
    byte[] mixed = WITNESS.cosign(HEAD, 1_679_315_147).bytes().clone();
    System.arraycopy(later.bytes(), 0, mixed, 0, 8);
    SignedNote backdated =
        SignedNote.unsigned(HEAD.text())
            .with(new NoteSignature("w.example", WITNESS.verifier().id(), mixed));
    assertFalse(backdated.verify(List.of(WITNESS.verifier())).areAccepted());
    byte[] negative = mixed.clone();
    negative[0] = (byte) 0x80;
    SignedNote before =
        SignedNote.unsigned(HEAD.text())
            .with(new NoteSignature("w.example", WITNESS.verifier().id(), negative));
    assertFalse(before.verify(List.of(WITNESS.verifier())).areAccepted());
    assertThrows(IllegalStateException.class, () -> WITNESS.sign("text\n"));
    assertThrows(IllegalStateException.class, () -> LOG.cosign(HEAD, 1));
    assertThrows(IllegalArgumentException.class, () -> WITNESS.cosign(HEAD, -1));
  }
}
