// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The segments of a log in order, and which of them holds a position.
 *
 * <p>The list only ever grows at its end, by the writer; readers take the array as it is. The end
 * of every segment but the last is where the next one's positions begin.
 *
 * @param <S> what the owner of the log knows of each, beside what readers do
 */
public final class Segments<S extends Segment> {

  private volatile S[] all;

  public Segments(List<S> segments, IntFunction<S[]> array) {
    all = segments.toArray(array.apply(0));
  }

  public S last() {
    S[] now = all;
    return now[now.length - 1];
  }

  public int count() {
    return all.length;
  }

  public S get(int index) {
    return all[index];
  }

  /** Called by the writer thread only, after the segment is certain to survive a crash. */
  public void add(S segment) {
    S[] now = all;
    S[] longer = Arrays.copyOf(now, now.length + 1);
    longer[now.length] = segment;
    all = longer;
  }

  /** The last segment whose base is not behind the position. */
  S holding(long position) {
    S[] now = all;
    int low = 0;
    int high = now.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (now[middle].base() <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return now[low];
  }

  /** Position at which the used bytes of a segment end, given where those of the log end. */
  long endOf(Segment segment, long logEnd) {
    S[] now = all;
    int low = 0;
    int high = now.length;
    while (low < high) { // the first whose base is behind that of the segment
      int middle = (low + high) >>> 1;
      if (now[middle].base() <= segment.base()) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < now.length ? now[low].base() : logEnd;
  }
}
