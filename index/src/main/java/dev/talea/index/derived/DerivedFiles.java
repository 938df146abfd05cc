// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.derived;

import dev.talea.index.failure.UnreadableFileException;
import dev.talea.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all files beside the segments of a book have in common: they can be deleted, and the same
 * state comes back.
 *
 * <p>Belongs to the thread that opens or maintains the book. Stateless.
 */
public final class DerivedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(DerivedFiles.class);

  private DerivedFiles() {}

  /**
   * What is in the folder of a log.
   *
   * @throws UnreadableFileException if that cannot be seen at the moment
   */
  public static List<String> list(Disk disk, Path folder) {
    try {
      return disk.list(folder);
    } catch (IOException e) {
      throw new UnreadableFileException(folder, e);
    }
  }

  /** Deletes a file that is of no use any more; if that fails, it stays, and does no harm. */
  public static void delete(Disk disk, Path file) {
    try {
      disk.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("{} is of no use any more, and cannot be deleted: {}", file, e.getMessage());
    }
  }
}
