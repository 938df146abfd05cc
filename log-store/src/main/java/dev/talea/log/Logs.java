// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The logs of one place, which this process alone writes while they are open. Safe for use by many
 * threads.
 *
 * <p>An interface, so that what is built on logs does not know where they lie: a directory of this
 * machine is one place, a quorum of machines could be another.
 */
public interface Logs extends AutoCloseable {

  /** Where they lie, for messages. */
  Path path();

  /**
   * Where the owner of a log may keep files that are derived from it. It is there once the log is.
   */
  Path folder(String name);

  /** Names of the logs, sorted by their bytes. */
  List<String> names();

  /** Says whether there is a log of this name. */
  boolean exists(String name);

  /**
   * Opens a log through recovery.
   *
   * @param check is shown the log as it was found, before anything has been changed in order to
   *     open it, torn bytes behind its end included; may refuse by throwing
   * @param handler makes the handler; gets the log to read, so that it can replay what is there
   *     before the first request comes
   * @throws LogNotFoundException if there is none of this name
   * @throws LogDamagedException if acknowledged bytes are damaged; nothing has been changed then
   * @throws LogUnavailableException if the end of the log could not be made durable again, or this
   *     process does not own the place any more
   * @throws IllegalStateException if it is open already
   */
  <R> Log<R> openLog(
      String name, Consumer<LogReader> check, Function<LogReader, CommitHandler<R>> handler);

  /** As above, without a look before. */
  default <R> Log<R> openLog(String name, Function<LogReader, CommitHandler<R>> handler) {
    return openLog(name, found -> {}, handler);
  }

  /**
   * Creates a log that has no records and opens it.
   *
   * @param name 1 to 128 bytes of UTF-8, any characters
   * @throws IllegalStateException if there is one of this name
   * @throws LogUnavailableException if there is no room for it; nothing, or an empty log, has been
   *     created then
   */
  <R> Log<R> createLog(String name, Function<LogReader, CommitHandler<R>> handler);

  /**
   * Looks whether the place is still this process's: why nothing in it is written any more, or
   * null. Writers find out by themselves with every commit; this is for those who want to know
   * while nothing is written. Takes microseconds.
   */
  @Nullable LogUnavailableException unavailable();

  /** Closes every log gracefully, then gives the place back. */
  @Override
  void close();
}
