// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.CommitHandler;
import dev.talea.log.Disk;
import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogIoException;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogVersionException;
import dev.talea.log.Logs;
import dev.talea.log.format.Words;
import dev.talea.log.thread.LogWriters;
import dev.talea.log.thread.OpenLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A directory of logs, held exclusively by this process while it is open.
 *
 * <p>Owns the claim to the directory and the set of open logs; what only looks is {@link LogFiles}.
 * Safe for use by many threads.
 */
public final class LogDirectory implements Logs {

  private static final int CLOSING_AT_ONCE = 16;

  private final Path path;
  private final LogFiles files;
  private final DirectoryClaim claim;
  private final LogOpening opening;

  /** Folders in use, from the first moment of opening to the last of closing. */
  private final Map<String, Slot> open = new ConcurrentHashMap<>();

  private volatile boolean closed;

  /** Stands for a log being opened, then for the open log. */
  private static final class Slot {
    final CompletableFuture<@Nullable OpenLog<?>> log = new CompletableFuture<>();
  }

  private LogDirectory(Path path, Disk disk, DirectoryClaim claim, LogOpening opening) {
    this.path = path;
    this.files = new LogFiles(path, disk);
    this.claim = claim;
    this.opening = opening;
  }

  /**
   * Takes the lock and opens the directory, creating it if it is not there.
   *
   * @throws LogLockedException if this or another process has it open
   * @throws LogVersionException if it was made by a later version
   */
  public static LogDirectory open(Path path, LogSettings settings, LogEnvironment environment) {
    return open(path, settings, environment, new LogWriters(settings, environment));
  }

  static LogDirectory open(
      Path path, LogSettings settings, LogEnvironment environment, LogWriters writers) {
    Disk disk = environment.disk();
    try {
      DirectoryClaim claim = new DirectoryPreparation(disk, path).claim(environment.clock());
      return new LogDirectory(
          path, disk, claim, new LogOpening(settings, environment, claim, writers));
    } catch (IOException e) {
      throw new LogIoException(
          "The directory " + path + " cannot be opened: " + Words.of(e), path, e);
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Path folder(String name) {
    return files.folder(name);
  }

  @Override
  public List<String> names() {
    return files.names();
  }

  @Override
  public boolean exists(String name) {
    return files.exists(name);
  }

  @Override
  public <R> Log<R> openLog(
      String name, Consumer<LogReader> check, Function<LogReader, CommitHandler<R>> handler) {
    return inSlot(
        name,
        onClosed -> {
          claim.check();
          return opening.recover(folder(name), name, check, handler, onClosed);
        });
  }

  @Override
  public <R> Log<R> createLog(String name, Function<LogReader, CommitHandler<R>> handler) {
    return inSlot(
        name,
        onClosed -> {
          claim.check();
          if (exists(name)) {
            throw new IllegalStateException("There is a log \"" + name + "\" already.");
          }
          return opening.create(folder(name), name, handler, onClosed);
        });
  }

  @Override
  public @Nullable LogUnavailableException unavailable() {
    return claim.lost();
  }

  /** For tests: maps of segments that there are, whether in use or waiting for the collector. */
  int mappedSegments() {
    return opening.mappedSegments();
  }

  /** Closes every log gracefully, then gives the lock back. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<Slot> wave = new ArrayList<>();
    for (Slot slot : open.values()) {
      wave.add(slot);
      if (wave.size() == CLOSING_AT_ONCE) {
        closeAll(wave);
      }
    }
    closeAll(wave);
    claim.close();
  }

  /** Side by side, because each close ends in a sync. */
  private static void closeAll(List<Slot> wave) {
    List<OpenLog<?>> logs = new ArrayList<>();
    for (Slot slot : wave) {
      OpenLog<?> log = slot.log.join(); // waits for an opening under way; null if that failed
      if (log != null) {
        logs.add(log);
        log.beginClose();
      }
    }
    logs.forEach(OpenLog::close);
    wave.clear();
  }

  /** Opens a log that nothing else has open; what it is given runs when the log is closed. */
  private <R> Log<R> inSlot(String name, Function<Runnable, OpenLog<R>> inFolder) {
    if (closed) {
      throw new IllegalStateException("The directory " + path + " is closed.");
    }
    String key = LogNames.folder(name);
    Slot slot = new Slot();
    if (open.putIfAbsent(key, slot) != null) {
      throw new IllegalStateException("The log \"" + name + "\" is open already.");
    }
    OpenLog<R> log = null;
    try {
      log = inFolder.apply(() -> open.remove(key, slot));
      return log;
    } finally {
      if (log == null) {
        open.remove(key, slot);
      }
      slot.log.complete(log);
    }
  }
}
