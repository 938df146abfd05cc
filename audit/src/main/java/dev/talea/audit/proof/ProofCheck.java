// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks a proof file from its bytes alone, and says what it is worth. Believes what the verifier
 * brings along (a policy, a leaf) and nothing in the file: the content that comes with it counts
 * only because the leaf is made of it. Stateless.
 */
public final class ProofCheck {
  private ProofCheck() {}

  /**
   * Checks a proof.
   *
   * @param file the proof file
   * @param leaf of the record, where the verifier has it: its proven part, or the 40 bytes of its
   *     leaf; needed where the file has no content
   * @param policy whose signatures count; without one nothing is known of who made the file
   */
  public static Verdict check(byte[] file, byte @Nullable [] leaf, @Nullable Policy policy) {
    return check(file, leaf, policy, (proof, content) -> new Backing(proof.head(), List.of()));
  }

  /**
   * What stands behind the head of a proof.
   *
   * @param head whose signatures count: that of the proof, or one that is proven to hold it
   * @param details what that rests on, a sentence each, without an end mark
   */
  public record Backing(SignedCheckpoint head, List<String> details) {
    public Backing {
      details = List.copyOf(details);
    }
  }

  /** What lies beside a proof. */
  @FunctionalInterface
  public interface Beside {
    /**
     * Looks at it, once the proof is right in itself.
     *
     * @param content of the record, proven; null if only its leaf is known
     * @throws MalformedException if it is wrong, or does not belong to the proof; says why
     */
    Backing look(TlogProof proof, byte @Nullable [] content);
  }

  /** As {@link #check(byte[], byte[], Policy)}, with what lies beside the file. */
  public static Verdict check(
      byte[] file, byte @Nullable [] leaf, @Nullable Policy policy, Beside beside) {
    TlogProof proof;
    try {
      proof = TlogProof.parse(file);
    } catch (MalformedException e) {
      return wrong("it is no proof: " + e.getMessage(), null);
    }
    Checkpoint checkpoint = proof.head().checkpoint();
    if (proof.index() >= checkpoint.size()) {
      return wrong(
          "it is about record %s, and its head has %d"
              .formatted(Long.toUnsignedString(proof.seq()), checkpoint.size()),
          proof);
    }
    List<String> details = new ArrayList<>();
    byte[] extra = proof.extra();
    if (extra == null && leaf == null) {
      return wrong(
          "the file does not hold the content of the record, so it has to be given beside it"
              + " (--leaf)",
          proof);
    }
    if (extra != null) {
      if (!proof.includes(Leaf.hash(proof.seq(), extra))) {
        return wrong(
            "the path does not lead from the content in the file to the root of the head: content,"
                + " place, path or head has been changed",
            proof);
      }
      details.add("the content in the file (%d bytes) is the record's".formatted(extra.length));
    }
    if (leaf != null) {
      String fault = leafFault(proof, leaf);
      if (fault != null) {
        return wrong(fault, proof);
      }
      details.add(
          isContent(proof, leaf)
              ? "the content that you gave (%d bytes) is the record's".formatted(leaf.length)
              : "the leaf that you gave is the record's; it shows which record it is, not what is"
                  + " in it");
    }
    Backing backing;
    try {
      byte[] content = extra != null || leaf == null || !isContent(proof, leaf) ? extra : leaf;
      backing = beside.look(proof, content);
    } catch (MalformedException e) {
      return wrong("" + e.getMessage(), proof);
    }
    details.addAll(backing.details());
    SignedCheckpoint judged = backing.head();
    String its =
        judged.checkpoint().equals(checkpoint)
            ? "its head"
            : "the head of '" + judged.checkpoint().origin() + "'";
    String place =
        "record %d of %d in '%s'".formatted(proof.seq(), checkpoint.size(), checkpoint.origin());
    if (policy == null) {
      details.add("it is about " + place);
      details.add(
          its
              + (judged.note().signatures().isEmpty()
                  ? " is not signed"
                  : " has signatures, and none was looked at"));
      details.add(
          "anyone can make such a file; name the log's key (--vkey) or a policy (--policy)");
      return new Verdict(
          Verdict.Outcome.CONSISTENT,
          "CONSISTENT IN ITSELF, AND SIGNED BY NO KEY THAT YOU NAMED",
          details,
          proof);
    }
    Policy.Finding finding = policy.judge(judged);
    if (!finding.isAccepted()) {
      return wrong(finding.words().get(0), proof);
    }
    details.addAll(finding.words());
    return new Verdict(Verdict.Outcome.PROVEN, "RIGHT: this is " + place, details, proof);
  }

  private static boolean isContent(TlogProof proof, byte[] leaf) {
    return proof.includes(Leaf.hash(proof.seq(), leaf));
  }

  /** Why a leaf that was given is not the one of the proof; null if it is. */
  private static @Nullable String leafFault(TlogProof proof, byte[] leaf) {
    // Forty bytes may be either; what the path says of one is nothing against the other.
    if (isContent(proof, leaf)) {
      return null;
    }
    if (leaf.length != Leaf.DATA_BYTES) {
      return "the path does not lead from the content that you gave to the root of the head";
    }
    if (Leaf.seq(leaf) != proof.seq()) {
      return "the leaf that you gave is of record %s, and the proof of record %d"
          .formatted(Long.toUnsignedString(Leaf.seq(leaf)), proof.seq());
    }
    return proof.includes(Leaf.hash(leaf))
        ? null
        : "the path does not lead from the leaf that you gave to the root of the head";
  }

  private static Verdict wrong(String why, @Nullable TlogProof proof) {
    return new Verdict(Verdict.Outcome.WRONG, "WRONG: " + why, List.of(), proof);
  }
}
