package dev.talea.tools;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.json.AnswerWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The file of lines that were not posted: number, error envelope and the line itself, separated by
 * tabs, so that {@code cut -f3-} gives back lines to mend and load. Written anew by every run and
 * not there if nothing was rejected.
 *
 * <p>One thread. Every line is handed to the operating system at once, because the run may be
 * killed at any moment.
 */
final class RejectedLines implements AutoCloseable {
  private final Path file;
  private @Nullable OutputStream out;

  /**
   * @param file replaced; what an earlier run left there is gone
   */
  RejectedLines(Path file) throws IOException {
    this.file = file;
    Files.deleteIfExists(file);
  }

  Path file() {
    return file;
  }

  void add(DraftLines.Line line, LedgerError error) throws IOException {
    OutputStream stream = out;
    if (stream == null) {
      stream = Files.newOutputStream(file);
      out = stream;
    }
    byte[] number = (line.number() + "\t").getBytes(StandardCharsets.US_ASCII);
    byte[] envelope = AnswerWriter.error(error);
    byte[] text = line.text();
    byte[] entry = new byte[number.length + envelope.length + text.length + 2];
    System.arraycopy(number, 0, entry, 0, number.length);
    System.arraycopy(envelope, 0, entry, number.length, envelope.length);
    int tab = number.length + envelope.length;
    entry[tab] = '\t';
    System.arraycopy(text, 0, entry, tab + 1, text.length);
    entry[entry.length - 1] = '\n';
    stream.write(entry);
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
    }
  }
}
