// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.settings.FileTrouble;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Opens what a command is to read, a file or standard input, and looks at its beginning before
 * anything is done: a byte order mark is skipped, and what is no text at all is refused by its
 * name, rather than line by line for as long as it lasts.
 *
 * <p>Stateless; one thread.
 */
final class TextInput {
  /** Enough for every signature, and for the first line of what was meant to be lines. */
  private static final int HEAD_BYTES = 4096;

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
    String fault = fault(head, form);
    if (fault != null) {
      in.close();
      throw new FailedException(Terminal.safe(name) + " " + fault);
    }
    int mark = startsWith(head, 0xEF, 0xBB, 0xBF) ? 3 : 0;
    return new SequenceInputStream(new ByteArrayInputStream(head, mark, head.length - mark), in);
  }

  /**
   * The beginning: until the first line ends, if that is near, so that a slow pipe is not waited
   * for.
   */
  private static byte[] head(InputStream in) throws IOException {
    byte[] head = new byte[HEAD_BYTES];
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

  private static @Nullable String fault(byte[] head, Form form) {
    String packed = packing(head);
    if (packed != null) {
      return "is compressed (" + packed + "), expected JSON text; unpack it first";
    }
    if (startsWith(head, 0xFF, 0xFE) || startsWith(head, 0xFE, 0xFF) || hasNul(head)) {
      return "is not UTF-8 text, but UTF-16 or binary; 'iconv -f UTF-16 -t UTF-8' turns the former"
          + " into what is expected";
    }
    if (form == Form.LINES) {
      String first = firstLine(head);
      if (first.startsWith("[")) {
        return "is a JSON array, expected a JSON object a line; 'jq -c .[]' makes one of the other";
      }
      if (first.equals("{")) {
        return "holds JSON that is laid out over several lines, expected an object a line;"
            + " 'jq -c .' makes one of the other";
      }
    }
    return null;
  }

  private static @Nullable String packing(byte[] head) {
    if (startsWith(head, 0x1F, 0x8B)) {
      return "gzip";
    }
    if (startsWith(head, 0x28, 0xB5, 0x2F, 0xFD)) {
      return "zstd";
    }
    if (startsWith(head, 0xFD, '7', 'z', 'X', 'Z', 0)) {
      return "xz";
    }
    if (startsWith(head, 'B', 'Z', 'h')) {
      return "bzip2";
    }
    return startsWith(head, 'P', 'K', 3, 4) ? "zip" : null;
  }

  private static boolean startsWith(byte[] head, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (i >= head.length || head[i] != (byte) bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /** In the first four characters of UTF-16 there is one, as far as JSON goes; in UTF-8 never. */
  private static boolean hasNul(byte[] head) {
    for (int i = 0; i < Math.min(head.length, 4); i++) {
      if (head[i] == 0) {
        return true;
      }
    }
    return false;
  }

  private static String firstLine(byte[] head) {
    String text = new String(head, StandardCharsets.UTF_8);
    return (text.startsWith("\uFEFF") ? text.substring(1) : text)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .findFirst()
        .orElse("");
  }
}
