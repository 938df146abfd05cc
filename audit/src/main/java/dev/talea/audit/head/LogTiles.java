// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.head;

import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.Leaf;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.StaticTiles;
import dev.talea.audit.proof.StaticTiles.Place;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import org.jspecify.annotations.Nullable;

/**
 * Writes a log as static files that are served as they are (C2SP tlog-tiles): entries, tiles, and
 * at last the checkpoint that they belong to. Apart from {@link BookHead} because that one looks up
 * a few hashes, and this goes over all records that are new.
 *
 * <p>One thread; memory does not grow with the log.
 */
final class LogTiles {
  private static final String CHECKPOINT = "checkpoint";

  private LogTiles() {}

  /**
   * Brings the files of a log up to a head of it. What earlier runs have written is kept: only the
   * bundle that was not full yet is made again.
   *
   * @param head of the log
   * @param signed the same head, with the signatures that are to be shown
   * @return how many records are new in them
   * @throws MalformedException if the files are of another history, or are damaged, or go further
   *     than the head; they are not touched then, or have their old checkpoint still
   */
  static long write(LogReader log, BookHead head, SignedCheckpoint signed, Place place) {
    Checkpoint checkpoint = head.checkpoint();
    Checkpoint before = before(place);
    if (before != null) {
      requireExtended(before, head);
    }
    long old = before == null ? 0 : before.size();
    StaticTiles tiles = StaticTiles.resume(old, place);
    LogCursor cursor = log.cursor(tiles.size() + 1);
    while (tiles.size() < checkpoint.size()) {
      if (!cursor.next()) {
        throw new IllegalStateException(
            "the log '%s' ends before seq %d, which its head holds"
                .formatted(log.name(), tiles.size() + 1));
      }
      byte[] proven = new byte[cursor.provenBytes()];
      cursor.payload().get(proven);
      tiles.add(Leaf.data(cursor.seq(), proven));
    }
    if (!tiles.finish().equals(checkpoint.root())) {
      throw new MalformedException(
          "the tiles of '%s' that were there do not hash to its head: they are damaged, delete them"
              .formatted(checkpoint.origin()));
    }
    place.write(CHECKPOINT, signed.bytes());
    return checkpoint.size() - old;
  }

  private static @Nullable Checkpoint before(Place place) {
    byte[] file = place.read(CHECKPOINT);
    return file == null ? null : SignedCheckpoint.parse(file).checkpoint();
  }

  private static void requireExtended(Checkpoint before, BookHead head) {
    Checkpoint now = head.checkpoint();
    if (before.size() > now.size()) {
      throw new MalformedException(
          "the files hold %d records of '%s' already, and the head has %d"
              .formatted(before.size(), before.origin(), now.size()));
    }
    if (!before.origin().equals(now.origin())
        || !head.at(before.size()).root().equals(before.root())) {
      throw new MalformedException(
          "the files are of '%s' with %d records and the root %s, which '%s' does not extend: name"
                  .formatted(before.origin(), before.size(), before.root().base64(), now.origin())
              + " another folder");
    }
  }
}
