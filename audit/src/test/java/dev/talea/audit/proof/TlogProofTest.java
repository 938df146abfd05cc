// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.proof.Verdict.Outcome;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Proof files and requests to witnesses: written, read, checked, broken. */
class TlogProofTest {
  private static final int SIZE = 21;
  private static final NaiveTree TREE = NaiveTree.of(SIZE);
  private static final Checkpoint HEAD = new Checkpoint("log.example/a", SIZE, TREE.root(SIZE));
  private static final SigningKey LOG = SigningKey.generate("log.example/a", new Random(3));
  private static final SignedCheckpoint SIGNED = SignedCheckpoint.unsigned(HEAD).signedBy(LOG);
  private static final Policy POLICY = Policy.ofLog(LOG.verifier());

  private static TlogProof proof(int seq) {
    return TlogProof.of(seq, NaiveTree.provenPart(seq - 1), SIGNED, TREE.subtrees());
  }

  @Test
  void aProofIsWrittenAsTheSpecificationDrawsIt() {
    TlogProof proof =
        TlogProof.of(
            2, "record 2".getBytes(UTF_8), SignedCheckpoint.unsigned(HEAD), TREE.subtrees());
    StringBuilder expected = new StringBuilder("c2sp.org/tlog-proof@v1\n");
    expected.append("extra cmVjb3JkIDI=\nindex 1\n");
    TREE.path(1, SIZE).forEach(hash -> expected.append(hash.base64()).append('\n'));
    expected.append("\nlog.example/a\n21\n").append(TREE.root(SIZE).base64()).append('\n');
    assertEquals(expected.toString(), new String(proof.bytes(), UTF_8));
    assertEquals(
        expected.toString().replace("extra cmVjb3JkIDI=\n", ""),
        new String(proof.withoutContent().bytes(), UTF_8));
  }

  @Test
  void everyProofIsReadAsItWasWrittenAndIsRight() {
    for (int seq = 1; seq <= SIZE; seq++) {
      byte[] file = proof(seq).bytes();
      TlogProof read = TlogProof.parse(file);
      assertArrayEquals(file, read.bytes());
      assertEquals(seq, read.seq());
      assertArrayEquals(NaiveTree.provenPart(seq - 1), read.extra());
      assertEquals(Outcome.PROVEN, ProofCheck.check(file, null, POLICY).outcome());
      assertEquals(Outcome.CONSISTENT, ProofCheck.check(file, null, null).outcome());
    }
  }

  @Test
  void theVerdictSaysWhatIsKnownAndWhatIsNot() {
    byte[] file = proof(7).bytes();
    assertEquals(
        List.of(
            "RIGHT: this is record 7 of 21 in 'log.example/a'",
            "  the content in the file (8 bytes) is the record's",
            "  signed by 'log.example/a'",
            "  no witness was asked for"),
        ProofCheck.check(file, null, POLICY).lines());
    assertEquals(
        List.of(
            "CONSISTENT IN ITSELF, AND SIGNED BY NO KEY THAT YOU NAMED",
            "  the content in the file (8 bytes) is the record's",
            "  it is about record 7 of 21 in 'log.example/a'",
            "  its head has signatures, and none was looked at",
            "  anyone can make such a file; name the log's key (--vkey) or a policy (--policy)"),
        ProofCheck.check(file, null, null).lines());
  }

  @Test
  @Tag("slow")
  void everyFlippedBitOfAFileIsNoticed() {
    byte[] good = proof(7).bytes();
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] broken = good.clone();
      broken[bit / 8] ^= (byte) (1 << (bit % 8));
      assertEquals(Outcome.WRONG, ProofCheck.check(broken, null, POLICY).outcome(), "bit " + bit);
    }
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertEquals(Outcome.WRONG, ProofCheck.check(cut, null, POLICY).outcome(), "cut " + length);
    }
  }

  @Test
  void aProofWithoutContentNeedsALeaf() {
    byte[] file = proof(7).withoutContent().bytes();
    assertNull(TlogProof.parse(file).extra());
    assertFalse(ProofCheck.check(file, null, POLICY).isRight());
    byte[] data = Leaf.data(7, NaiveTree.provenPart(6));
    Verdict byLeaf = ProofCheck.check(file, data, POLICY);
    assertEquals(Outcome.PROVEN, byLeaf.outcome());
    assertTrue(byLeaf.details().get(0).contains("not what is in it"), byLeaf.details().get(0));
    assertEquals(Outcome.PROVEN, ProofCheck.check(file, NaiveTree.provenPart(6), POLICY).outcome());
    assertTrue(
        ProofCheck.check(file, Leaf.data(8, NaiveTree.provenPart(6)), POLICY)
            .headline()
            .contains("is of record 8, and the proof of record 7"));
    for (int bit = 0; bit < data.length * 8; bit++) {
      byte[] broken = data.clone();
      broken[bit / 8] ^= (byte) (1 << (bit % 8));
      assertFalse(ProofCheck.check(file, broken, POLICY).isRight(), "bit " + bit);
    }
    assertFalse(ProofCheck.check(file, NaiveTree.provenPart(5), POLICY).isRight());
    // Content in the file and a leaf beside it have to agree.
    assertTrue(ProofCheck.check(proof(7).bytes(), data, POLICY).isRight());
    assertFalse(ProofCheck.check(proof(7).bytes(), NaiveTree.provenPart(5), POLICY).isRight());
  }

  @Test
  void contentOfFortyBytesIsContent() {
    byte[] content = new byte[Leaf.DATA_BYTES];
    NaiveTree tree = new NaiveTree();
    tree.leaves.add(Leaf.hash(1, content).bytes());
    TlogProof proof =
        TlogProof.of(
            1,
            content,
            SignedCheckpoint.unsigned(new Checkpoint("a", 1, tree.root(1))),
            tree.subtrees());
    Verdict verdict = ProofCheck.check(proof.withoutContent().bytes(), content, null);
    assertTrue(verdict.details().get(0).startsWith("the content that you gave"));
  }

  @Test
  void aKeyOfAnotherNameOrAnotherKeyIsNotEnough() {
    byte[] file = proof(7).bytes();
    SigningKey other = SigningKey.generate("other.example", new Random(4));
    assertEquals(
        "WRONG: the head is of the log 'log.example/a', and you named 'other.example'",
        ProofCheck.check(file, null, Policy.ofLog(other.verifier())).headline());
    SigningKey namesake = SigningKey.generate("log.example/a", new Random(5));
    assertEquals(
        "WRONG: the head is not signed by the key of the log 'log.example/a' that you named",
        ProofCheck.check(file, null, Policy.ofLog(namesake.verifier())).headline());
    byte[] unsigned = proof(7).under(SignedCheckpoint.unsigned(HEAD)).bytes();
    assertEquals(
        "WRONG: the head is not signed", ProofCheck.check(unsigned, null, POLICY).headline());
  }

  @Test
  void hashesThatDoNotLeadToTheHeadMakeNoProof() {
    SubtreeHashes damaged = (level, index) -> TREE.leaf(3);
    String message =
        ""
            + assertThrows(
                    MalformedException.class,
                    () -> TlogProof.of(7, NaiveTree.provenPart(6), SIGNED, damaged))
                .getMessage();
    assertTrue(message.contains("build them again"), message);
    assertThrows(
        MalformedException.class,
        () -> TlogProof.of(7, NaiveTree.provenPart(5), SIGNED, TREE.subtrees()));
    assertThrows(
        IllegalArgumentException.class,
        () -> TlogProof.of(22, NaiveTree.provenPart(21), SIGNED, TREE.subtrees()));
  }

  @Test
  void whatIsNoProofIsRefused() {
    String good = new String(proof(7).bytes(), UTF_8);
    String hash = TREE.leaf(0).base64() + "\n";
    for (String wrong :
        List.of(
            "",
            "hello",
            good.replace("@v1", "@v2"),
            good.replace("extra ", "extra"),
            good.replace("extra ", "Extra "),
            good.replace("extra cmVjb3JkIDc=\n", "extra cmVjb3JkIDc=\nextra cmVjb3JkIDc=\n"),
            good.replace("index 6", "index 06"),
            good.replace("index 6", "index -1"),
            good.replace("index 6", "index"),
            good.replace("index 6\n", ""),
            good.replace("index 6\n", "index 6\n" + hash.repeat(64)),
            good.replace("index 6\n", "index 6\n" + hash.repeat(9999)),
            good.replace("index 6\n", "index 6\nAAAA\n"),
            good.replace("index 6\n", "index 6\n\n"),
            good.replace("\n", "\r\n"),
            good + "\n")) {
      assertThrows(MalformedException.class, () -> TlogProof.parse(wrong.getBytes(UTF_8)), wrong);
      assertFalse(ProofCheck.check(wrong.getBytes(UTF_8), null, POLICY).isRight());
    }
    assertEquals(
        "WRONG: it is about record 9223372036854775808, and its head has 21",
        ProofCheck.check(
                good.replace("index 6", "index 9223372036854775807").getBytes(UTF_8), null, null)
            .headline());
    assertFalse(ProofCheck.check(new byte[TlogProof.BYTES_MAX + 1], null, null).isRight());
  }

  // --- requests to witnesses ---

  @Test
  void everyExtensionIsWrittenReadAndRight() {
    for (int old = 0; old <= SIZE; old++) {
      Checkpoint before = new Checkpoint("log.example/a", old, TREE.root(old));
      AddCheckpoint body = AddCheckpoint.of(before, SIGNED, TREE.subtrees());
      AddCheckpoint read = AddCheckpoint.parse(body.bytes());
      assertArrayEquals(body.bytes(), read.bytes());
      assertTrue(read.extendsHead(before));
      assertEquals(old, read.oldSize());
      if (old > 0) {
        Checkpoint fork =
            new Checkpoint("log.example/a", old, TreeProofsTest.flipped(before.root(), 9));
        assertFalse(read.extendsHead(fork));
        assertThrows(
            MalformedException.class, () -> AddCheckpoint.of(fork, SIGNED, TREE.subtrees()));
      }
      assertFalse(read.extendsHead(new Checkpoint("log.example/b", old, TREE.root(old))));
    }
    Checkpoint larger = new Checkpoint("log.example/a", 22, TREE.root(21));
    assertThrows(MalformedException.class, () -> AddCheckpoint.of(larger, SIGNED, TREE.subtrees()));
  }

  @Test
  void whatIsNoRequestIsRefused() {
    Checkpoint before = new Checkpoint("log.example/a", 6, TREE.root(6));
    String good = new String(AddCheckpoint.of(before, SIGNED, TREE.subtrees()).bytes(), UTF_8);
    String hash = TREE.leaf(0).base64() + "\n";
    for (String wrong :
        List.of(
            "",
            good.replace("old 6", "old 06"),
            good.replace("old 6", "old 0"),
            good.replace("old 6", "older 6"),
            good.replace("old 6\n", "old 6\n" + hash.repeat(64)),
            good.replace("old 6\n", "old 6\nAAAA\n"),
            "old 6\n" + good.substring(good.indexOf("\n\n") + 2))) {
      assertThrows(
          MalformedException.class, () -> AddCheckpoint.parse(wrong.getBytes(UTF_8)), wrong);
    }
  }
}
