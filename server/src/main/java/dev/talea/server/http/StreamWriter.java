// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.net.ResponseStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What every event stream writes the same way, whatever it follows: pieces of frames, error frames,
 * and a comment where there has been nothing for a while.
 *
 * <p>Belongs to the event loop of the connection.
 */
final class StreamWriter {
  private static final byte[] HEARTBEAT = ascii(": still here\n\n");
  private static final byte[] ERROR = ascii("event: error\ndata: ");
  private static final byte[] END = ascii("\n\n");

  private final ResponseStream out;
  private final long heartbeatNanos;
  private final LongSupplier nanoClock;
  private long lastWriteNanos;

  StreamWriter(ResponseStream out, Duration heartbeat, LongSupplier nanoClock) {
    this.out = out;
    this.heartbeatNanos = heartbeat.toNanos();
    this.nanoClock = nanoClock;
    this.lastWriteNanos = nanoClock.getAsLong();
  }

  /** From now on silence is broken now and then. */
  void startHeartbeat() {
    scheduleHeartbeat(heartbeatNanos);
  }

  /** False if nothing was taken, because the stream takes no more for now. */
  boolean write(byte[] data) {
    boolean taken = out.write(data);
    if (taken) {
      lastWriteNanos = nanoClock.getAsLong();
    }
    return taken;
  }

  /** As {@link #write}, for an error envelope in a frame of its own. */
  boolean writeError(byte[] envelope) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream(envelope.length + 32);
    frame.writeBytes(ERROR);
    frame.writeBytes(envelope);
    frame.writeBytes(END);
    return write(frame.toByteArray());
  }

  private void scheduleHeartbeat(long nanos) {
    out.schedule(this::onHeartbeat, Duration.ofNanos(nanos));
  }

  private void onHeartbeat() {
    long silence = nanoClock.getAsLong() - lastWriteNanos;
    if (silence < heartbeatNanos) {
      scheduleHeartbeat(heartbeatNanos - silence);
      return;
    }
    // A connection that takes nothing is not silent for want of words.
    write(HEARTBEAT);
    scheduleHeartbeat(heartbeatNanos);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
