// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a projection is doing. Immutable.
 *
 * @param name of the projection
 * @param version that is read, or is being built if none is read yet
 * @param state that of its worst book
 * @param lagEvents events that are not applied yet
 * @param lagSeconds age of the oldest of them
 * @param positions by book, in bytewise order
 * @param error of the worst book, or null
 * @param owner the process that runs it, or null
 * @param heartbeatAt its last sign of life, or null
 * @param verify what the last verification has found, {@code right} or a difference; null if there
 *     was none, or it is under way
 */
public record ProjectionStatus(
    String name,
    int version,
    ProjectionState state,
    long lagEvents,
    double lagSeconds,
    List<Position> positions,
    @Nullable String error,
    @Nullable String owner,
    @Nullable Instant heartbeatAt,
    @Nullable String verify) {

  /**
   * How far it is in a book.
   *
   * @param seq the last one applied
   * @param error what it stands still for, or tries again after
   * @param errorSeq the event it is about; 0 if none
   */
  public record Position(
      String book, long seq, ProjectionState state, @Nullable String error, long errorSeq) {}
}
