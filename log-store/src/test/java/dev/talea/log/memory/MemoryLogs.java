// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.memory;

import dev.talea.log.Claim;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.Logs;
import dev.talea.log.thread.LogWriters;
import dev.talea.log.thread.OpenLog;
import dev.talea.log.thread.SinkException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A place for logs in memory, which outlives its openings. The last opening owns it: an earlier one
 * is fenced, as one would be whose lease another process took over. Safe for use by many threads;
 * the monitor guards the owner, and what becomes durable.
 */
public final class MemoryLogs {

  private final Path path;
  private final Map<String, MemorySegment> segments = new ConcurrentHashMap<>();
  private @Nullable Opening owner;

  /** Makes an empty place whose logs have folders for derived files below a path. */
  public MemoryLogs(Path path) {
    this.path = path;
  }

  /** Takes the place over. */
  public synchronized Logs open(LogSettings settings, LogEnvironment environment) {
    Opening opening = new Opening(settings, environment);
    owner = opening;
    return opening;
  }

  /** One owner, until the next. */
  private final class Opening implements Logs, Claim {
    private final LogEnvironment environment;
    private final LogWriters writers;
    private final Map<String, OpenLog<?>> open = new ConcurrentHashMap<>();

    Opening(LogSettings settings, LogEnvironment environment) {
      this.environment = environment;
      this.writers = new LogWriters(settings, environment);
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public Path folder(String name) {
      return path.resolve(HexFormat.of().formatHex(utf8(name)));
    }

    @Override
    public List<String> names() {
      return segments.keySet().stream()
          .sorted((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)))
          .toList();
    }

    @Override
    public boolean exists(String name) {
      return segments.containsKey(name);
    }

    @Override
    public <R> Log<R> openLog(
        String name, Consumer<LogReader> check, Function<LogReader, CommitHandler<R>> handler) {
      MemorySegment segment = segments.get(name);
      if (segment == null) {
        throw new LogNotFoundException("There is no log \"" + name + "\" in memory.");
      }
      return start(name, segment, check, handler);
    }

    @Override
    public <R> Log<R> createLog(String name, Function<LogReader, CommitHandler<R>> handler) {
      MemorySegment fresh = new MemorySegment(folder(name), name, environment);
      checkOwned();
      if (segments.putIfAbsent(name, fresh) != null) {
        throw new IllegalStateException("There is a log \"" + name + "\" already.");
      }
      try {
        environment.disk().createDirectories(folder(name));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return start(name, fresh, found -> {}, handler);
    }

    private <R> Log<R> start(
        String name,
        MemorySegment segment,
        Consumer<LogReader> check,
        Function<LogReader, CommitHandler<R>> handler) {
      checkOwned();
      if (open.containsKey(name)) {
        throw new IllegalStateException("The log \"" + name + "\" is open already.");
      }
      MemorySegment.Found found = segment.find();
      check.accept(found.reader());
      OpenLog<R> log =
          writers.open(
              found.reader(),
              found.chain(),
              new MemorySink(segment, this::keep),
              handler.apply(found.reader()),
              () -> open.remove(name));
      open.put(name, log);
      return log;
    }

    /** What is kept is kept by the owner. */
    private void keep(Runnable write) throws SinkException {
      synchronized (MemoryLogs.this) {
        LogUnavailableException why = lost();
        if (why != null) {
          throw SinkException.fatal(why.reason(), why.getMessage(), why);
        }
        write.run();
      }
    }

    private void checkOwned() {
      LogUnavailableException why = lost();
      if (why != null) {
        throw why;
      }
    }

    @Override
    public @Nullable LogUnavailableException lost() {
      synchronized (MemoryLogs.this) {
        return owner == this
            ? null
            : LogUnavailableException.end(
                Reason.FENCED, false, "The logs in " + path + " have another owner.", path, null);
      }
    }

    @Override
    public @Nullable LogUnavailableException unavailable() {
      return lost();
    }

    @Override
    public void close() {
      List.copyOf(open.values()).forEach(OpenLog::close);
    }
  }

  private static byte[] utf8(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
