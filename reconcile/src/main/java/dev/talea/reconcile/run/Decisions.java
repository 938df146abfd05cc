// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.row.MatchSide;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What people decided about rows that stayed open. A row is named by the run that first left it
 * open, its side and its number there, and keeps that name for as long as it is carried on.
 *
 * <p>In memory stand the state and the seqs of a row's records; what they say stands in the log.
 * Guarded by the lock of {@link Reconciliation}.
 */
final class Decisions {
  /** Nothing was decided. */
  static final String OPEN = "open";

  /** Put together by hand. */
  static final String MATCHED = "matched";

  /** What a decision may say. */
  static final List<String> STATES = List.of(OPEN, "investigating", "explained", "written_off");

  private static final Set<String> ENDS = Set.of(MATCHED, "written_off");
  private static final Pattern ID =
      Pattern.compile("([1-9][0-9]{0,17})-(left|right)-([1-9][0-9]{0,17})");
  private static final int NOTE_CHARS_MAX = 4000;
  private static final int NAME_CHARS_MAX = 200;
  private static final int TOGETHER_MAX = 1000;

  private static final class About {
    String state = OPEN;
    final List<Long> seqs = new ArrayList<>();
  }

  private final Map<String, About> about = new HashMap<>();

  /** The run that a row is named by. */
  static long run(String exception) {
    Matcher matcher = ID.matcher(exception);
    if (!matcher.matches()) {
      throw JsonTree.invalid("exception", "must be a run, a side and a number, as 12-left-345");
    }
    return Long.parseLong(matcher.group(1));
  }

  /** The side that a row is of. */
  static MatchSide side(String exception) {
    return exception.contains(MatchSide.LEFT.text()) ? MatchSide.LEFT : MatchSide.RIGHT;
  }

  void apply(long seq, Map<String, @Nullable Object> record) {
    switch (JsonTree.text(record, "type")) {
      case "decision" -> {
        About of = about(JsonTree.text(record, "exception"));
        of.seqs.add(seq);
        String state = JsonTree.textOrNull(record, "state");
        of.state = state == null ? of.state : state;
      }
      case "hand_match" -> together(seq, record, MATCHED);
      default -> together(seq, record, OPEN);
    }
  }

  private void together(long seq, Map<String, @Nullable Object> record, String state) {
    for (String exception : JsonTree.texts(record, "exceptions")) {
      About of = about(exception);
      of.seqs.add(seq);
      of.state = state;
    }
  }

  private About about(String exception) {
    return about.computeIfAbsent(exception, id -> new About());
  }

  String stateOf(String exception) {
    About of = about.get(exception);
    return of == null ? OPEN : of.state;
  }

  /** Whether the next run is to look at it again. */
  boolean goesOn(String exception) {
    return !ENDS.contains(stateOf(exception));
  }

  /** The record of a decision; nothing is decided yet. */
  Map<String, @Nullable Object> decision(String exception, Map<String, @Nullable Object> what) {
    String state = JsonTree.textOrNull(what, "state");
    String note = text(what, "note", NOTE_CHARS_MAX);
    if (state != null && !STATES.contains(state)) {
      throw JsonTree.invalid("state", "must be one of " + String.join(", ", STATES));
    }
    if (stateOf(exception).equals(MATCHED) && state != null) {
      throw JsonTree.invalid("state", "is matched by hand; take that back first");
    }
    if (state != null && !state.equals(OPEN) && note == null) {
      throw JsonTree.invalid("note", "is missing: a row is " + state + " for a reason");
    }
    String assignee = text(what, "assignee", NAME_CHARS_MAX);
    Map<String, @Nullable Object> draft = JsonTree.child(what, "draft");
    if (state == null && note == null && assignee == null && draft.isEmpty()) {
      throw JsonTree.invalid("body", "decides nothing; say state, note, assignee or draft");
    }
    return JsonTree.of(
        "type",
        "decision",
        "exception",
        exception,
        "state",
        state,
        "note",
        note,
        "assignee",
        assignee,
        "draft",
        draft.isEmpty() ? null : draft);
  }

  private static @Nullable String text(
      Map<String, @Nullable Object> what, String name, int charsMax) {
    String text = JsonTree.textOrNull(what, name);
    if (text != null && (text.isBlank() || text.length() > charsMax)) {
      throw JsonTree.invalid(name, "must be 1 to " + charsMax + " characters");
    }
    return text;
  }

  /** The record of rows put together by hand, or taken apart again. */
  Map<String, @Nullable Object> byHand(boolean match, Map<String, @Nullable Object> what) {
    List<String> exceptions = JsonTree.texts(what, "exceptions");
    if (exceptions.isEmpty() || exceptions.size() > TOGETHER_MAX) {
      throw JsonTree.invalid("exceptions", "must be 1 to " + TOGETHER_MAX + " ids");
    }
    if (Set.copyOf(exceptions).size() < exceptions.size()) {
      throw JsonTree.invalid("exceptions", "names a row twice");
    }
    for (String exception : exceptions) {
      run(exception);
      boolean is = stateOf(exception).equals(MATCHED);
      if (is == match) {
        throw JsonTree.invalid(
            "exceptions", exception + " is " + (is ? "" : "not ") + "matched by hand");
      }
    }
    boolean both = exceptions.stream().map(Decisions::side).distinct().count() > 1;
    if (match && !both) {
      throw JsonTree.invalid("exceptions", "are all of one side; a match holds rows of both");
    }
    String reason = text(what, "reason", NOTE_CHARS_MAX);
    if (reason == null) {
      throw JsonTree.invalid("reason", "is missing");
    }
    return JsonTree.of(
        "type", match ? "hand_match" : "hand_unmatch", "exceptions", exceptions, "reason", reason);
  }

  /** A row with all that was decided about it, the first first. */
  Map<String, @Nullable Object> view(
      String exception, LongFunction<Map<String, @Nullable Object>> log) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("id", exception);
    view.put("state", stateOf(exception));
    About of = about.get(exception);
    List<Object> history = new ArrayList<>();
    Object assignee = null;
    Object note = null;
    Object draft = null;
    if (of != null) {
      for (long seq : of.seqs) {
        Map<String, @Nullable Object> record = new LinkedHashMap<>(log.apply(seq));
        assignee = record.getOrDefault("assignee", assignee);
        note = record.getOrDefault("note", record.getOrDefault("reason", note));
        draft = record.getOrDefault("draft", draft);
        record.remove("at_micros");
        record.remove("recipe");
        history.add(record);
      }
    }
    view.put("assignee", assignee);
    view.put("note", note);
    view.put("draft", draft);
    view.put("history", history);
    return view;
  }
}
