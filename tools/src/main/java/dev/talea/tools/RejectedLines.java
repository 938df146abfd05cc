// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.json.ResultJson;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The file of lines that were not posted: number, error envelope and the line itself, separated by
 * tabs, so that {@code cut -f3-} gives back lines to mend and load. Characters that a terminal
 * would obey are spelled out, which JSON reads as the same. Written anew by every run and not there
 * if nothing was rejected.
 *
 * <p>What is at the place already decides what may be done to it. A file of rejected lines of an
 * earlier run is ours, to be emptied and taken away; a file that holds anything else is refused; a
 * device, a pipe or what a link leads to is written to and never replaced, truncated or removed. In
 * every case it is tried before the first draft is posted, because the first line is rejected hours
 * later, if ever.
 *
 * <p>One thread. Every line is handed to the operating system at once, because the run may be
 * killed at any moment.
 */
final class RejectedLines implements AutoCloseable {
  /** A number, a tab, an envelope: how every line of ours begins. */
  private static final String OURS = "[0-9]{1,19}\t\\{\"error\":.*";

  private final Path file;
  private final boolean plain;
  private @Nullable OutputStream out;

  /** Whether the file is one that this run, or an earlier one, has made. */
  private boolean ours;

  private boolean any;

  /**
   * @param file where they go
   * @throws FailedException if nothing could be written there
   * @throws UsageException if something is there that is not to be lost
   */
  RejectedLines(Path file) {
    this.file = file;
    this.plain =
        !Files.exists(file, LinkOption.NOFOLLOW_LINKS)
            || Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    try {
      prepare();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void prepare() throws IOException {
    if (Files.isDirectory(file)) {
      throw new UsageException("--rejected: " + Terminal.safe(file.toString()) + " is a folder");
    }
    if (!plain) {
      // A regular file behind a link belongs to the user who has put the link there: added to.
      out = Files.newOutputStream(file, options());
    } else if (!Files.exists(file)) {
      Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE).close();
      Files.delete(file);
      ours = true;
    } else if (Files.size(file) == 0) {
      Files.newOutputStream(file, StandardOpenOption.WRITE).close();
    } else if (isOurs()) {
      Files.newOutputStream(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
          .close();
      ours = true;
    } else {
      throw new UsageException(
          Terminal.safe(file.toString())
              + " is there and holds something else than rejected lines; move it away, or name"
              + " another file with --rejected");
    }
  }

  private OpenOption[] options() {
    return Files.isRegularFile(file) || !Files.exists(file)
        ? new OpenOption[] {
          StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.APPEND
        }
        : new OpenOption[] {StandardOpenOption.WRITE};
  }

  private boolean isOurs() throws IOException {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(64);
    }
    return new String(head, StandardCharsets.ISO_8859_1)
        .lines()
        .findFirst()
        .orElse("")
        .matches(OURS);
  }

  Path file() {
    return file;
  }

  void add(DraftLines.Line line, LedgerError error) {
    try {
      OutputStream stream = out;
      if (stream == null) {
        // What has appeared here since we looked is not ours.
        stream =
            Files.newOutputStream(
                file,
                StandardOpenOption.WRITE,
                Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    ? StandardOpenOption.APPEND
                    : StandardOpenOption.CREATE_NEW);
        out = stream;
      }
      any = true;
      stream.write(entry(line, error));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static byte[] entry(DraftLines.Line line, LedgerError error) {
    byte[] number = (line.number() + "\t").getBytes(StandardCharsets.US_ASCII);
    byte[] envelope = ResultJson.error(error);
    byte[] text = TerminalBytes.safe(line.text());
    byte[] entry = new byte[number.length + envelope.length + text.length + 2];
    System.arraycopy(number, 0, entry, 0, number.length);
    System.arraycopy(envelope, 0, entry, number.length, envelope.length);
    int tab = number.length + envelope.length;
    entry[tab] = '\t';
    System.arraycopy(text, 0, entry, tab + 1, text.length);
    entry[entry.length - 1] = '\n';
    return entry;
  }

  private FailedException failed(IOException e) {
    return new FailedException(
        "cannot write rejected lines to "
            + Terminal.safe(file.toString())
            + ": "
            + FileTrouble.words(e),
        e);
  }

  @Override
  public void close() {
    try {
      if (out != null) {
        out.close();
      }
      if (plain && ours && !any) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
