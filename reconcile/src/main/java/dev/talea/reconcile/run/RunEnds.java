// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.Micros;
import dev.talea.reconcile.row.MatchSide;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The ends of runs in the order of their records, for those who tell others of them: each has a seq
 * to go on behind, so that none is left out, and an id by which one that is told twice is known.
 * Apart from {@link Runs}, which do not know what was told already.
 *
 * <p>Any thread.
 */
public final class RunEnds implements Records.Part {
  private final Records records;
  private final String source;
  private final NavigableMap<Long, Long> runs = new TreeMap<>();
  private final Map<Long, Long> queued = new HashMap<>();
  private volatile long last;
  private volatile long lastAtOpening;

  /**
   * The end of a run.
   *
   * @param seq of its record
   * @param id of this end and no other, of letters, digits and underscores
   * @param books that the run was about
   * @param data what there is to tell, a JSON object
   */
  public record End(long seq, String id, Instant at, Set<String> books, String data) {}

  /**
   * @param logId of the records
   */
  RunEnds(Records records, long logId) {
    this.records = records;
    this.source = Long.toHexString(logId);
  }

  @Override
  public void apply(String type, long seq, Map<String, @Nullable Object> record) {
    if (type.equals("run_queued")) {
      queued.put(JsonTree.number(record, "run", 0), seq);
    } else if (type.equals("run_ended")) {
      runs.put(seq, JsonTree.number(record, "run", 0));
      last = seq;
    }
  }

  /** All records have been read; what comes now has happened in this process. Under the lock. */
  void opened() {
    lastAtOpening = last;
  }

  /** Names the records, and differs from the name of all others. */
  public String source() {
    return source;
  }

  /** Seq of the last end that there is; 0 if there is none. Waits for nothing. */
  public long last() {
    return last;
  }

  /** The same as it was when the folder was opened, before what was cut off was ended. */
  public long lastAtOpening() {
    return lastAtOpening;
  }

  /** Ends behind a seq, in their order. */
  public List<End> after(long seq, int limit) {
    synchronized (records.lock) {
      List<End> ends = new ArrayList<>();
      for (Map.Entry<Long, Long> end : runs.tailMap(seq, false).entrySet()) {
        if (ends.size() == limit) {
          break;
        }
        ends.add(end(end.getKey(), end.getValue()));
      }
      return ends;
    }
  }

  private End end(long seq, long run) {
    Map<String, @Nullable Object> ended = records.read(seq);
    Long at = queued.get(run);
    Map<String, @Nullable Object> asked = at == null ? Map.of() : records.read(at);
    Set<String> books = Set.copyOf(JsonTree.texts(asked, "books"));
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("run", Long.toString(run));
    data.put("recipe", asked.get("recipe"));
    data.put("version", asked.get("version"));
    data.put("books", books.stream().sorted().toList());
    data.put("state", ended.get("state"));
    data.put("reason", ended.get("reason"));
    long matched = 0;
    for (MatchSide side : MatchSide.values()) {
      Map<String, @Nullable Object> totals =
          JsonTree.child(JsonTree.child(ended, "outcome"), side.text());
      Map<String, @Nullable Object> counts = new LinkedHashMap<>();
      for (String state : OutcomeTree.STATES) {
        counts.put(state, JsonTree.number(totals, state, 0));
      }
      counts.put("read", JsonTree.number(totals, "read", 0));
      data.put(side.text(), totals.isEmpty() ? null : counts);
      matched += JsonTree.number(totals, "matched", 0);
    }
    boolean completed = RunState.COMPLETED.text().equals(ended.get("state"));
    data.put("zero_matches", completed && matched == 0);
    data.put("manifest_sha256", ended.get("manifest_sha256"));
    long micros = JsonTree.number(ended, "at_micros", 0);
    return new End(
        seq,
        "run_" + source + "_" + run + "_" + micros,
        Micros.instant(micros),
        books,
        new String(JsonTree.bytes(data), StandardCharsets.UTF_8));
  }
}
