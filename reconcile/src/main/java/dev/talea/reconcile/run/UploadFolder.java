// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.log.TreeHash;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files on their way in, and where they lie then. A file comes in parts, each behind the one
 * before, so that a connection that breaks costs one part and no request is long; it lies under a
 * number of ours, and what its sender calls it is only shown. What was not finished is gone after a
 * restart. Apart from {@link Uploads}, which knows the files that came whole and who sent them.
 *
 * <p>Guarded by its own lock.
 */
final class UploadFolder {
  private static final Logger LOG = LoggerFactory.getLogger(UploadFolder.class);
  private static final int NAME_CHARS_MAX = 255;

  /** Files that are on their way at a time. */
  private static final int OPEN_MAX = 64;

  /** One that nothing was added to for so long gives its place to another. */
  private static final long ABANDONED_MICROS = 600_000_000;

  private static final String PART = ".part";

  private final Path folder;
  private final long bytesMax;
  private final LongSupplier micros;
  private final Map<Long, Part> open = new HashMap<>();

  private static final class Part {
    final String name;

    /** Who sends it: bytes of others do not get into it. */
    final String by;

    final MessageDigest digest = TreeHash.sha256();
    long bytes;
    long touchedMicros;

    Part(String name, String by) {
      this.name = name;
      this.by = by;
    }
  }

  /** A file that has come whole, and is on disk. */
  record Whole(long id, String name, long bytes, String sha256) {}

  UploadFolder(Path folder, long bytesMax, LongSupplier micros) {
    this.folder = folder;
    this.bytesMax = bytesMax;
    this.micros = micros;
  }

  /** The files that came whole, whether a record knows them or not. */
  List<String> whole() throws IOException {
    return SystemFiles.list(folder).stream().filter(name -> !name.endsWith(PART)).toList();
  }

  /** Removes what was not finished or was pruned, and puts aside what no record knows. */
  void clean(LongPredicate known, LongPredicate pruned, Path lost) throws IOException {
    SystemFiles.makeFolder(folder);
    for (String name : SystemFiles.list(folder)) {
      boolean number = name.matches("[0-9]{1,18}");
      if (name.endsWith(PART) || (number && pruned.test(Long.parseLong(name)))) {
        SystemFiles.delete(folder.resolve(name));
      } else if (!number || !known.test(Long.parseLong(name))) {
        Path aside = SystemFiles.putAside(folder.resolve(name), lost, "upload-" + name);
        LOG.warn("no record knows the upload {}; it is kept as {}", name, aside);
      }
    }
  }

  Path file(long id) {
    return folder.resolve(Long.toString(id));
  }

  void delete(long id) throws IOException {
    SystemFiles.delete(file(id));
  }

  /** Bytes of the files that are on their way. */
  synchronized long bytesUnderWay() {
    return open.values().stream().mapToLong(part -> part.bytes).sum();
  }

  /** Begins a file. */
  synchronized void begin(long id, String name, String by) throws IOException {
    checkName(name);
    long now = micros.getAsLong();
    if (open.size() >= OPEN_MAX) {
      for (Map.Entry<Long, Part> entry : List.copyOf(open.entrySet())) {
        if (now - entry.getValue().touchedMicros >= ABANDONED_MICROS) {
          drop(entry.getKey());
        }
      }
    }
    if (open.size() >= OPEN_MAX) {
      throw new LedgerException(
          new Unavailable(OPEN_MAX + " files are on their way already; send this one later"));
    }
    Part part = new Part(name, by);
    part.touchedMicros = now;
    open.put(id, part);
  }

  /** It is never used as a path, and what looks like one is meant as one. */
  static void checkName(String name) {
    boolean path =
        name.isBlank()
            || name.equals(".")
            || name.contains("..")
            || name.length() > NAME_CHARS_MAX
            || name.chars().anyMatch(c -> c < ' ' || c == '/' || c == '\\' || c == 0x7f);
    if (path) {
      throw JsonTree.invalid(
          "name",
          "must be the plain name of a file, 1 to "
              + NAME_CHARS_MAX
              + " characters without a slash, a backslash or two dots in a row");
    }
  }

  /**
   * Takes a part.
   *
   * @param offset of its first byte; it has to be where the part before ended
   * @param of whether a file that this one sends may be gone on with
   * @return how many bytes have come
   */
  synchronized long add(long id, long offset, byte[] bytes, Predicate<String> of)
      throws IOException {
    Part part = part(id);
    if (!of.test(part.by)) {
      throw notUnderWay(id);
    }
    if (offset != part.bytes) {
      throw JsonTree.invalid(
          "offset", "is " + offset + ", but " + part.bytes + " bytes have come; go on from there");
    }
    if (part.bytes + bytes.length > bytesMax) {
      drop(id);
      throw JsonTree.invalid(
          "body",
          "the file is longer than TALEA_RECONCILE_UPLOAD_MAX allows, which is "
              + bytesMax
              + " bytes");
    }
    boolean added = false;
    try {
      SystemFiles.append(partFile(id), bytes);
      added = true;
    } finally {
      if (!added) {
        drop(id); // a part of a part may be there
      }
    }
    part.digest.update(bytes);
    part.bytes += bytes.length;
    part.touchedMicros = micros.getAsLong();
    return part.bytes;
  }

  /** The file has come whole: it is on disk when this returns. */
  synchronized Whole finish(long id) throws IOException {
    Part part = part(id);
    Path from = partFile(id);
    if (part.bytes == 0) {
      SystemFiles.append(from, new byte[0]);
    }
    SystemFiles.sync(from);
    SystemFiles.move(from, file(id));
    open.remove(id);
    return new Whole(id, part.name, part.bytes, HexFormat.of().formatHex(part.digest.digest()));
  }

  /** Takes a file of this machine, by copying it. */
  Whole take(long id, String name, Path from) throws IOException {
    checkName(name);
    if (SystemFiles.size(from) > bytesMax) {
      throw tooLong();
    }
    MessageDigest digest = TreeHash.sha256();
    long bytes = 0;
    Path part = partFile(id);
    boolean taken = false;
    try (InputStream in = SystemFiles.read(from);
        OutputStream out = SystemFiles.write(part)) {
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        bytes += read;
        if (bytes > bytesMax) {
          throw tooLong();
        }
        digest.update(buffer, 0, read);
        out.write(buffer, 0, read);
      }
      taken = true;
    } finally {
      if (!taken) {
        SystemFiles.delete(part);
      }
    }
    SystemFiles.sync(part);
    SystemFiles.move(part, file(id));
    return new Whole(id, name, bytes, HexFormat.of().formatHex(digest.digest()));
  }

  private IOException tooLong() {
    return new IOException("it is longer than TALEA_RECONCILE_UPLOAD_MAX, " + bytesMax);
  }

  private Part part(long id) {
    @Nullable Part part = open.get(id);
    if (part == null) {
      throw notUnderWay(id);
    }
    return part;
  }

  private static LedgerException notUnderWay(long id) {
    return new LedgerException(new NotFound("upload " + id + " that is under way"));
  }

  private void drop(long id) throws IOException {
    open.remove(id);
    SystemFiles.delete(partFile(id));
  }

  private Path partFile(long id) {
    return folder.resolve(id + PART);
  }
}
