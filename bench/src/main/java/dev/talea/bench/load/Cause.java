// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

/**
 * Something that made requests wait for a while, as far as it was observed. Times on the clock of
 * {@link System#nanoTime}.
 *
 * @param share how much of the time it took, above 0 and at most 1: a thread that was ready for 3
 *     of 10 ms and did not run waited for a processor with a share of 0.3
 * @param detail which one, such as the name of a file; may be empty
 */
record Cause(Kind kind, long fromNanos, long toNanos, double share, String detail) {

  /**
   * What it was. In the order in which they are believed where they coincide: who stands still
   * altogether does not wait for the disk, and who waits for a sync does not wait for a processor.
   */
  enum Kind {
    SERVER_PAUSE("a pause of the server"),
    GENERATOR_PAUSE("a pause of the load generator"),
    STOOD_STILL("the machine, which stood still"),
    SEGMENT_CHANGE("a segment change"),
    SYNC_BESIDE_CHECKPOINT("the sync of a segment beside that of a checkpoint"),
    SYNC_BESIDE_KEYS("the sync of a segment beside that of a key file"),
    SYNC_BESIDE_SPACE("the sync of a segment beside that of space filled ahead"),
    SYNC("the sync of a segment"),
    WRITE("a write to a segment"),
    READ("a read of a file"),
    LOCK("a lock"),
    DISK("the disk, outside of syncs, writes and reads"),
    STEAL("a processor, which the host had taken away"),
    SERVER_PROCESSOR("a processor, for the server"),
    GENERATOR_PROCESSOR("a processor, for the load generator");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  static Cause whole(Kind kind, long fromNanos, long toNanos, String detail) {
    return new Cause(kind, fromNanos, toNanos, 1, detail);
  }

  boolean overlaps(long from, long to) {
    return fromNanos < to && toNanos > from;
  }
}
