// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import dev.talea.log.CommitHandler;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.DurableReader;

/**
 * What the writers of many logs share: their threads, their buffers, the thread that helps hashing,
 * and the marks of logs that rest. The way into this package; safe for use by many threads.
 */
public final class LogWriters {

  private static final long POOLED_BYTES_MAX = 16 << 20;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final LogSettings settings;
  private final LogEnvironment environment;
  private final BufferPool buffers;
  private final WriterThreads threads;
  private final HashHelper hashing;
  private final IdleMarks marks;

  /** Starts nothing: threads come with the first request. */
  public LogWriters(LogSettings settings, LogEnvironment environment) {
    this(settings, environment, new BufferPool(POOLED_BYTES_MAX));
  }

  /** As above, with other buffers, for tests. */
  public LogWriters(LogSettings settings, LogEnvironment environment, BufferPool buffers) {
    this.settings = settings;
    this.environment = environment;
    this.buffers = buffers;
    this.threads = new WriterThreads(environment.writers(), settings.writerThreadsMax());
    long idleNanos = settings.idleMillis() * NANOS_PER_MILLI;
    this.hashing = new HashHelper(environment.writers(), idleNanos, environment.nanos());
    this.marks = new IdleMarks(environment.writers(), idleNanos, environment.nanos());
  }

  /**
   * Makes a log of what was found of it.
   *
   * @param chain the end of what the reader reads; the writer's from now on
   * @param sink where the next block goes
   * @param onClosed runs when the writer has let go of everything
   */
  public <R> OpenLog<R> open(
      DurableReader reader,
      ChainState chain,
      BlockSink sink,
      CommitHandler<R> handler,
      Runnable onClosed) {
    LogWriter<R> writer =
        new LogWriter<>(
            settings, environment, handler, reader, chain, sink, buffers, hashing, marks, threads);
    return new OpenLog<>(reader, writer, onClosed);
  }
}
