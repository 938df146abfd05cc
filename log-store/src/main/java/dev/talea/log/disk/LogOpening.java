// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.CommitHandler;
import dev.talea.log.Disk;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogIoException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.DurableReader;
import dev.talea.log.format.Segments;
import dev.talea.log.format.Words;
import dev.talea.log.thread.LogWriters;
import dev.talea.log.thread.OpenLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Makes an open log of the files in a folder: recovery, the room ahead, and a writer. Holds what
 * all logs of a directory share for that. Any thread, each log once at a time.
 *
 * <p>Apart from {@link LogDirectory}, which knows what is open, because this knows what a log is
 * made of.
 */
final class LogOpening {

  private static final int SPACE_SLICES = 4;

  private final LogSettings settings;
  private final LogEnvironment environment;
  private final Disk disk;
  private final DirectoryClaim claim;
  private final SegmentMaps maps;
  private final LogWriters writers;

  LogOpening(
      LogSettings settings, LogEnvironment environment, DirectoryClaim claim, LogWriters writers) {
    this.settings = settings;
    this.environment = environment;
    this.disk = environment.disk();
    this.claim = claim;
    this.maps = new SegmentMaps(disk, settings.mappedSegmentsMax());
    this.writers = writers;
  }

  /** For tests: maps of segments that there are, whether in use or waiting for the collector. */
  int mappedSegments() {
    return maps.count();
  }

  /**
   * Opens the log in a folder through recovery.
   *
   * @param check is shown what was found before anything is changed
   * @param onClosed runs when the log has been closed
   */
  <R> OpenLog<R> recover(
      Path folder,
      String name,
      Consumer<LogReader> check,
      Function<LogReader, CommitHandler<R>> handlerOf,
      Runnable onClosed) {
    Recovery found = Recovery.find(maps, folder, name);
    check.accept(new DurableReader(found.segments(), found.head(), found.treeHead()));
    found.repair(disk, folder);
    try {
      for (String file : found.leftOver()) {
        disk.deleteIfExists(folder.resolve(file));
      }
    } catch (IOException e) {
      throw new LogIoException(
          "A left-over file in " + folder + " cannot be deleted: " + Words.of(e), folder, e);
    }
    return start(folder, handlerOf, found, onClosed);
  }

  /** Makes a log in a folder, and opens it as if it had been there. */
  <R> OpenLog<R> create(
      Path folder,
      String name,
      Function<LogReader, CommitHandler<R>> handlerOf,
      Runnable onClosed) {
    LogCreation.create(environment, settings, folder, name);
    claim.check();
    return start(folder, handlerOf, Recovery.find(maps, folder, name), onClosed);
  }

  private <R> OpenLog<R> start(
      Path folder,
      Function<LogReader, CommitHandler<R>> handlerOf,
      Recovery found,
      Runnable onClosed) {
    ChainState chain = found.chain();
    DurableReader reader = new DurableReader(found.segments(), found.head(), chain);
    Path file = found.segments().last().file();
    Object identity;
    try {
      identity = disk.identity(file);
    } catch (IOException e) {
      throw new LogIoException("Segment " + file + " cannot be seen: " + Words.of(e), folder, e);
    }
    CommitHandler<R> handler = handlerOf.apply(reader);
    SpaceFiller space =
        new SpaceFiller(
            disk,
            environment.background(),
            environment.nanos(),
            SegmentFiles.spare(folder),
            Math.max(settings.spaceStepMin(), settings.spaceStepMax() / SPACE_SLICES),
            file,
            found.fileLength(),
            claim.guard(),
            identity);
    SegmentAppender appender =
        new SegmentAppender(
            folder,
            settings,
            environment,
            maps,
            found.segments(),
            chain,
            found.offset(),
            found.unproven(),
            space,
            claim.guard(),
            identity);
    Segments<MappedSegment> segments = found.segments();
    return writers.open(
        reader,
        chain,
        appender,
        handler,
        () -> {
          maps.release(segments);
          onClosed.run();
        });
  }
}
