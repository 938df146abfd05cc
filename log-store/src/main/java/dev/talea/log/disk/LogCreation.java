// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.NoSpaceException;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Makes a new log: its folder and its first segment. Stateless.
 *
 * <p>In the order that a crash cannot make sense of wrongly: the segment is complete and on disk
 * under a name that means nothing before it gets the name that makes it a log.
 */
final class LogCreation {

  private LogCreation() {}

  static void create(LogEnvironment environment, LogSettings settings, Path folder, String name) {
    Disk disk = environment.disk();
    SegmentHeader header =
        new SegmentHeader(
            name,
            environment.random().getAsLong(),
            environment.random().getAsLong(),
            1,
            0,
            1,
            0,
            0,
            environment.clock().micros(),
            new byte[0][]);
    Path spare = SegmentFiles.spare(folder);
    try {
      disk.createDirectories(folder);
      disk.deleteIfExists(spare);
      try (DiskFile file = disk.create(spare)) {
        file.write(ByteBuffer.wrap(header.encode()), 0);
        Zeros.write(file, SegmentHeader.BYTES, settings.spaceStepMin());
        file.force(true);
      }
      disk.rename(spare, SegmentFiles.file(folder, 1));
      disk.syncDirectory(folder);
      disk.syncDirectory(Objects.requireNonNull(folder.getParent()));
    } catch (NoSpaceException e) {
      throw refusal(Reason.NO_SPACE, name, folder, "the disk is full. Make room and try again.", e);
    } catch (IOException e) {
      throw refusal(Reason.ofNotOpened(e), name, folder, folder + ": " + Words.of(e), e);
    }
  }

  private static LogUnavailableException refusal(
      Reason reason, String name, Path folder, String what, IOException cause) {
    return LogUnavailableException.refusal(
        reason, "The log \"" + name + "\" cannot be created: " + what, folder, cause);
  }
}
