// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Timestamps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs that nothing asks for each time: those that begin by the clock, and those that begin when a
 * file rests in a watched folder. Each has an idempotency key that is made of what caused it (the
 * moment it was due, the SHA-256 of the file), so that neither a restart nor a second look begins
 * it twice, and nothing has to be moved or remembered elsewhere.
 *
 * <p>A schedule is an interval and a time of the day that it counts from, in UTC. Expressions of
 * cron were left out: what people want here is "hourly" or "daily at six", and those are two words.
 * A moment that passed while no server ran is made up for once, at the start.
 *
 * <p>Owned by the thread that looks at folders and schedules.
 */
final class Standing {
  /** How often it is looked; a file rests if two looks see the same. */
  static final int EVERY_SECONDS = 5;

  private static final Logger LOG = LoggerFactory.getLogger(Standing.class);
  private static final int FILES_MAX = 10_000;

  private final Runs runs;
  private final Uploads uploads;
  private final NamedSources named;

  /** What was seen of each file at the look before. */
  private Map<Path, SystemFiles.Look> before = new HashMap<>();

  /** Files that were taken, as they were then. */
  private final Map<Path, SystemFiles.Look> taken = new HashMap<>();

  /** Hashes of files whose run could not begin, as they were then: each look tries again. */
  private final Map<Path, Hashed> hashes = new HashMap<>();

  private record Hashed(SystemFiles.Look look, String sha256) {}

  /** What was complained of last, so that it is said once. */
  private final Map<String, String> complaints = new HashMap<>();

  Standing(Runs runs, Uploads uploads, NamedSources named) {
    this.runs = runs;
    this.uploads = uploads;
    this.named = named;
  }

  void look() {
    for (NamedSources.Schedule schedule : named.schedules()) {
      guarded("schedule " + schedule.name(), () -> due(schedule));
    }
    Map<Path, SystemFiles.Look> seen = new HashMap<>();
    for (NamedSources.Watch watch : named.watches()) {
      guarded("folder " + watch.name(), () -> look(watch, seen));
    }
    before = seen;
    taken.keySet().retainAll(seen.keySet());
    hashes.keySet().retainAll(seen.keySet());
  }

  private interface Task {
    void run() throws IOException;
  }

  /** An exception would end the looking for good. */
  private void guarded(String what, Task task) {
    String complaint = null;
    try {
      task.run();
    } catch (LedgerException e) {
      complaint = RunWorker.words(e);
    } catch (IOException | RuntimeException e) {
      complaint = String.valueOf(e.getMessage());
    }
    String last = complaint == null ? complaints.remove(what) : complaints.put(what, complaint);
    if (complaint != null && !complaint.equals(last)) {
      LOG.warn("{} cannot begin its run: {}", what, complaint);
    }
  }

  private void due(NamedSources.Schedule schedule) {
    long every = schedule.every().toMillis() * 1000L;
    long from = schedule.at().toNanoOfDay() / 1000L;
    long now = runs.nowMicros();
    long due = now - Math.floorMod(now - from, every);
    String key = "schedule:" + schedule.name() + ":" + Timestamps.format(Micros.instant(due));
    if (runs.ofKey(key) == 0) {
      String cause = "schedule " + schedule.name();
      var unused =
          runs.start(
              JsonTree.of("recipe", schedule.recipe(), "key", key, "carry", true), cause, cause);
    }
  }

  private void look(NamedSources.Watch watch, Map<Path, SystemFiles.Look> seen) throws IOException {
    int files = 0;
    for (String name : SystemFiles.list(watch.folder())) {
      Path file = watch.folder().resolve(name);
      if (name.startsWith(".") || !name.endsWith(watch.suffix())) {
        continue;
      }
      SystemFiles.@Nullable Look look = SystemFiles.look(file);
      if (look == null) {
        continue;
      }
      if (++files > FILES_MAX) {
        throw new IOException(
            watch.folder() + " holds more than " + FILES_MAX + " files; move old ones away");
      }
      seen.put(file, look);
      if (look.equals(before.get(file)) && !look.equals(taken.get(file))) {
        // One that cannot be read, or is too large, is in the way of no other.
        guarded(
            "folder " + watch.name() + ", file " + name,
            () -> {
              take(watch, name, file, sha256(file, look));
              taken.put(file, look);
              hashes.remove(file);
            });
      }
    }
  }

  private String sha256(Path file, SystemFiles.Look look) throws IOException {
    Hashed known = hashes.get(file);
    if (known == null || !known.look().equals(look)) {
      known = new Hashed(look, SystemFiles.sha256(file));
      hashes.put(file, known);
    }
    return known.sha256();
  }

  private void take(NamedSources.Watch watch, String name, Path file, String sha256)
      throws IOException {
    String cause = "folder " + watch.name();
    String key = "folder:" + watch.name() + ":" + sha256;
    if (runs.ofKey(key) != 0) {
      return;
    }
    // Copied only if a run can begin, and once even if it still does not: this is tried again at
    // each look, and would fill the disk.
    runs.checkStart(watch.recipe(), watch.side());
    Map<String, @Nullable Object> upload = uploads.of(name, sha256);
    if (upload == null) {
      upload = uploads.take(name, file, cause);
    }
    // It may have been written to in between: what was copied is what counts.
    String copied = "folder:" + watch.name() + ":" + Objects.requireNonNull(upload.get("sha256"));
    var unused =
        runs.start(
            JsonTree.of(
                "recipe",
                watch.recipe(),
                "key",
                copied,
                "carry",
                true,
                watch.side().text(),
                JsonTree.of("upload", upload.get("id"))),
            cause,
            cause);
  }
}
