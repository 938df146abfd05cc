// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

/**
 * Notices a peer that does not take its answers. Owned by the connection's event loop, which shows
 * it the write buffer now and then.
 *
 * <p>What counts is bytes taken, not that any byte was: in each span the peer must empty the buffer
 * or take at least {@code bytesMin}, so reading one byte now and then does not help it.
 */
final class WriteProgress {
  private final long spanNanos;
  private final long bytesMin;
  private boolean waiting;
  private long takenAtMark;
  private long markNanos;

  WriteProgress(long spanNanos, long bytesMin) {
    this.spanNanos = spanNanos;
    this.bytesMin = bytesMin;
  }

  /**
   * @param written bytes ever given to the write buffer
   * @param pending bytes still in it
   * @return true if the peer took too little for a whole span
   */
  boolean isStalled(long nowNanos, long written, long pending) {
    if (pending == 0) {
      waiting = false;
      return false;
    }
    long taken = written - pending;
    if (!waiting || taken - takenAtMark >= bytesMin) {
      waiting = true;
      takenAtMark = taken;
      markNanos = nowNanos;
      return false;
    }
    return nowNanos - markNanos >= spanNanos;
  }
}
