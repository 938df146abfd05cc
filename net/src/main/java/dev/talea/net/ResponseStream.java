// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.time.Duration;

/**
 * The body of a streamed answer, written in pull style: the owner writes while {@link #write} takes
 * and goes on when {@link #onWritable} calls. Nothing is queued for a slow reader beyond the
 * connection's write buffer, so its cost is its own position in whatever it reads.
 *
 * <p>{@link #write}, {@link #isWritable} and the callbacks belong to the event loop of the
 * connection; use {@link #execute} to get there. {@link #close} and {@link #execute} may be called
 * from any thread. A reader that drains nothing for the write-stall time is cut off.
 */
public interface ResponseStream {
  /** True while the connection takes more; false before its turn, when it is full, and closed. */
  boolean isWritable();

  /**
   * Writes one piece. It is handed to the operating system at the end of the event loop's current
   * task, together with whatever else was written in it.
   *
   * @param data must not be changed afterwards
   * @return false if nothing was taken because the stream is not writable; a piece is taken whole
   *     or not at all
   * @throws IllegalStateException outside the event loop
   */
  boolean write(byte[] data);

  /**
   * Called on the event loop each time the stream turns writable, the first time included: when it
   * is set on a stream that is writable, the call comes at once. Replaces the one before.
   */
  void onWritable(Runnable action);

  /**
   * Called once on the event loop when the stream is over, whichever side ended it; soon if it is
   * over already.
   */
  void onClose(Runnable action);

  /** Ends the stream: what was written still goes out, then the connection closes. */
  void close();

  /**
   * Ends the stream as broken: the connection is cut without the end of the body, so that a reader
   * does not take what came for the whole. From any thread.
   */
  void cut();

  boolean isClosed();

  /** Runs a task on the stream's event loop. Tasks are dropped once the stream is closed. */
  void execute(Runnable task);

  /** Like {@link #execute}, after a delay: the way to write a heartbeat. */
  Cancellable schedule(Runnable task, Duration delay);

  /** A task that may still be called off. */
  @FunctionalInterface
  interface Cancellable {
    /** Harmless if the task has run. */
    void cancel();
  }
}
