// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import java.util.Locale;

/** How a projection, or one book of it, is doing. A projection is as well as its worst book. */
public enum ProjectionState {
  /** All that is known of has been applied. */
  LIVE,
  /** There is more to apply. */
  CATCHING_UP,
  /** A new build is on its way, and the old one is read meanwhile. */
  REBUILDING,
  /** No process runs it. */
  STOPPED,
  /** It stands still until a person has looked: see the error. */
  FAILED;

  /** On the wire. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
