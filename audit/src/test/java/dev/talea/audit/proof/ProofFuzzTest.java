// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Files from outside, cut, spliced and flipped at random: every reader refuses with its own
 * exception or reads what writes itself the same again, and no broken proof is right.
 */
@Tag("slow")
class ProofFuzzTest {
  private static final long SEED = Long.getLong("talea.seed", 20260711L);
  private static final int ROUNDS = 20_000;
  private static final NaiveTree TREE = NaiveTree.of(21);
  private static final Checkpoint HEAD = new Checkpoint("log.example/a", 21, TREE.root(21));
  private static final SigningKey LOG = SigningKey.generate("log.example/a", new Random(3));
  private static final SigningKey WITNESS = SigningKey.generateWitness("w", new Random(4));
  private static final SignedCheckpoint SIGNED =
      SignedCheckpoint.unsigned(HEAD).signedBy(LOG).with(WITNESS.cosign(HEAD, 1_790_000_000));
  private static final byte[] PROOF =
      TlogProof.of(7, NaiveTree.provenPart(6), SIGNED, TREE.subtrees()).bytes();
  private static final byte[] REQUEST =
      AddCheckpoint.of(new Checkpoint("log.example/a", 6, TREE.root(6)), SIGNED, TREE.subtrees())
          .bytes();
  private static final String POLICY =
      "log %s\nwitness a %s\ngroup g any a\nquorum g\n"
          .formatted(LOG.verifier(), WITNESS.verifier());

  private final Random random = new Random(SEED);

  /** Pieces that texts of these formats are made of. */
  private static final List<String> PIECES =
      List.of(
          "\n", "\n\n", " ", "+", "=", "\u2014 ", "index ", "extra ", "old ", "0", "AAAA", "%s");

  private byte[] broken(byte[] good) {
    byte[] bytes = good.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(bytes.length + 1);
      int to = Math.min(bytes.length, at + random.nextInt(40));
      byte[] head = Arrays.copyOf(bytes, at);
      byte[] tail = Arrays.copyOfRange(bytes, at, bytes.length);
      bytes =
          switch (random.nextInt(5)) {
            case 0 -> NaiveTree.join(head, Arrays.copyOfRange(bytes, to, bytes.length));
            case 1 -> NaiveTree.join(head, Arrays.copyOfRange(bytes, at, to), tail);
            case 2 ->
                NaiveTree.join(
                    head, PIECES.get(random.nextInt(PIECES.size())).getBytes(UTF_8), tail);
            case 3 -> head;
            default -> {
              if (at < bytes.length) {
                bytes[at] = (byte) random.nextInt();
              }
              yield bytes;
            }
          };
    }
    return bytes;
  }

  /** Only its own exception may come of a broken text. */
  private void fuzz(byte[] good, Consumer<byte[]> reader) {
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = broken(good);
      try {
        reader.accept(bytes);
      } catch (MalformedException e) {
        // As it should be.
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ": " + new String(bytes, UTF_8), e);
      }
    }
  }

  @Test
  void whatIsReadIsWrittenTheSameAgain() {
    fuzz(PROOF, bytes -> assertArrayEquals(bytes, TlogProof.parse(bytes).bytes()));
    fuzz(REQUEST, bytes -> assertArrayEquals(bytes, AddCheckpoint.parse(bytes).bytes()));
    fuzz(SIGNED.bytes(), bytes -> assertArrayEquals(bytes, SignedCheckpoint.parse(bytes).bytes()));
    fuzz(
        LOG.verifier().toString().getBytes(UTF_8),
        bytes -> {
          String text = new String(bytes, UTF_8);
          assertArrayEquals(
              text.getBytes(UTF_8), VerifierKey.parse(text).toString().getBytes(UTF_8));
        });
  }

  @Test
  void keysAndPoliciesAreReadOrRefused() {
    fuzz(POLICY.getBytes(UTF_8), bytes -> Policy.parse(bytes).judge(SIGNED));
    fuzz(
        LOG.toKeyFile().getBytes(UTF_8),
        bytes -> SigningKey.parse(new String(bytes, UTF_8)).toKeyFile());
  }

  @Test
  void noBrokenProofIsRightAndNoneThrows() {
    Policy policy = Policy.parse(POLICY.getBytes(UTF_8));
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = broken(PROOF);
      byte[] leaf = random.nextInt(4) == 0 ? broken(Leaf.data(7, NaiveTree.provenPart(6))) : null;
      boolean right;
      try {
        right = ProofCheck.check(bytes, leaf, policy).isRight();
        ProofCheck.check(bytes, leaf, null);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ": " + new String(bytes, UTF_8), e);
      }
      if (right && !Arrays.equals(bytes, PROOF)) {
        // Content or a signature of another key may be left out or doubled; nothing else.
        TlogProof read = TlogProof.parse(bytes);
        boolean sameClaim =
            read.index() == 6
                && read.head().checkpoint().equals(HEAD)
                && (read.extra() == null || Arrays.equals(read.extra(), NaiveTree.provenPart(6)));
        assertTrue(sameClaim, "seed " + SEED + ": " + new String(bytes, UTF_8));
      }
    }
  }
}
