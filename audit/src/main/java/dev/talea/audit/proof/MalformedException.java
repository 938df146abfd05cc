// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

/**
 * What was read is not of the form that it should have: not a proof, a key, a checkpoint. The
 * message says what was expected and what is there; it holds text from the outside, so a terminal
 * gets it with control characters spelled out.
 */
public final class MalformedException extends RuntimeException {
  public MalformedException(String message) {
    super(message);
  }
}
