// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.LogDamagedException;
import dev.talea.log.LogIoException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say of bytes that are not what was written, or that do not come. Stateless.
 *
 * <p>Apart from those who find it, so that a person reads the same words whether a reader, an
 * opening or a verification came across the place.
 */
public final class Damage {

  private Damage() {}

  /** More than the compiler makes room for by itself: this allocation calls the runtime. */
  private static final int OUTER = 64;

  /** Of the structure at a position. */
  public static LogDamagedException at(Segment segment, long position, String what) {
    return ofRecord(segment, position, what, 0, null);
  }

  /** Of a record whose seq is known, and perhaps its payload. */
  public static LogDamagedException ofRecord(
      Segment segment, long position, String what, long seq, byte @Nullable [] payload) {
    awaitErrors();
    long offset = position - segment.base();
    return new LogDamagedException(
        segment.file(),
        offset,
        "Segment "
            + segment.file()
            + " is damaged at byte "
            + offset
            + ": "
            + what
            + ". Nothing was changed; run a full verification and restore the file from a copy.",
        null,
        seq,
        payload);
  }

  /**
   * What a map could not deliver looks like damage, and the error that says so may not have
   * surfaced yet: compiled code raises it at its next call of the runtime. So that is here, where
   * those who read still catch it.
   */
  private static void awaitErrors() {
    byte[][] ignored = new byte[OUTER][1];
    if (ignored.length != OUTER) {
      throw new AssertionError();
    }
  }

  /** What an {@link InternalError} out of a mapped read means. */
  public static LogIoException undelivered(Object what, InternalError e) {
    return new LogIoException(
        "Reading "
            + what
            + " failed: the disk did not deliver it, or the file has been cut short. Check the disk.",
        what instanceof Path file ? file.getParent() : null,
        e);
  }
}
