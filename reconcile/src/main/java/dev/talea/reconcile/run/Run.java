// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is kept in memory of a run, and no more: the rest stands in the log, at these seqs.
 *
 * <p>Guarded by the lock of {@link Records}, but for progress, which is only shown.
 */
final class Run {
  final long id;
  final String key;
  final String recipe;
  final Set<String> books;

  /** Whether it goes on with what the run before left open, or leaves that behind. */
  final boolean carry;

  final long queuedSeq;
  RunState state = RunState.QUEUED;
  int attempt;
  long startedSeq;
  long endedSeq;
  long endedMicros;
  long evidenceBytes;
  long openLeft;
  long openRight;
  boolean pruned;

  /** Rows whose end was taken back before it began, so that it looks at them again. */
  Set<String> takenBack = Set.of();

  /** Why it ended, where that could not be recorded; null otherwise. */
  @Nullable String unrecorded;

  /** Of the attempt that is being worked on; null otherwise. */
  @Nullable RunProcess process;

  /** How far the attempt is, null before and after. */
  volatile @Nullable Progress progress;

  /** How far a step is; {@code total} is -1 while it is not known. */
  record Progress(String step, long done, long total) {}

  Run(long id, String key, String recipe, Set<String> books, boolean carry, long queuedSeq) {
    this.id = id;
    this.key = key;
    this.recipe = recipe;
    this.books = books;
    this.carry = carry;
    this.queuedSeq = queuedSeq;
  }
}
