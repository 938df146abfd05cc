// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/**
 * The limits of a log, each with its unit.
 *
 * @param segmentBytesMax a segment is never longer, unless one block needs more
 * @param groupBytesMax a group commit ends when its block has grown to this many bytes
 * @param groupWeightMax a group commit ends when the weights of its requests reach this sum
 * @param queueWeightMax requests waiting for the writer; beyond it {@link Log#submit} says full
 * @param queueBytesMax the same in bytes, as given to {@link Log#submit(Object, int, int)}; a group
 *     commit ends when its requests reach an eighth of it
 * @param recordBytesMax the longest payload
 * @param spaceStepMin how many bytes are first filled with zeros ahead of the writer
 * @param spaceStepMax the step doubles with use up to this many bytes
 * @param idleMillis a writer thread with nothing to do ends after this time
 * @param mappedSegmentsMax segments of all logs of a directory that are mapped into memory for
 *     reading at a time; the others are read from their files. See decision 0005
 * @param writerThreadsMax threads that write logs of a directory at a time, each with one open file
 *     and one buffer; if more logs have something to write they take turns
 */
public record LogSettings(
    int segmentBytesMax,
    int groupBytesMax,
    int groupWeightMax,
    int queueWeightMax,
    int queueBytesMax,
    int recordBytesMax,
    int spaceStepMin,
    int spaceStepMax,
    int idleMillis,
    int mappedSegmentsMax,
    int writerThreadsMax) {

  /**
   * What a server uses if it knows nothing better. 1 MiB groups and natural batching reach the
   * bandwidth of a disk; 128 MiB segments keep the part of a log that is read on opening small; 16
   * KiB of zeros make a book of ten transactions cost kilobytes.
   */
  public static final LogSettings DEFAULTS =
      new LogSettings(
          128 << 20, 1 << 20, 8192, 16384, 32 << 20, 16 << 20, 16 << 10, 8 << 20, 1000, 4096, 256);

  /** The shortest segment that may be set. */
  public static final int SEGMENT_BYTES_LEAST = 1 << 16;

  /** The longest payload that may be set. */
  public static final int RECORD_BYTES_LIMIT = 1 << 28;

  /** The shortest first step of zero-filled space that may be set. */
  public static final int SPACE_STEP_LEAST = 4096;

  /** Checks that the limits fit each other. */
  public LogSettings {
    atLeast("segmentBytesMax", segmentBytesMax, SEGMENT_BYTES_LEAST);
    atMost("segmentBytesMax", segmentBytesMax, 1 << 30);
    atLeast("groupBytesMax", groupBytesMax, 1 << 10);
    atMost("groupBytesMax", groupBytesMax, 1 << 26);
    atLeast("groupWeightMax", groupWeightMax, 1);
    atLeast("queueWeightMax", queueWeightMax, 1);
    atLeast("queueBytesMax", queueBytesMax, 1);
    atLeast("recordBytesMax", recordBytesMax, 1);
    atMost("recordBytesMax", recordBytesMax, RECORD_BYTES_LIMIT);
    atLeast("spaceStepMin", spaceStepMin, SPACE_STEP_LEAST);
    atLeast("spaceStepMax", spaceStepMax, spaceStepMin);
    atLeast("idleMillis", idleMillis, 1);
    atLeast("mappedSegmentsMax", mappedSegmentsMax, 0);
    atLeast("writerThreadsMax", writerThreadsMax, 1);
  }

  /** A copy with another segment length. */
  public LogSettings withSegmentBytesMax(int bytes) {
    return new LogSettings(
        bytes,
        groupBytesMax,
        groupWeightMax,
        queueWeightMax,
        queueBytesMax,
        recordBytesMax,
        spaceStepMin,
        spaceStepMax,
        idleMillis,
        mappedSegmentsMax,
        writerThreadsMax);
  }

  /** A copy with another cap on the bytes and weights of one group commit. */
  public LogSettings withGroupMax(int bytes, int weight) {
    return new LogSettings(
        segmentBytesMax,
        bytes,
        weight,
        queueWeightMax,
        queueBytesMax,
        recordBytesMax,
        spaceStepMin,
        spaceStepMax,
        idleMillis,
        mappedSegmentsMax,
        writerThreadsMax);
  }

  /** A copy with another bound on waiting requests. */
  public LogSettings withQueueWeightMax(int weight) {
    return new LogSettings(
        segmentBytesMax,
        groupBytesMax,
        groupWeightMax,
        weight,
        queueBytesMax,
        recordBytesMax,
        spaceStepMin,
        spaceStepMax,
        idleMillis,
        mappedSegmentsMax,
        writerThreadsMax);
  }

  /** A copy with another bound on the bytes of waiting requests. */
  public LogSettings withQueueBytesMax(int bytes) {
    return new LogSettings(
        segmentBytesMax,
        groupBytesMax,
        groupWeightMax,
        queueWeightMax,
        bytes,
        recordBytesMax,
        spaceStepMin,
        spaceStepMax,
        idleMillis,
        mappedSegmentsMax,
        writerThreadsMax);
  }

  /** A copy with other steps of zero-filled space. */
  public LogSettings withSpaceSteps(int min, int max) {
    return new LogSettings(
        segmentBytesMax,
        groupBytesMax,
        groupWeightMax,
        queueWeightMax,
        queueBytesMax,
        recordBytesMax,
        min,
        max,
        idleMillis,
        mappedSegmentsMax,
        writerThreadsMax);
  }

  /** A copy with another time after which idle writer threads end. */
  public LogSettings withIdleMillis(int millis) {
    return new LogSettings(
        segmentBytesMax,
        groupBytesMax,
        groupWeightMax,
        queueWeightMax,
        queueBytesMax,
        recordBytesMax,
        spaceStepMin,
        spaceStepMax,
        millis,
        mappedSegmentsMax,
        writerThreadsMax);
  }

  /** A copy with another bound on mapped segments. */
  public LogSettings withMappedSegmentsMax(int segments) {
    return new LogSettings(
        segmentBytesMax,
        groupBytesMax,
        groupWeightMax,
        queueWeightMax,
        queueBytesMax,
        recordBytesMax,
        spaceStepMin,
        spaceStepMax,
        idleMillis,
        segments,
        writerThreadsMax);
  }

  /** A copy with another bound on writer threads. */
  public LogSettings withWriterThreadsMax(int threads) {
    return new LogSettings(
        segmentBytesMax,
        groupBytesMax,
        groupWeightMax,
        queueWeightMax,
        queueBytesMax,
        recordBytesMax,
        spaceStepMin,
        spaceStepMax,
        idleMillis,
        mappedSegmentsMax,
        threads);
  }

  private static void atLeast(String name, int value, int min) {
    if (value < min) {
      throw new IllegalArgumentException(name + " is " + value + ", but must be at least " + min);
    }
  }

  private static void atMost(String name, int value, int max) {
    if (value > max) {
      throw new IllegalArgumentException(name + " is " + value + ", but must be at most " + max);
    }
  }
}
