// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What a program under measurement did in the time that counts. Crosses process boundaries as one
 * line of text, because some of them need a virtual machine of their own.
 *
 * @param operations what was made durable: rows, records, transactions
 * @param bytes handed to the disk for them; 0 if the program does not know
 * @param seconds the time that counts
 * @param latency of each wait for the disk, in nanoseconds; a wait may cover many operations
 */
public record Measured(long operations, long bytes, double seconds, Histogram latency) {
  private static final int HISTOGRAM_BYTES_MAX = 1 << 20;
  private static final int DIGITS = 3;

  /** An empty histogram as all measurements here use it: any range, three digits. */
  public static Histogram histogram() {
    Histogram empty = new Histogram(DIGITS);
    empty.setAutoResize(true);
    return empty;
  }

  /** Operations a second. */
  public double perSecond() {
    return operations / seconds;
  }

  /** Bytes a second. */
  public double bytesPerSecond() {
    return bytes / seconds;
  }

  /** A percentile of the waits, in nanoseconds. */
  public double nanosAt(double percentile) {
    return latency.getValueAtPercentile(percentile);
  }

  /** Parts of one measurement, taken with pauses for something else in between, as a whole. */
  public static Measured sum(List<Measured> parts) {
    Histogram latency = histogram();
    long operations = 0;
    long bytes = 0;
    double seconds = 0;
    for (Measured part : parts) {
      latency.add(part.latency);
      operations += part.operations;
      bytes += part.bytes;
      seconds += part.seconds;
    }
    return new Measured(operations, bytes, seconds, latency);
  }

  /** One line that {@link #parse} reads back. */
  public String line() {
    ByteBuffer buffer = ByteBuffer.allocate(latency.getNeededByteBufferCapacity());
    int length = latency.encodeIntoCompressedByteBuffer(buffer);
    byte[] encoded = new byte[length];
    buffer.get(0, encoded);
    return operations
        + " "
        + bytes
        + " "
        + seconds
        + " "
        + Base64.getEncoder().encodeToString(encoded);
  }

  /**
   * Reads a {@link #line}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Measured parse(String line) {
    List<String> parts = new ArrayList<>(List.of(line.strip().split(" ", -1)));
    if (parts.size() != 4 || line.length() > HISTOGRAM_BYTES_MAX) {
      throw new IllegalArgumentException("not a measurement: " + line);
    }
    try {
      Histogram latency =
          Histogram.decodeFromCompressedByteBuffer(
              ByteBuffer.wrap(Base64.getDecoder().decode(parts.get(3))), 0);
      return new Measured(
          Long.parseLong(parts.get(0)),
          Long.parseLong(parts.get(1)),
          Double.parseDouble(parts.get(2)),
          latency);
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("not a measurement: " + line, e);
    }
  }
}
