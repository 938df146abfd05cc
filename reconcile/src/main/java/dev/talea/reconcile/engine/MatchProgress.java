// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

/** Is told how far a run is. Called by the thread of the run, and returns at once. */
@FunctionalInterface
public interface MatchProgress {
  /** For those who do not look. */
  MatchProgress UNSEEN = (step, done, total) -> {};

  /**
   * A step has come further.
   *
   * @param step what is done, as {@code load left} or the name of a rule
   * @param done so far, in rows
   * @param total of how many, or -1 while that is not known
   */
  void at(String step, long done, long total);
}
