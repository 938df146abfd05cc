// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that notices when its reader is gone. {@code java.io.PrintStream} would swallow
 * that, and {@code talea tail | head -1} would run for ever.
 *
 * <p>One thread at a time.
 */
final class Out {
  /** Writing failed. */
  static final class WriteFailedException extends RuntimeException {
    private final boolean pipeClosed;

    WriteFailedException(IOException cause) {
      super(cause);
      String message = String.valueOf(cause.getMessage());
      this.pipeClosed = message.contains("Broken pipe") || message.contains("Pipe closed");
    }

    /** Whether it only failed because the reader has seen enough. */
    boolean pipeClosed() {
      return pipeClosed;
    }
  }

  private final OutputStream stream;

  /** What went wrong where it could not be told; told by the next {@link #flush}. */
  private @Nullable IOException hidden;

  Out(OutputStream stream) {
    this.stream = new BufferedOutputStream(stream, 32 * 1024);
  }

  /** Writes these bytes and a line end. */
  void line(byte[] utf8) {
    try {
      stream.write(utf8);
      stream.write('\n');
    } catch (IOException e) {
      throw new WriteFailedException(e);
    }
  }

  /** Writes this text and a line end. */
  void line(String text) {
    line(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Hands everything to the operating system. */
  void flush() {
    if (hidden != null) {
      throw new WriteFailedException(hidden);
    }
    try {
      stream.flush();
    } catch (IOException e) {
      throw new WriteFailedException(e);
    }
  }

  /**
   * The same stream for those who need one. Its failures are ours, {@link WriteFailedException},
   * and its close does not close the stream.
   */
  OutputStream stream() {
    return new OutputStream() {
      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        try {
          stream.write(bytes, offset, length);
        } catch (IOException e) {
          throw new WriteFailedException(e);
        }
      }

      @Override
      public void flush() {
        Out.this.flush();
      }
    };
  }

  /**
   * The same stream for those who need a writer. Its close does not close the stream. A {@code
   * PrintWriter} keeps failures to itself, so they are kept here for {@link #flush}.
   */
  PrintWriter writer() {
    return new PrintWriter(
        new Writer() {
          @Override
          public void write(char[] chars, int offset, int length) throws IOException {
            try {
              stream.write(new String(chars, offset, length).getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
              hidden = e;
              throw e;
            }
          }

          @Override
          public void flush() throws IOException {
            try {
              stream.flush();
            } catch (IOException e) {
              hidden = e;
              throw e;
            }
          }

          @Override
          public void close() throws IOException {
            flush();
          }
        });
  }
}
