// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Hands lines on as {@link TerminalBytes} makes them harmless, for output that is a file's and is
 * looked at on a terminal. Holds one line. One thread.
 */
final class TerminalLines extends OutputStream {
  private final OutputStream out;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  TerminalLines(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    if (b == '\n') {
      out.write(TerminalBytes.safe(line.toByteArray()));
      out.write('\n');
      line.reset();
    } else {
      line.write(b);
    }
  }

  /** The line in hand waits for its end. */
  @Override
  public void flush() throws IOException {
    out.flush();
  }
}
