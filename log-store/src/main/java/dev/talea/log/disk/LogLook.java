// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogIoException;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.LogReader;
import dev.talea.log.format.DurableReader;
import dev.talea.log.format.Head;
import dev.talea.log.format.Segments;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A log as it was found by looking at its files, and as it is found again. Any thread reads;
 * refreshing is for one at a time, which the monitor sees to.
 *
 * <p>The reader stays the same: what has been handed out sees more after a refresh, cursors
 * included.
 */
public final class LogLook {

  private final SegmentMaps maps;
  private final Path folder;
  private final String name;
  private final Segments<MappedSegment> segments;
  private final DurableReader reader;

  /** As {@link #reader}, with the last block though nothing proves it to be on disk. */
  private volatile DurableReader found;

  /** Of what was looked at last: where the next block will begin, and in which segment. */
  private long end;

  private LogLook(SegmentMaps maps, Path folder, String name, Recovery found) {
    this.maps = maps;
    this.folder = folder;
    this.name = name;
    this.segments = found.segments();
    this.reader = new DurableReader(segments, found.provenHead(), found.provenTree());
    this.found = new DurableReader(segments, found.head(), found.treeHead());
    this.end = found.end();
  }

  static LogLook at(SegmentMaps maps, Path folder, String name) {
    return new LogLook(maps, folder, name, find(maps, folder, name));
  }

  private static Recovery find(SegmentMaps maps, Path folder, String name) {
    return LogFiles.besideWriter(() -> Recovery.find(maps, folder, name));
  }

  /** Reads what is proven to be on disk, as of the last look. */
  public LogReader reader() {
    return reader;
  }

  /**
   * Reads all that was there at the last look, the last block included though nothing written later
   * proves it to be on disk: for those who check what there is. It does not see more after a
   * refresh; ask again.
   */
  public LogReader found() {
    return found;
  }

  /** The segments as of the last look, up to the last whole block. */
  public synchronized List<SegmentView> segments() {
    List<SegmentView> views = new ArrayList<>();
    for (int i = 0; i < segments.count(); i++) {
      MappedSegment segment = segments.get(i);
      long usedTo = i + 1 < segments.count() ? segments.get(i + 1).base() : end;
      try (DiskFile file = maps.disk().openForReading(segment.file())) {
        views.add(
            new SegmentView(
                segment.file(),
                segment.header().firstSeq(),
                segment.header().firstBlock(),
                segment.base(),
                file.size(),
                usedTo - segment.base()));
      } catch (IOException e) {
        throw new LogIoException(
            "Segment " + segment.file() + " cannot be looked at: " + Words.of(e), folder, e);
      }
    }
    return views;
  }

  /**
   * Looks again: reads the last segment, and those that are new. What has been seen once is not
   * unseen: if the log has become shorter, that is damage.
   *
   * @return whether there are more records than before
   * @throws LogNotFoundException if the log is gone
   * @throws LogDamagedException if it is damaged, or another has taken its place
   */
  public synchronized boolean refresh() {
    long before = reader.durableSeq();
    Recovery found = find(maps, folder, name);
    Segments<MappedSegment> now = found.segments();
    if (now.get(0).header().logId() != reader.id()) {
      throw changed(now.get(0), "it is of another log than the one that was read before");
    }
    if (now.count() < segments.count() || found.end() < end) {
      throw changed(now.last(), "it ends before what was read of it before, at " + end);
    }
    Head head = found.provenHead();
    for (int i = segments.count(); i < now.count(); i++) {
      segments.add(now.get(i));
    }
    this.found = new DurableReader(segments, found.head(), found.treeHead());
    end = found.end();
    if (head.end() > reader.end()) {
      reader.makeReadable(head.end());
      reader.advance(head);
      reader.advance(found.provenTree());
    }
    return head.lastSeq() > before;
  }

  private static LogDamagedException changed(MappedSegment segment, String what) {
    return new LogDamagedException(
        segment.file(),
        0,
        "Segment "
            + segment.file()
            + " has changed under its reader: "
            + what
            + ". Nothing was changed; see what was done to the files.",
        null);
  }
}
