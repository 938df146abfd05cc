// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import org.jspecify.annotations.Nullable;

/** How far a run is. From the last three there is no way back. */
public enum RunState {
  /** It was asked for, and waits for its turn. */
  QUEUED("queued"),
  /** A process works on it. */
  RUNNING("running"),
  /** It was called off, and its process is being ended. */
  CANCELLING("cancelling"),
  /** It was called off. */
  CANCELLED("cancelled"),
  /** Every row is accounted for, and the evidence is there. */
  COMPLETED("completed"),
  /** It ended without evidence; the reason says why. */
  FAILED("failed");

  private final String text;

  RunState(String text) {
    this.text = text;
  }

  /** As it stands in records and answers. */
  public String text() {
    return text;
  }

  /** Whether nothing changes it any more. */
  public boolean isEnd() {
    return this == CANCELLED || this == COMPLETED || this == FAILED;
  }

  /** The state with this text, or null. */
  public static @Nullable RunState of(String text) {
    for (RunState each : values()) {
      if (each.text.equals(text)) {
        return each;
      }
    }
    return null;
  }
}
