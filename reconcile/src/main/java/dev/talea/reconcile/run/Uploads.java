// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that were sent for runs: which came whole, who sent them, and when they go.
 *
 * <p>Any thread may call; calls wait for the disk.
 */
public final class Uploads implements Records.Part {
  private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);

  /** All files together may have so many times the bytes of one. */
  private static final int TIMES_MAX = 10;

  private final Records records;
  private final UploadFolder folder;
  private final long bytesMax;

  private final NavigableMap<Long, Upload> whole = new TreeMap<>();

  /** The newest upload of each SHA-256. */
  private final Map<String, Long> bySha256 = new HashMap<>();

  /** Known until the folder was looked through at the start: their files may be there still. */
  private final Set<Long> pruned = new HashSet<>();

  private long last;
  private long bytes;

  /** Where its record is, and what it takes. */
  private record Upload(long seq, long bytes, long atMicros, String sha256) {}

  /**
   * @param fileBytesMax of one file
   */
  Uploads(Records records, Path folder, long fileBytesMax) {
    this.records = records;
    this.folder = new UploadFolder(folder, fileBytesMax, records::nowMicros);
    this.bytesMax =
        fileBytesMax > Long.MAX_VALUE / TIMES_MAX ? Long.MAX_VALUE : TIMES_MAX * fileBytesMax;
  }

  @Override
  public void apply(String type, long seq, Map<String, @Nullable Object> record) {
    long id = JsonTree.number(record, "upload", 0);
    if (type.equals("upload_completed")) {
      last = Math.max(last, id);
      String sha256 = JsonTree.text(record, "sha256");
      long length = JsonTree.number(record, "bytes", 0);
      whole.put(id, new Upload(seq, length, JsonTree.number(record, "at_micros", 0), sha256));
      bySha256.put(sha256, id);
      bytes += length;
    } else if (type.equals("upload_pruned")) {
      Upload gone = whole.remove(id);
      if (gone != null) {
        bytes -= gone.bytes;
        bySha256.remove(gone.sha256, id);
        pruned.add(id);
      }
    }
  }

  /** The files that came whole, whether a record knows them or not. */
  List<String> kept() throws IOException {
    return folder.whole();
  }

  /** Looks through the folder after a restart. Under the lock. */
  void clean(Path lost) throws IOException {
    folder.clean(whole::containsKey, pruned::contains, lost);
    pruned.clear();
  }

  /**
   * Begins a file with its first part, which may be all of it.
   *
   * @param all whether this is all
   */
  public Map<String, @Nullable Object> begin(String name, byte[] part, boolean all, String by) {
    UploadFolder.checkName(name);
    checkRoom(part.length);
    long id;
    synchronized (records.lock) {
      id = ++last;
    }
    try {
      folder.begin(id, name, by);
    } catch (IOException e) {
      throw Records.failed("the upload could not be begun", e);
    }
    return add(id, 0, part, all, by, by::equals);
  }

  /**
   * Goes on with a file.
   *
   * @param offset of the first byte; it has to be where the part before ended
   * @param of whether this may be done with a file that this one sends; ids are easily guessed
   */
  public Map<String, @Nullable Object> add(
      long id, long offset, byte[] part, boolean all, String by, Predicate<String> of) {
    checkRoom(part.length);
    try {
      long come = folder.add(id, offset, part, of);
      if (!all) {
        return JsonTree.of("id", Long.toString(id), "bytes", come, "complete", false);
      }
      return completed(folder.finish(id), by);
    } catch (IOException e) {
      throw Records.failed("the upload could not be written", e);
    }
  }

  private void checkRoom(long more) {
    long held;
    synchronized (records.lock) {
      held = bytes;
    }
    if (held + folder.bytesUnderWay() > bytesMax - more) {
      throw new LedgerException(
          new Unavailable(
              "uploads hold "
                  + held
                  + " bytes, and may hold "
                  + bytesMax
                  + ", which is "
                  + TIMES_MAX
                  + " times TALEA_RECONCILE_UPLOAD_MAX; prune those that no run needs any more"));
    }
  }

  private Map<String, @Nullable Object> completed(UploadFolder.Whole of, String by) {
    synchronized (records.lock) {
      Map<String, @Nullable Object> record =
          JsonTree.of(
              "type",
              "upload_completed",
              "upload",
              of.id(),
              "name",
              of.name(),
              "bytes",
              of.bytes(),
              "sha256",
              of.sha256());
      records.add(record, by);
      return view(record);
    }
  }

  private static Map<String, @Nullable Object> view(Map<String, @Nullable Object> record) {
    return JsonTree.of(
        "id",
        Long.toString(JsonTree.number(record, "upload", 0)),
        "name",
        record.get("name"),
        "bytes",
        record.get("bytes"),
        "sha256",
        record.get("sha256"),
        "complete",
        true,
        "at",
        record.get("at"),
        "by",
        record.get("by"));
  }

  /** Takes a file of a watched folder; the record says which. */
  Map<String, @Nullable Object> take(String name, Path file, String by) throws IOException {
    checkRoom(SystemFiles.size(file));
    long id;
    synchronized (records.lock) {
      id = ++last;
    }
    return completed(folder.take(id, name, file), by);
  }

  /** A page of the files that have come, the first first. */
  public Map<String, @Nullable Object> list(long after, int limit) {
    synchronized (records.lock) {
      PageOf page = new PageOf(limit);
      for (Map.Entry<Long, Upload> entry : whole.tailMap(after, false).entrySet()) {
        page.add(view(records.read(entry.getValue().seq)));
        if (page.isFull()) {
          return page.endsAt(Long.toString(entry.getKey()));
        }
      }
      return page.end();
    }
  }

  /** What is known of a file. Under the lock. */
  Map<String, @Nullable Object> record(long id) {
    Upload upload = whole.get(id);
    if (upload == null) {
      throw new LedgerException(new NotFound("upload " + id));
    }
    return records.read(upload.seq);
  }

  /** A file of this name and content, or null. */
  @Nullable Map<String, @Nullable Object> of(String name, String sha256) {
    synchronized (records.lock) {
      Long id = bySha256.get(sha256);
      Map<String, @Nullable Object> record = id == null ? null : record(id);
      return record != null && name.equals(record.get("name")) ? view(record) : null;
    }
  }

  /**
   * What is known of a file that may be read. Under the lock.
   *
   * @param of whether a file that this one has sent may be read; ids are easily guessed
   */
  Map<String, @Nullable Object> record(long id, Predicate<String> of) {
    Map<String, @Nullable Object> record = record(id);
    if (!of.test(String.valueOf(record.get("by")))) {
      throw new LedgerException(new NotFound("upload " + id));
    }
    return record;
  }

  /** Where a file lies. */
  Path file(long id) {
    return folder.file(id);
  }

  /**
   * Deletes files that came before a moment.
   *
   * @param needed whether a run that has not ended reads it
   * @return how many, and how many bytes. Under the lock
   */
  long[] prune(long beforeMicros, LongPredicate needed, String by) {
    long[] gone = new long[2];
    for (Map.Entry<Long, Upload> entry : List.copyOf(whole.entrySet())) {
      long id = entry.getKey();
      if (entry.getValue().atMicros < beforeMicros && !needed.test(id)) {
        records.add(JsonTree.of("type", "upload_pruned", "upload", id), by);
        pruned.remove(id);
        gone[0]++;
        gone[1] += entry.getValue().bytes;
        try {
          folder.delete(id);
        } catch (IOException e) {
          LOG.warn("the upload {} was pruned, and its file is there until the next start", id, e);
        }
      }
    }
    return gone;
  }
}
