// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogCursor;
import dev.talea.log.TreeHash;
import dev.talea.log.disk.LogFiles;
import dev.talea.reconcile.evidence.EvidenceFile;
import dev.talea.reconcile.evidence.Manifest;
import dev.talea.reconcile.row.MatchSide;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The files that records name: evidence of completed runs, ids of their open rows, and uploads.
 * Copies them from one folder to another, and holds each against the hash or the count that a
 * record, or the manifest that it vouches for, has of it. Apart from {@link EvidenceStore} and
 * {@link Uploads}, which own a folder: this one is used beside the process that does, and reads the
 * records as they were at one moment.
 *
 * <p>A file that a record names was there before the record, and goes after a record that says so.
 * So what records that were cut earlier name is there, but for what was pruned in between, which
 * younger records do not name any more.
 *
 * <p>One thread.
 */
public final class KeptFiles {
  private static final String EVIDENCE = "evidence";
  private static final String OPEN = "open";
  private static final String UPLOADS = "uploads";
  private static final String HALF = ".copying";
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int BYTES_MAX = Integer.MAX_VALUE - 8;

  private final Disk disk;
  private final Map<Long, Left> runs = new TreeMap<>();
  private final Map<Long, Sent> uploads = new TreeMap<>();

  /** What the records say of a run that completed. */
  private record Left(
      String manifest, String sha256, long openLeft, long openRight, boolean pruned) {
    Left butPruned() {
      return new Left(manifest, sha256, openLeft, openRight, true);
    }

    long open(MatchSide side) {
      return side == MatchSide.LEFT ? openLeft : openRight;
    }
  }

  private record Sent(long bytes, String sha256) {}

  /**
   * What was copied.
   *
   * @param runs whose evidence is there, or its manifest where it was pruned
   * @param uploads that are there
   * @param written bytes that were not there before
   */
  public record Report(int runs, int uploads, long written) {}

  /** A file is not what the records say. */
  public static final class NotAsRecordedException extends IOException {
    private static final long serialVersionUID = 1L;

    NotAsRecordedException(String message) {
      super(message);
    }
  }

  private KeptFiles(Disk disk) {
    this.disk = disk;
  }

  /**
   * Reads what there is to be.
   *
   * @param records the directory of logs of a room that is not in use, as a backup is; what they
   *     name is copied on the disk that they are on
   * @throws IOException if a record cannot be read
   */
  public static KeptFiles namedBy(LogFiles records) throws IOException {
    KeptFiles kept = new KeptFiles(records.disk());
    if (records.exists(RunLog.NAME)) {
      LogCursor cursor = records.read(RunLog.NAME).found().cursor(1);
      try {
        while (cursor.next()) {
          kept.apply(RunLog.tree(cursor.seq(), cursor.payload()));
        }
      } catch (RuntimeException e) {
        throw new IOException(
            "record "
                + cursor.seq()
                + " in "
                + records.path()
                + " cannot be read: "
                + SystemFiles.whole(e),
            e);
      }
    }
    return kept;
  }

  private void apply(Map<String, @Nullable Object> record) throws IOException {
    long run = JsonTree.number(record, "run", 0);
    long upload = JsonTree.number(record, "upload", 0);
    switch (JsonTree.text(record, "type")) {
      case "run_ended" -> {
        if (JsonTree.text(record, "state").equals(RunState.COMPLETED.text())) {
          runs.put(
              run,
              new Left(
                  plain(JsonTree.text(record, "manifest")),
                  JsonTree.text(record, "manifest_sha256"),
                  JsonTree.number(record, "open_left", 0),
                  JsonTree.number(record, "open_right", 0),
                  false));
        }
      }
      case "evidence_pruned" -> runs.computeIfPresent(run, (id, left) -> left.butPruned());
      case "upload_completed" ->
          uploads.put(
              upload,
              new Sent(JsonTree.number(record, "bytes", 0), JsonTree.text(record, "sha256")));
      case "upload_pruned" -> uploads.remove(upload);
      default -> {
        // It names no file.
      }
    }
  }

  /**
   * Copies what is not there yet; all of it is on disk when this returns. A file that is there has
   * its whole content: it gets its name when it is on disk.
   *
   * @param from the folder of reconciliation, or its copy
   * @param to exists
   * @param passed told how many bytes have been gone over
   * @throws NotAsRecordedException if a file is missing or another; the rest has been copied
   */
  public Report copy(Path from, Path to, LongConsumer passed) throws IOException {
    Copy copy = new Copy(passed);
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<Long, Left> run : runs.entrySet()) {
      String id = Long.toString(run.getKey());
      try {
        evidence(copy, from.resolve(EVIDENCE).resolve(id), to.resolve(EVIDENCE).resolve(id), run);
        open(copy, from.resolve(OPEN), to.resolve(OPEN), run);
      } catch (NotAsRecordedException e) {
        wrong.add(e.getMessage());
      }
    }
    for (Map.Entry<Long, Sent> upload : uploads.entrySet()) {
      String id = Long.toString(upload.getKey());
      Sent sent = upload.getValue();
      try {
        copy.file(
            from.resolve(UPLOADS).resolve(id),
            to.resolve(UPLOADS).resolve(id),
            sent.bytes,
            sent.sha256);
      } catch (NotAsRecordedException e) {
        wrong.add(e.getMessage());
      }
    }
    if (!wrong.isEmpty()) {
      throw new NotAsRecordedException(
          String.join("; ", wrong.subList(0, Math.min(wrong.size(), 5)))
              + (wrong.size() > 5 ? "; and " + (wrong.size() - 5) + " more" : ""));
    }
    copy.syncNames();
    return new Report(runs.size(), uploads.size(), copy.written);
  }

  /** The manifest comes last, so that a folder with one is whole. */
  private void evidence(Copy copy, Path from, Path to, Map.Entry<Long, Left> run)
      throws IOException {
    Left left = run.getValue();
    Path manifest = to.resolve(left.manifest);
    if (!disk.exists(manifest)) {
      manifest = from.resolve(left.manifest);
    }
    byte[] bytes = bytes(manifest);
    if (!SystemFiles.sha256(bytes).equals(left.sha256)) {
      throw new NotAsRecordedException(
          manifest
              + " has the SHA-256 "
              + SystemFiles.sha256(bytes)
              + ", and the record of run "
              + run.getKey()
              + " says "
              + left.sha256);
    }
    if (!left.pruned) {
      for (EvidenceFile file : Manifest.read(bytes).files()) {
        String name = plain(file.name());
        copy.file(from.resolve(name), to.resolve(name), file.bytes(), file.sha256());
      }
    }
    byte[] line = Manifest.line(left.sha256).getBytes(StandardCharsets.UTF_8);
    copy.file(
        from.resolve(Manifest.HASH_FILE),
        to.resolve(Manifest.HASH_FILE),
        line.length,
        SystemFiles.sha256(line));
    if (size(to.resolve(left.manifest)) != bytes.length) {
      disk.syncDirectory(to);
    }
    copy.file(from.resolve(left.manifest), to.resolve(left.manifest), bytes.length, left.sha256);
  }

  private byte[] bytes(Path manifest) throws IOException {
    try (DiskFile file = disk.openForReading(manifest)) {
      if (file.size() > BYTES_MAX) {
        throw new IOException(manifest + " is longer than " + BYTES_MAX + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.read(bytes, 0);
      return bytes.array();
    } catch (NoSuchFileException e) {
      throw missing(manifest);
    }
  }

  /** How long a file is; -1 if there is none. */
  private long size(Path file) throws IOException {
    if (!disk.exists(file)) {
      return -1;
    }
    try (DiskFile found = disk.openForReading(file)) {
      return found.size();
    } catch (NoSuchFileException e) {
      return -1; // deleted in between
    }
  }

  /** Names of what is in a folder; none if there is no such folder. */
  private List<String> list(Path folder) throws IOException {
    return disk.exists(folder) ? disk.list(folder) : List.of();
  }

  /** How many lines a file has that end. */
  private long lines(Path file) throws IOException {
    long[] lines = new long[1];
    read(
        file,
        piece -> {
          while (piece.hasRemaining()) {
            lines[0] += piece.get() == '\n' ? 1 : 0;
          }
        });
    return lines[0];
  }

  /** What is done with the next piece of a file. */
  private interface Pieces {
    void piece(ByteBuffer piece) throws IOException;
  }

  private void read(Path file, Pieces to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    try (DiskFile found = disk.openForReading(file)) {
      long at = 0;
      for (int read = found.read(buffer, at); read > 0; read = found.read(buffer, at)) {
        at += read;
        to.piece(buffer.flip());
        buffer.clear();
      }
    } catch (NoSuchFileException e) {
      throw missing(file);
    }
  }

  private static NotAsRecordedException missing(Path file) {
    return new NotAsRecordedException(file + " is missing, and a record names it");
  }

  /** No record has a hash of these, but how many rows each side has open. */
  private void open(Copy copy, Path from, Path to, Map.Entry<Long, Left> run) throws IOException {
    String begin = run.getKey() + ".";
    List<Path> copied = new ArrayList<>();
    for (String name : list(from)) {
      Path file = from.resolve(name);
      long size = name.startsWith(begin) ? size(file) : -1;
      if (size >= 0 && copy.file(file, to.resolve(name), size, null)) {
        copied.add(to.resolve(name));
      }
    }
    for (MatchSide side : MatchSide.values()) {
      long expected = run.getValue().open(side);
      List<Path> files = new ArrayList<>();
      for (String name : List.of(side.text(), side.text() + ".suggested")) {
        Path file = to.resolve(begin + name);
        if (disk.exists(file)) {
          files.add(file);
        }
      }
      if (!copied.isEmpty() || (files.isEmpty() && expected > 0)) {
        long lines = 0;
        for (Path file : files) {
          lines += lines(file);
        }
        if (lines != expected) {
          for (Path wrong : copied) {
            disk.deleteIfExists(wrong); // what is there is not looked at again
          }
          throw new NotAsRecordedException(
              from.resolve(begin + side.text())
                  + " and what belongs to it name "
                  + lines
                  + " open rows, and the record of run "
                  + run.getKey()
                  + " says "
                  + expected);
        }
      }
    }
  }

  /**
   * Deletes from a copy what the records do not name, or not any more. It is not waited for: what
   * comes back after a power failure goes the next time.
   *
   * @param folder a copy, and no folder in use: there is more in one than its records say
   */
  public void removeOthers(Path folder) throws IOException {
    Path evidence = folder.resolve(EVIDENCE);
    for (String name : list(evidence)) {
      Left left = name.matches("[0-9]{1,18}") ? runs.get(Long.parseLong(name)) : null;
      Path of = evidence.resolve(name);
      if (left == null) {
        deleteTree(of);
        continue;
      }
      Set<String> wanted = new HashSet<>(Set.of(left.manifest, Manifest.HASH_FILE));
      if (!left.pruned) {
        Manifest.read(bytes(of.resolve(left.manifest)))
            .files()
            .forEach(file -> wanted.add(file.name()));
      }
      removeBut(of, wanted);
    }
    Set<String> wanted = new HashSet<>();
    uploads.keySet().forEach(id -> wanted.add(Long.toString(id)));
    removeBut(folder.resolve(UPLOADS), wanted);
    for (String name : list(folder.resolve(OPEN))) {
      String of = name.split("\\.", 2)[0];
      boolean known = of.matches("[0-9]{1,18}") && runs.containsKey(Long.parseLong(of));
      if (!known || name.endsWith(HALF)) {
        disk.deleteIfExists(folder.resolve(OPEN).resolve(name));
      }
    }
  }

  private void removeBut(Path folder, Set<String> wanted) throws IOException {
    for (String name : list(folder)) {
      if (!wanted.contains(name)) {
        disk.deleteIfExists(folder.resolve(name));
      }
    }
  }

  private void deleteTree(Path path) throws IOException {
    if (isFolder(path)) {
      for (String name : disk.list(path)) {
        deleteTree(path.resolve(name));
      }
    }
    disk.deleteIfExists(path);
  }

  /** A link to a folder is none: it is deleted, and what it leads to is left alone. */
  private boolean isFolder(Path path) throws IOException {
    try {
      disk.list(path);
    } catch (NotDirectoryException | NoSuchFileException e) {
      return false;
    }
    Path folder = Objects.requireNonNull(path.getParent());
    return disk.realPath(path).equals(disk.realPath(folder).resolve(path.getFileName()));
  }

  /** A manifest may come from anywhere, and nothing outside is written on its word. */
  private static String plain(String name) throws IOException {
    if (name.isBlank()
        || name.contains("..")
        || name.chars().anyMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ')) {
      throw new NotAsRecordedException("'" + name + "' is not the name of a file of evidence");
    }
    return name;
  }

  /** Files on their way. */
  private final class Copy {
    private final LongConsumer passed;

    /** Folders that a name was looked for in. */
    private final Set<Path> folders = new LinkedHashSet<>();

    private long written;

    Copy(LongConsumer passed) {
      this.passed = passed;
    }

    /**
     * Copies a file, unless it is there.
     *
     * @param sha256 that it has to have, or null if none is known
     * @return whether it was not there
     */
    boolean file(Path from, Path to, long bytes, @Nullable String sha256) throws IOException {
      Path folder = Objects.requireNonNull(to.getParent());
      if (folders.add(folder)) {
        folders.add(Objects.requireNonNull(folder.getParent()));
        disk.createDirectories(folder);
      }
      if (size(to) == bytes) {
        return false;
      }
      Path half = to.resolveSibling(to.getFileName() + HALF);
      String found = through(from, half);
      if (sha256 != null && !found.equals(sha256)) {
        disk.deleteIfExists(half);
        throw new NotAsRecordedException(
            from + " has the SHA-256 " + found + ", and is recorded with " + sha256);
      }
      disk.rename(half, to);
      return true;
    }

    /** Anew, as what is left of one that failed may be readable and on no disk. */
    private String through(Path from, Path half) throws IOException {
      if (!disk.exists(from)) {
        throw missing(from);
      }
      MessageDigest digest = TreeHash.sha256();
      disk.deleteIfExists(half);
      try (DiskFile out = disk.create(half)) {
        long[] at = new long[1];
        read(
            from,
            piece -> {
              int length = piece.remaining();
              digest.update(piece.duplicate());
              out.write(piece, at[0]);
              at[0] += length;
              written += length;
              passed.accept(length);
            });
        out.force(true);
      }
      return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Of all folders, those too in which nothing was new: a backup that failed may have given names
     * in them, and not have come to this.
     */
    void syncNames() throws IOException {
      for (Path folder : folders) {
        disk.syncDirectory(folder);
      }
    }
  }
}
