// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.failure;

/**
 * A record whose checksum is right says something that cannot be: it was written wrongly, or by a
 * version this one does not know. Nothing derived from it may be served.
 */
public final class BrokenRecordException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BrokenRecordException(String book, long seq, long position, String what) {
    super(
        "Book '"
            + book
            + "', seq "
            + seq
            + " at log position "
            + position
            + ": "
            + what
            + ". The checksum of the record is right, so these are the bytes that were written. "
            + "Keep the files as they are and run `talea verify`.");
  }
}
