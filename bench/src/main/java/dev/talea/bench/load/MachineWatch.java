// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.load.Cause.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks a hundred times a second at what Linux tells of the threads that a request passes: how long
 * each was ready to run and did not, and whether it waits for the disk; and at how much time the
 * host took from this machine. On other systems it sees nothing, and says nothing.
 *
 * <p>Has a thread of its own from {@link #MachineWatch} to {@link #end}; {@link #causes} is for
 * afterwards. Apart from the server's recording because a virtual machine does not know when it is
 * not running.
 */
final class MachineWatch {
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int LISTINGS_EVERY = 100;

  /** A tenth of the period. Shorter waits are in every period of a busy machine. */
  private static final long WORTH_NOTING_NANOS = PERIOD_NANOS / 10;

  /** By so much a look may be late before that means something. */
  private static final long LATE_NANOS_MAX = PERIOD_NANOS / 2;

  /** Of each process, so that looking stays cheap where there are fifty writers. */
  private static final int THREADS_MAX = 6;

  /** What {@code sysconf(_SC_CLK_TCK)} says on every Linux that runs a JVM. */
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1) / 100;

  private static final int STEAL_FIELD = 8;

  private final Path proc;
  private final long serverPid;
  private final long ownPid;
  private final Map<Path, Watched> watched = new HashMap<>();
  private final List<Cause> causes = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(4096);
  private final Thread thread;
  private @Nullable Reader statistics;
  private @Nullable Reader own;
  private volatile boolean ending;

  /**
   * Begins to look.
   *
   * @param serverPid 0 if it is not known
   */
  MachineWatch(Path proc, long serverPid, long ownPid) {
    this.proc = proc;
    this.serverPid = serverPid;
    this.ownPid = ownPid;
    // Not "talea-": it would take itself for a thread of the generator.
    this.thread = new Thread(this::watch, "bench-watch");
    thread.setDaemon(true);
    thread.start();
  }

  /** Looks no more. */
  void end() throws InterruptedException {
    ending = true;
    LockSupport.unpark(thread);
    thread.join();
  }

  /** What was seen, after {@link #end}. */
  List<Cause> causes() {
    return causes;
  }

  /** A thread whose waiting is of interest. */
  private static final class Watched implements AutoCloseable {
    final Kind waitsForProcessor;
    final String role;
    final Reader schedule;
    final Reader state;
    long waited = -1;

    Watched(Path task, Kind waitsForProcessor, String role) throws IOException {
      this.waitsForProcessor = waitsForProcessor;
      this.role = role;
      this.schedule = new Reader(task.resolve("schedstat"));
      this.state = new Reader(task.resolve("stat"));
    }

    @Override
    public void close() throws IOException {
      schedule.close();
      state.close();
    }
  }

  /** A file of {@code /proc}, kept open: reading it from the front asks the kernel anew. */
  private static final class Reader implements AutoCloseable {
    private final FileChannel channel;

    Reader(Path file) throws IOException {
      channel = FileChannel.open(file);
    }

    String read(ByteBuffer buffer) throws IOException {
      buffer.clear();
      channel.read(buffer, 0);
      return StandardCharsets.US_ASCII.decode(buffer.flip()).toString();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private void watch() {
    try {
      statistics = new Reader(proc.resolve("stat"));
      own = new Reader(proc.resolve("thread-self").resolve("schedstat"));
      look();
    } catch (IOException e) {
      // Not Linux, or one that does not tell; then nothing is known, and nothing is claimed.
    } finally {
      closeAll();
    }
  }

  private void look() throws IOException {
    long last = System.nanoTime();
    long ownWaited = ownWaited();
    long stolen = stolenTicks();
    for (int count = 0; !ending; count++) {
      if (count % LISTINGS_EVERY == 0) {
        list(serverPid, true);
        list(ownPid, false);
      }
      LockSupport.parkNanos(last + PERIOD_NANOS - System.nanoTime());
      long now = System.nanoTime();
      if (now - last < PERIOD_NANOS / 2) {
        continue; // woken for no reason, or to end
      }
      // First, since what comes now takes time, too.
      long ownWaitedNow = ownWaited();
      long late = now - last - PERIOD_NANOS - (ownWaitedNow - ownWaited);
      if (late > LATE_NANOS_MAX) {
        causes.add(Cause.whole(Kind.STOOD_STILL, last + PERIOD_NANOS, now, ""));
      }
      long stolenNow = stolenTicks();
      if (stolenNow > stolen) {
        note(Kind.STEAL, last, now, (stolenNow - stolen) * TICK_NANOS, "");
      }
      threads(last, now);
      ownWaited = ownWaitedNow;
      stolen = stolenNow;
      last = now;
    }
  }

  private long ownWaited() throws IOException {
    Reader reader = own;
    return reader == null ? 0 : waitedNanos(reader.read(buffer));
  }

  private long stolenTicks() throws IOException {
    Reader reader = statistics;
    return reader == null ? 0 : stolenTicks(reader.read(buffer));
  }

  private void threads(long last, long now) throws IOException {
    Iterator<Watched> each = watched.values().iterator();
    while (each.hasNext()) {
      Watched one = each.next();
      try {
        long waited = waitedNanos(one.schedule.read(buffer));
        if (one.waited >= 0 && waited - one.waited >= WORTH_NOTING_NANOS) {
          note(one.waitsForProcessor, last, now, waited - one.waited, one.role);
        }
        one.waited = waited;
        if (waitsForDisk(one.state.read(buffer))) {
          // Seen at one moment; from halfway to the one before to halfway to the next.
          causes.add(
              Cause.whole(Kind.DISK, now - PERIOD_NANOS / 2, now + PERIOD_NANOS / 2, one.role));
        }
      } catch (IOException e) {
        each.remove(); // the thread has ended
        one.close();
      }
    }
  }

  private void note(Kind kind, long from, long to, long nanos, String detail) {
    causes.add(new Cause(kind, from, to, Math.min(1, nanos / (double) (to - from)), detail));
  }

  /** Threads come and go, above all writers. */
  private void list(long pid, boolean isServer) throws IOException {
    if (pid == 0) {
      return;
    }
    Set<Path> there = new HashSet<>();
    Path process = proc.resolve(Long.toString(pid));
    int count = 0;
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path task : tasks) {
        String role = role(name(task), isServer);
        if (role != null && count++ < THREADS_MAX) {
          there.add(task);
          if (!watched.containsKey(task)) {
            Kind kind = isServer ? Kind.SERVER_PROCESSOR : Kind.GENERATOR_PROCESSOR;
            watched.put(task, new Watched(task, kind, role));
          }
        }
      }
    } catch (IOException e) {
      return; // A thread or the process has ended in between; the next listing will tell.
    }
    Iterator<Map.Entry<Path, Watched>> each = watched.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Path, Watched> one = each.next();
      if (one.getKey().startsWith(process) && !there.contains(one.getKey())) {
        each.remove();
        one.getValue().close();
      }
    }
  }

  private static String name(Path task) throws IOException {
    return Files.readString(task.resolve("comm")).strip();
  }

  /** By the name that Linux knows, which is cut after 15 characters or in the middle. */
  static @Nullable String role(String name, boolean isServer) {
    if (!isServer) {
      return name.startsWith("talea-b") ? "event loop" : null;
    }
    if (name.startsWith("talea-h")) {
      return "event loop";
    }
    return name.startsWith("talea-l") && name.contains("writ") ? "writer" : null;
  }

  /** From {@code schedstat}: time on a processor, time ready for one, number of slices. */
  static long waitedNanos(String schedstat) throws IOException {
    String[] fields = schedstat.strip().split(" ", -1);
    if (fields.length != 3) {
      throw new IOException("not the times of a thread: " + schedstat);
    }
    return Long.parseLong(fields[1]);
  }

  /** From the first line of {@code /proc/stat}, of all processors together. */
  static long stolenTicks(String stat) throws IOException {
    int end = stat.indexOf('\n');
    String[] fields = (end < 0 ? stat : stat.substring(0, end)).split(" +", -1);
    if (fields.length <= STEAL_FIELD) {
      throw new IOException("not the times of processors: " + stat);
    }
    return Long.parseLong(fields[STEAL_FIELD]);
  }

  /** From {@code /proc/PID/task/TID/stat}: the state follows the name, which is in parentheses. */
  static boolean waitsForDisk(String stat) {
    return stat.startsWith("D", stat.lastIndexOf(')') + 2);
  }

  private void closeAll() {
    List<AutoCloseable> open = new ArrayList<>(watched.values());
    if (statistics != null) {
      open.add(statistics);
    }
    if (own != null) {
      open.add(own);
    }
    for (AutoCloseable each : open) {
      try {
        each.close();
      } catch (Exception e) {
        // It was only read, and is not read any more.
      }
    }
  }
}
