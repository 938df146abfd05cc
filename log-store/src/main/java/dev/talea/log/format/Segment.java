// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import java.nio.file.Path;

/**
 * One segment as readers see it: its header, and its bytes by offset. Safe for use by many threads.
 *
 * <p>An interface, so that what walks records and blocks does not know whether they lie in a file,
 * a map or an array: this is the reading side of what a writer hands to its sink.
 */
public interface Segment {

  /** What it is, checked when it was found. */
  SegmentHeader header();

  /** Where it lies: the file that messages and exceptions name. */
  Path file();

  /**
   * Copies bytes out, all or none. What has been published as durable can be read from then on, and
   * never changes.
   *
   * @param offset in the segment; the header is at 0
   */
  void read(long offset, byte[] target, int at, int length);

  /** Position of its first byte. */
  default long base() {
    return header().basePosition();
  }
}
