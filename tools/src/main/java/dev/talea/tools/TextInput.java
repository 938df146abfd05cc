// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.json.JsonHead;
import dev.talea.server.settings.FileTrouble;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Opens what a command is to read, a file or standard input, and looks at its beginning before
 * anything is done: a byte order mark is skipped, and what is no text at all is refused by its
 * name, rather than line by line for as long as it lasts.
 *
 * <p>Stateless; one thread.
 */
final class TextInput {
  private TextInput() {}

  /** What the input is meant to be. */
  enum Form {
    /** One JSON value, over as many lines as it likes. */
    JSON,
    /** A JSON object a line. */
    LINES
  }

  /** Opens a file, or standard input for {@code -}. */
  static InputStream open(Shell shell, String file, Form form) {
    boolean standard = file.equals("-");
    String name = standard ? "standard input" : file;
    try {
      return checked(standard ? shell.in() : raw(shell.directory().resolve(file)), name, form);
    } catch (NoSuchFileException e) {
      throw new UsageException("there is no file " + Terminal.safe(file));
    } catch (IOException e) {
      throw new FailedException(unreadable(name, e), e);
    }
  }

  /** A sentence about an input that cannot be read. */
  static String unreadable(String name, IOException e) {
    return "cannot read " + Terminal.safe(name) + ": " + FileTrouble.words(e);
  }

  private static InputStream raw(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("it is a folder");
    }
    return Files.newInputStream(file);
  }

  private static InputStream checked(InputStream in, String name, Form form) throws IOException {
    byte[] head = head(in);
    String fault = JsonHead.fault(head, form == Form.LINES);
    if (fault != null) {
      in.close();
      throw new FailedException(Terminal.safe(name) + " " + fault);
    }
    int mark = JsonHead.markBytes(head);
    return new SequenceInputStream(new ByteArrayInputStream(head, mark, head.length - mark), in);
  }

  /**
   * The beginning: until the first line ends, if that is near, so that a slow pipe is not waited
   * for.
   */
  private static byte[] head(InputStream in) throws IOException {
    byte[] head = new byte[JsonHead.BYTES];
    int length = 0;
    while (length < head.length) {
      int read = in.read(head, length, head.length - length);
      if (read < 0) {
        break;
      }
      length += read;
      if (hasLine(head, length)) {
        break;
      }
    }
    return Arrays.copyOf(head, length);
  }

  private static boolean hasLine(byte[] head, int length) {
    boolean text = false;
    for (int i = 0; i < length; i++) {
      if (head[i] == '\n' && text) {
        return true;
      }
      text |= head[i] != '\n' && head[i] != '\r' && head[i] != ' ' && head[i] != '\t';
    }
    return false;
  }
}
