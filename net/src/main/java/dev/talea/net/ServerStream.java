// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A streamed answer on a server's connection. Its state belongs to the connection's event loop;
 * {@code closed} may be read anywhere.
 *
 * <p>NEW until its turn on the connection comes, then OPEN, then CLOSED: by its owner, by the peer,
 * by the server. It goes from NEW to CLOSED when its exchange was settled otherwise or ended first.
 */
final class ServerStream implements ResponseStream {
  private final ConnectionOutput output;
  private final int status;
  private final Headers headers;
  private boolean open;
  private boolean wakeScheduled;
  private volatile boolean closed;
  private @Nullable Runnable onWritable;
  private @Nullable Runnable onClose;
  private boolean closeTold;

  ServerStream(ConnectionOutput output, int status, Headers headers) {
    this.output = output;
    this.status = status;
    this.headers = headers;
  }

  int status() {
    return status;
  }

  Headers headers() {
    return headers;
  }

  @Override
  public boolean isWritable() {
    return open && !closed && output.isWritable();
  }

  @Override
  public boolean write(byte[] data) {
    checkLoop();
    if (!isWritable()) {
      return false;
    }
    if (data.length > 0) {
      output.writePiece(data);
    }
    return true;
  }

  @Override
  public void onWritable(Runnable action) {
    inLoop(
        () -> {
          onWritable = action;
          if (isWritable()) {
            runOwned(action);
          }
        });
  }

  @Override
  public void onClose(Runnable action) {
    inLoop(
        () -> {
          onClose = action;
          if (closed) {
            tellClosed();
          }
        });
  }

  @Override
  public void close() {
    inLoop(
        () -> {
          if (closed) {
            return;
          }
          boolean wasOpen = open;
          ended();
          if (wasOpen) {
            output.endStream();
          }
          // A stream that is not open yet is ended by its connection when its turn comes.
        });
  }

  @Override
  public void cut() {
    inLoop(
        () -> {
          if (!closed) {
            output.cut();
          }
        });
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void execute(Runnable task) {
    output.loop().execute(() -> runUnlessClosed(task));
  }

  @Override
  public Cancellable schedule(Runnable task, Duration delay) {
    ScheduledFuture<?> scheduled =
        output
            .loop()
            .eventLoop()
            .schedule(() -> runUnlessClosed(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  // --- for the connection, on the event loop -----------------------------------------------------

  /** Its turn has come and its head is written. */
  void opened() {
    open = true;
    wake();
  }

  /**
   * The connection takes more. The owner is called in a task of its own: writing makes the
   * connection writable again at once for a fast reader, who would otherwise keep the loop to
   * itself.
   */
  void wake() {
    if (!wakeScheduled) {
      wakeScheduled = true;
      output
          .loop()
          .execute(
              () -> {
                wakeScheduled = false;
                Runnable action = onWritable;
                if (action != null && isWritable()) {
                  runOwned(action);
                }
              });
    }
  }

  /** The stream is over; tells its owner. */
  void ended() {
    closed = true;
    tellClosed();
  }

  /** It never came to its turn; from any thread. */
  void closeUnopened() {
    closed = true;
    inLoop(this::tellClosed);
  }

  private void tellClosed() {
    Runnable action = onClose;
    if (action != null && !closeTold) {
      closeTold = true;
      output.guarded(action);
    }
  }

  private void runUnlessClosed(Runnable task) {
    if (!closed) {
      runOwned(task);
    }
  }

  /** An owner that throws will hardly write on, so its reader is told by the end of the stream. */
  private void runOwned(Runnable action) {
    if (!output.guarded(action)) {
      output.cut();
    }
  }

  private void inLoop(Runnable task) {
    if (output.loop().isCurrent()) {
      task.run();
    } else {
      output.loop().execute(task);
    }
  }

  private void checkLoop() {
    if (!output.loop().isCurrent()) {
      throw new IllegalStateException(
          "A stream is written on its event loop only, not on "
              + Thread.currentThread().getName()
              + "; use execute()");
    }
  }
}
