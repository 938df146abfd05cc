package dev.talea.log;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * A directory of logs, held exclusively by this process while it is open.
 *
 * <p>Owns the lock, the layout of the directory and the set of open logs. Safe for use by many
 * threads.
 */
@SuppressWarnings("DoNotCallSuggester") // until the engine behind it lands
public final class LogDirectory implements AutoCloseable {

  private LogDirectory() {}

  /**
   * Takes the lock and opens the directory, creating it if it is not there.
   *
   * @throws LogLockedException if this or another process has it open
   */
  public static LogDirectory open(Path path, LogSettings settings, LogEnvironment environment) {
    throw new UnsupportedOperationException();
  }

  /**
   * Reads one log without taking the lock and without changing anything, for auditors. What it
   * shows ends with the last block that was whole when this was called.
   */
  public static LogReader snapshot(Path path, String name, Disk disk) {
    throw new UnsupportedOperationException();
  }

  /** Names of the logs, sorted by their bytes, read without taking the lock. */
  public static List<String> names(Path path, Disk disk) {
    throw new UnsupportedOperationException();
  }

  /**
   * Checks every byte of a log without taking the lock and without changing anything: checksums,
   * the chain of blocks, the roots of the hash tree, and that nothing lies behind the ends.
   *
   * @throws LogDamagedException at the first byte that is not what was written
   */
  public static VerifyReport verify(Path path, String name, Disk disk) {
    throw new UnsupportedOperationException();
  }

  /** The directory. */
  public Path path() {
    throw new UnsupportedOperationException();
  }

  /** The folder of a log, where its owner may keep derived files beside the segments. */
  public Path folder(String name) {
    throw new UnsupportedOperationException();
  }

  /** Names of the logs, sorted by their bytes. */
  public List<String> names() {
    throw new UnsupportedOperationException();
  }

  /** Says whether there is a log of this name. */
  public boolean exists(String name) {
    throw new UnsupportedOperationException();
  }

  /**
   * Opens a log through recovery.
   *
   * @param handler makes the handler; gets the log to read, so that it can replay what is there
   *     before the first request comes
   * @throws LogNotFoundException if there is none of this name
   * @throws LogDamagedException if acknowledged bytes are damaged; nothing has been changed then
   * @throws LogUnavailableException if the end of the log could not be made durable again
   * @throws IllegalStateException if it is open already
   */
  public <R> Log<R> openLog(String name, Function<LogReader, CommitHandler<R>> handler) {
    throw new UnsupportedOperationException();
  }

  /**
   * Creates a log that has no records and opens it.
   *
   * @param name 1 to 128 bytes of UTF-8, any characters
   * @throws IllegalStateException if there is one of this name
   */
  public <R> Log<R> createLog(String name, Function<LogReader, CommitHandler<R>> handler) {
    throw new UnsupportedOperationException();
  }

  /** Closes every log gracefully, then gives the lock back. */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
