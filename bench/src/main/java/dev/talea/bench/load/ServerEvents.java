// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.load.Cause.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a server under test has noted of its waiting, and tells by thread and file what it was
 * about. Stateless; this is the place that knows the names of talea's threads and files.
 *
 * <p>What the threads in the background do to the disk holds no request up by itself. It does by
 * making a writer's sync longer, so a sync that coincides with theirs is told apart.
 */
final class ServerEvents {
  private static final String WRITER = "talea-log-writer";
  private static final String EVENT_LOOP = "talea-http";
  private static final String SPACE_FILLER = "dev.talea.log.SpaceFiller";

  private ServerEvents() {}

  /** What a thread did to a file. */
  record FileAct(String thread, Act act, String file, long fromNanos, long toNanos) {
    boolean isWriters() {
      return thread.startsWith(WRITER);
    }

    boolean isOfSegment() {
      return file.endsWith(".log");
    }

    /** A folder is synced, and a spare prepared, by a writer that begins a segment. */
    boolean isOfChange() {
      return file.equals("spare.tmp") || !file.contains(".");
    }
  }

  /** What it did. */
  enum Act {
    SYNC,
    WRITE,
    READ
  }

  /**
   * Reads a recording.
   *
   * @param zero a moment by the wall clock
   * @param zeroNanos the same by {@link System#nanoTime}
   * @param fromNanos what had ended by then is left out
   * @param toNanos what began then or later is left out
   */
  static List<Cause> read(
      Path recording, Instant zero, long zeroNanos, long fromNanos, long toNanos)
      throws IOException {
    List<FileAct> acts = new ArrayList<>();
    List<Cause> causes = new ArrayList<>();
    try (RecordingFile events = new RecordingFile(recording)) {
      while (events.hasMoreEvents()) {
        RecordedEvent event = events.readEvent();
        long from = zeroNanos + Duration.between(zero, event.getStartTime()).toNanos();
        long to = from + event.getDuration().toNanos();
        RecordedThread recorded = event.getThread();
        String thread = recorded == null ? null : recorded.getJavaName();
        if (thread == null || to <= fromNanos || from >= toNanos) {
          continue;
        }
        switch (event.getEventType().getName()) {
          case "jdk.FileForce" -> acts.add(act(event, thread, Act.SYNC, from, to));
          case "jdk.FileWrite" -> acts.add(act(event, thread, Act.WRITE, from, to));
          case "jdk.FileRead" -> acts.add(act(event, thread, Act.READ, from, to));
          case "jdk.JavaMonitorEnter" -> {
            if (thread.startsWith(WRITER) || thread.startsWith(EVENT_LOOP)) {
              causes.add(Cause.whole(Kind.LOCK, from, to, monitor(event)));
            }
          }
          case "jdk.JavaMonitorWait" -> {
            if (thread.startsWith(WRITER) && monitor(event).equals(SPACE_FILLER)) {
              causes.add(Cause.whole(Kind.SEGMENT_CHANGE, from, to, "until space was filled"));
            }
          }
          default -> {}
        }
      }
    }
    causes.addAll(causes(acts));
    return causes;
  }

  /** Those of acts that requests wait for, in order of time. */
  static List<Cause> causes(List<FileAct> all) {
    List<FileAct> acts = new ArrayList<>(all);
    acts.sort(Comparator.comparingLong(FileAct::fromNanos));
    List<Cause> causes = new ArrayList<>();
    List<FileAct> aside = acts.stream().filter(act -> !act.isWriters()).toList();
    int first = 0;
    for (FileAct act : acts) {
      // Those that had ended before this began have ended before all later ones.
      while (first < aside.size() && aside.get(first).toNanos() <= act.fromNanos()) {
        first++;
      }
      Kind kind = kind(act, aside, first);
      if (kind != null) {
        causes.add(Cause.whole(kind, act.fromNanos(), act.toNanos(), act.file()));
      }
    }
    return causes;
  }

  private static FileAct act(RecordedEvent event, String thread, Act act, long from, long to) {
    String path = event.getString("path");
    Path name = path == null ? null : Path.of(path).getFileName();
    return new FileAct(thread, act, name == null ? "" : name.toString(), from, to);
  }

  private static String monitor(RecordedEvent event) {
    RecordedClass monitor = event.getClass("monitorClass");
    return monitor == null ? "" : monitor.getName();
  }

  /** Null if no request waits for it. */
  private static @Nullable Kind kind(FileAct act, List<FileAct> aside, int firstAside) {
    if (!act.isWriters()) {
      boolean onLoop = act.thread().startsWith(EVENT_LOOP) && act.act() == Act.READ;
      return onLoop ? Kind.READ : null;
    }
    if (act.act() == Act.READ) {
      return Kind.READ;
    }
    if (act.isOfChange()) {
      return Kind.SEGMENT_CHANGE;
    }
    if (!act.isOfSegment()) {
      return null;
    }
    return act.act() == Act.WRITE ? Kind.WRITE : kindOfSync(act, aside, firstAside);
  }

  /** What held the disk for half of the sync or longer is taken for its reason. */
  private static Kind kindOfSync(FileAct sync, List<FileAct> aside, int firstAside) {
    long half = (sync.toNanos() - sync.fromNanos()) / 2;
    for (int i = firstAside; i < aside.size(); i++) {
      FileAct other = aside.get(i);
      if (other.fromNanos() >= sync.toNanos()) {
        break;
      }
      long common =
          Math.min(sync.toNanos(), other.toNanos()) - Math.max(sync.fromNanos(), other.fromNanos());
      if (other.act() != Act.READ && common >= half) {
        if (other.file().startsWith("checkpoint")) {
          return Kind.SYNC_BESIDE_CHECKPOINT;
        }
        if (other.file().startsWith("keys")) {
          return Kind.SYNC_BESIDE_KEYS;
        }
        if (other.isOfSegment() || other.isOfChange()) {
          return Kind.SYNC_BESIDE_SPACE;
        }
      }
    }
    return Kind.SYNC;
  }
}
