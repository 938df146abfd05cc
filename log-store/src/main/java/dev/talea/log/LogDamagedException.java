// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that were acknowledged do not say what was written, or are not there any more. Nothing was
 * changed and nothing was served: react by leaving the log closed and calling a person.
 */
public final class LogDamagedException extends LogException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final long offset;
  private final boolean endLost;
  private final long seq;
  private final transient byte @Nullable [] payload;

  /**
   * Damage in a file.
   *
   * @param offset of the byte at which the damaged structure begins
   */
  public LogDamagedException(Path file, long offset, String message, @Nullable Throwable cause) {
    this(file, offset, message, cause, 0, null);
  }

  /**
   * Damage that is known to be in a record.
   *
   * @param seq of the record, 0 if that is not known
   * @param payload as it lies there, damaged perhaps; null if it is not known where it ends
   */
  public LogDamagedException(
      Path file,
      long offset,
      String message,
      @Nullable Throwable cause,
      long seq,
      byte @Nullable [] payload) {
    super(message, file.getParent(), cause);
    this.file = file;
    this.offset = offset;
    this.endLost = false;
    this.seq = seq;
    this.payload = payload;
  }

  private LogDamagedException(Path folder, String message) {
    super(message, folder, null);
    this.file = folder;
    this.offset = 0;
    this.endLost = true;
    this.seq = 0;
    this.payload = null;
  }

  /**
   * The end of a log has been lost, and files that were derived from it prove it: they carry its
   * id, their checksums are right, and they know of records behind its last one. A caller that
   * finds such a file throws this, deletes nothing and leaves the log closed; opening lets it
   * through when it comes out of the function that makes the handler.
   *
   * @param log name of the log
   * @param folder of the log
   * @param lastSeq of the last record the log has, 0 if none
   * @param knownSeq of the last record that there was, as the files know
   * @param knownBy the names of all derived files that know of records behind the last one
   */
  public static LogDamagedException endLost(
      String log, Path folder, long lastSeq, long knownSeq, List<String> knownBy) {
    if (knownSeq <= lastSeq || knownBy.isEmpty()) {
      throw new IllegalArgumentException(
          "seq " + knownSeq + " known by " + knownBy + " proves nothing of a log to " + lastSeq);
    }
    String files =
        knownBy.stream()
            .map(file -> folder.resolve(file).toString())
            .collect(Collectors.joining(", "));
    return new LogDamagedException(
        folder,
        "The end of the log \""
            + log
            + "\" is lost: it ends with seq "
            + lastSeq
            + ", but was there up to seq "
            + knownSeq
            + " when "
            + files
            + (knownBy.size() == 1 ? " was" : " were")
            + " derived from it. The log stays closed and nothing was changed. Put the missing end"
            + " back: the last segment, as it was. If this is a copy that was meant to end there,"
            + " remove "
            + (knownBy.size() == 1 ? "that file" : "those files")
            + " and nothing else, and open it again.");
  }

  /** Whether what there is is whole, but derived files prove that there was more. */
  public boolean isEndLost() {
    return endLost;
  }

  /** The damaged file; the folder of the log if its end is missing. */
  public Path file() {
    return file;
  }

  /** Seq of the record that is damaged; 0 if it is none, or not known which. */
  public long seq() {
    return seq;
  }

  /** The payload of that record as it lies there, its bytes not to be believed; null if unknown. */
  public byte @Nullable [] payload() {
    return payload == null ? null : payload.clone();
  }

  /** The byte in the file at which the damaged structure begins. */
  public long offset() {
    return offset;
  }
}
