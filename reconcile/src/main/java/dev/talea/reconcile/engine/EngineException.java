// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

/** A run cannot go on; the message is for the people who started it. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why a run ended. */
  public enum Kind {
    /** It was told to. */
    CANCELLED,
    /** Memory, disk or time did not suffice; the message names the setting. */
    LIMIT,
    /** The recipe, its SQL or its parameters do not fit the rows. */
    RECIPE,
    /** The engine failed, or the rows did not add up. */
    FAULT
  }

  private final Kind kind;

  /** With what failed, where, actual against expected, and what to do next. */
  public EngineException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** As above, with the cause. */
  public EngineException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Why. */
  public Kind kind() {
    return kind;
  }
}
