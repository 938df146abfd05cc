// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.format.Segments;
import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which segments of a directory are mapped, so that the number of maps is bounded however
 * many logs and segments there are. Any thread; one monitor guards all fields.
 *
 * <p>A map is the fastest way to read a segment again and again, and the slowest to read it once.
 * The operating system allows a process some 65,000 of them, for everything. And Java gives none
 * back before the collector has found it unused, which may be never. So what is counted here, and
 * bounded, is not the maps in use but those not yet collected: giving a map up makes room only
 * later, and no more than a quarter are given up and waiting at any time. A reader that gets no map
 * reads from the file, which is always possible and costs microseconds instead of nanoseconds.
 *
 * <p>Which one is given up: the first, in the order of mapping, that was not read since it was last
 * passed over.
 */
final class SegmentMaps {

  private final Disk disk;
  private final int mapsMax;
  private final Set<MappedSegment> mapped = new LinkedHashSet<>();
  private final ReferenceQueue<ByteBuffer> collected = new ReferenceQueue<>();

  /** Every map there is; a phantom reference has to be reachable itself to be of use. */
  private final Set<PhantomReference<ByteBuffer>> maps = new HashSet<>();

  SegmentMaps(Disk disk, int mapsMax) {
    this.disk = disk;
    this.mapsMax = mapsMax;
  }

  Disk disk() {
    return disk;
  }

  /**
   * Maps the whole file of a segment in the place of the map it has, if there is room for one.
   *
   * @return the map, or null if there are too many already
   */
  synchronized @Nullable ByteBuffer map(MappedSegment segment) throws IOException {
    countCollected();
    if (maps.size() >= mapsMax) {
      giveOneUp();
      return null;
    }
    try (DiskFile file = disk.openForReading(segment.file())) {
      ByteBuffer map = file.map(Math.min(file.size(), Integer.MAX_VALUE));
      maps.add(new PhantomReference<>(map, collected));
      mapped.add(segment);
      return map;
    }
  }

  /** Gives the maps of these segments up; they can still be read. */
  synchronized void release(Segments<MappedSegment> segments) {
    for (int i = 0; i < segments.count(); i++) {
      MappedSegment segment = segments.get(i);
      if (mapped.remove(segment)) {
        segment.unmap();
      }
    }
  }

  /** For tests: maps that have not been collected. */
  synchronized int count() {
    countCollected();
    return maps.size();
  }

  private void countCollected() {
    for (Object gone = collected.poll(); gone != null; gone = collected.poll()) {
      maps.remove(gone);
    }
  }

  private void giveOneUp() {
    int waiting = maps.size() - mapped.size();
    if (waiting >= Math.max(1, mapsMax / 4)) {
      return;
    }
    for (int passed = mapped.size(); passed >= 0 && !mapped.isEmpty(); passed--) {
      Iterator<MappedSegment> oldest = mapped.iterator();
      MappedSegment segment = oldest.next();
      oldest.remove();
      if (!segment.takeRecentlyRead()) {
        segment.unmap();
        return;
      }
      mapped.add(segment);
    }
  }
}
