// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The most memory that this process's children and theirs had together, looked at every few
 * milliseconds: what is in memory of them, by {@code /proc}; pages that they share count twice.
 *
 * <p>Looks on a thread of its own until it is closed.
 */
public final class ProcessTree implements AutoCloseable {
  private static final long LOOK_NANOS = 20_000_000;

  private final Thread thread;
  private volatile boolean closed;
  private volatile long mostKb;

  /** Begins to look. */
  public ProcessTree() {
    thread = new Thread(this::look, "bench-process-tree");
    thread.setDaemon(true);
    thread.start();
  }

  private void look() {
    while (!closed) {
      long kb = 0;
      try (Stream<ProcessHandle> all = ProcessHandle.current().descendants()) {
        for (ProcessHandle each : all.toList()) {
          kb += residentKb(each.pid());
        }
      }
      mostKb = Math.max(mostKb, kb);
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private static long residentKb(long pid) {
    try {
      List<String> lines = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
      for (String line : lines) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException e) {
      // It has ended meanwhile, or this is no Linux.
    }
    return 0;
  }

  /** The most so far, in MiB; 0 where it cannot be known. */
  public long mostMib() {
    return mostKb >> 10;
  }

  @Override
  public void close() {
    closed = true;
  }
}
