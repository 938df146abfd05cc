// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a check of a proof file found, in words for people and in one word for programs. Immutable.
 *
 * @param outcome the one word
 * @param headline the same as a sentence
 * @param details what it rests on, a sentence each, without an end mark
 * @param proof the file that was checked, if it could be read
 */
public record Verdict(
    Outcome outcome, String headline, List<String> details, @Nullable TlogProof proof) {

  public Verdict {
    details = List.copyOf(details);
  }

  /** How it stands with the proof. */
  public enum Outcome {
    /** The record is in the log, and those whose keys the verifier named have signed its head. */
    PROVEN,
    /** The file does not contradict itself, and its head may have been made by anyone. */
    CONSISTENT,
    /** It proves nothing, or something else. */
    WRONG
  }

  /** Whether there is nothing against it. */
  public boolean isRight() {
    return outcome != Outcome.WRONG;
  }

  /** All of it, a line each. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(headline);
    details.forEach(detail -> lines.add("  " + detail));
    return List.copyOf(lines);
  }
}
