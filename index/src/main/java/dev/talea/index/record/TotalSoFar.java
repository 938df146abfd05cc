// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import dev.talea.ledger.Int128;

/**
 * A {@link RunningTotal} that grows in place: one that is replaced with every posting is a
 * reference the collector has to note, which costs more than the addition.
 *
 * <p>Owned by the book's writer.
 */
public final class TotalSoFar {
  private long high;
  private long middle;
  private long low;

  /** As it stands. */
  public RunningTotal value() {
    return new RunningTotal(high, middle, low);
  }

  /** Begins where a checkpoint says it was. */
  public void restore(RunningTotal total) {
    high = total.high();
    middle = total.middle();
    low = total.low();
  }

  /** Adds an amount, which must not be negative. */
  public void add(Int128 amount) {
    restore(value().plus(amount));
  }

  public boolean fitsLong() {
    return (high | middle) == 0 && low >= 0;
  }

  /** Whether it fits 64 bits, and still does with so much more. */
  public boolean fitsLongWith(long amount) {
    return fitsLong() && low + amount >= 0;
  }

  /** Adds an amount with which it {@link #fitsLongWith fits}, and must not be negative. */
  public void addNarrow(long amount) {
    low += amount;
  }

  /** Its value, if it fits. */
  public long low() {
    return low;
  }
}
