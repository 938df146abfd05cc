// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogAnchor;
import dev.talea.log.LogCursor;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogReader;
import dev.talea.log.LogRecord;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.Logs;
import dev.talea.log.TreeHead;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The logs of a directory as they lie there, without the lock and without touching anything: for
 * what is built on logs and only reads. They take no requests and create nothing.
 *
 * <p>Each log stays as it was when it was opened here, whatever a writer does meanwhile. Safe for
 * use by many threads.
 */
final class LookedAtLogs implements Logs {
  private static final int LOOKS_MAX = 4;

  private final LogFiles files;

  LookedAtLogs(LogFiles files) {
    this.files = files;
  }

  @Override
  public Path path() {
    return files.path();
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

  /** The check may compare the log with files beside it, which a writer may have just written. */
  @Override
  public <R> Log<R> openLog(
      String name, Consumer<LogReader> check, Function<LogReader, CommitHandler<R>> handler) {
    LogLook look = files.read(name);
    for (int looks = 1; ; looks++) {
      try {
        check.accept(look.found()); // files beside it may know of a last block not yet proven
        break;
      } catch (LogDamagedException e) {
        if (!e.isEndLost() || looks == LOOKS_MAX) {
          throw e;
        }
        look.refresh();
      }
    }
    // For what is built on the log while it is made; no request will come to it.
    CommitHandler<R> unused = handler.apply(look.reader());
    return new LookedAtLog<>(look.reader());
  }

  @Override
  public <R> Log<R> createLog(String name, Function<LogReader, CommitHandler<R>> handler) {
    throw onlyLookedAt(name);
  }

  @Override
  public LogUnavailableException unavailable() {
    return onlyLookedAt(path().toString());
  }

  /** There is nothing to give back. */
  @Override
  public void close() {}

  private static LogUnavailableException onlyLookedAt(String what) {
    return LogUnavailableException.end(
        Reason.CLOSED,
        false,
        what + " is only looked at here, nothing is written to it",
        null,
        null);
  }

  /** One of them. */
  private record LookedAtLog<R>(LogReader reader) implements Log<R> {
    @Override
    public boolean submit(R request, int weight, int bytes) {
      throw failure();
    }

    @Override
    public LogUnavailableException failure() {
      return onlyLookedAt("The log \"" + name() + "\"");
    }

    @Override
    public int queuedWeight() {
      return 0;
    }

    @Override
    public long queuedBytes() {
      return 0;
    }

    @Override
    public void close() {}

    @Override
    public String name() {
      return reader.name();
    }

    @Override
    public long id() {
      return reader.id();
    }

    @Override
    public byte[] secret() {
      return reader.secret();
    }

    @Override
    public long durableSeq() {
      return reader.durableSeq();
    }

    @Override
    public long durableTime() {
      return reader.durableTime();
    }

    @Override
    public LogRecord record(long position) {
      return reader.record(position);
    }

    @Override
    public long positionOf(long seq) {
      return reader.positionOf(seq);
    }

    @Override
    public long commitTimeOf(long seq) {
      return reader.commitTimeOf(seq);
    }

    @Override
    public LogAnchor anchor(long seq) {
      return reader.anchor(seq);
    }

    @Override
    public long lastSeqAt(long micros) {
      return reader.lastSeqAt(micros);
    }

    @Override
    public LogCursor cursor(long fromSeq) {
      return reader.cursor(fromSeq);
    }

    @Override
    public TreeHead treeHead() {
      return reader.treeHead();
    }

    @Override
    public byte @Nullable [] subtree(long index) {
      return reader.subtree(index);
    }
  }
}
