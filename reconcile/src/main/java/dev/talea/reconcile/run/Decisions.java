// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.row.MatchSide;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
 * Guarded by the lock of {@link Records}.
 */
final class Decisions implements Records.Part {
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

  /** About one row; each is read when the row is shown. */
  private static final int RECORDS_MAX = 1000;

  /** Rows of a recipe that were taken back since its newest run. */
  private static final int TAKEN_BACK_MAX = 10_000;

  private static final class About {
    String state = OPEN;
    final List<Long> seqs = new ArrayList<>();

    /** Of the newest record that says one; 0 for none. */
    long assigneeSeq;

    long noteSeq;
    long draftSeq;
  }

  private final Map<String, About> about = new HashMap<>();

  /**
   * Of each recipe the rows whose end was taken back since the newest run: the next one looks at
   * them again, even if a run in between left them out.
   */
  private final Map<String, Set<String>> takenBack = new HashMap<>();

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

  @Override
  public void apply(String type, long seq, Map<String, @Nullable Object> record) {
    switch (type) {
      case "decision" -> {
        String state = JsonTree.textOrNull(record, "state");
        decided(JsonTree.text(record, "exception"), state, seq, record);
      }
      case "hand_match", "hand_unmatch" -> {
        for (String exception : JsonTree.texts(record, "exceptions")) {
          decided(exception, type.equals("hand_match") ? MATCHED : OPEN, seq, record);
        }
      }
      case "run_ended" -> {
        String recipe = JsonTree.textOrNull(record, "recipe");
        Set<String> of = recipe == null ? null : takenBack.get(recipe);
        if (of != null) {
          JsonTree.texts(record, "taken_back").forEach(of::remove);
        }
      }
      default -> {
        // It decides nothing.
      }
    }
  }

  private void decided(
      String exception, @Nullable String state, long seq, Map<String, @Nullable Object> record) {
    About of = about.computeIfAbsent(exception, id -> new About());
    of.seqs.add(seq);
    of.assigneeSeq = record.get("assignee") == null ? of.assigneeSeq : seq;
    of.noteSeq = record.get("note") == null && record.get("reason") == null ? of.noteSeq : seq;
    of.draftSeq = record.get("draft") == null ? of.draftSeq : seq;
    if (state != null) {
      Set<String> back =
          takenBack.computeIfAbsent(JsonTree.text(record, "recipe"), name -> new LinkedHashSet<>());
      if (ENDS.contains(state)) {
        back.remove(exception);
      } else if (ENDS.contains(of.state)) {
        back.add(exception);
      }
      of.state = state;
    }
  }

  /** Rows of a recipe whose end was taken back, and which its next run is to look at. */
  Set<String> takenBack(String recipe) {
    return Set.copyOf(takenBack.getOrDefault(recipe, Set.of()));
  }

  /** Whether a decision with this state, or null, takes the end of a row back. */
  boolean isTakenBack(String exception, @Nullable String state) {
    return state != null && !ENDS.contains(state) && ENDS.contains(stateOf(exception));
  }

  /** Whether a state is one after which a row is not looked at again. */
  static boolean isEnd(@Nullable String state) {
    return state != null && ENDS.contains(state);
  }

  String stateOf(String exception) {
    About of = about.get(exception);
    return of == null ? OPEN : of.state;
  }

  /** Whether the next run is to look at it again. */
  boolean goesOn(String exception) {
    return !ENDS.contains(stateOf(exception));
  }

  private void checkRoom(String recipe, List<String> exceptions, boolean back) {
    for (String exception : exceptions) {
      About of = about.get(exception);
      if (of != null && of.seqs.size() >= RECORDS_MAX) {
        throw JsonTree.invalid(
            "exception",
            exception + " has " + of.seqs.size() + " decisions, which is the most for one row");
      }
    }
    int waiting = takenBack.getOrDefault(recipe, Set.of()).size();
    if (back && waiting + exceptions.size() > TAKEN_BACK_MAX) {
      throw JsonTree.invalid(
          "exceptions",
          waiting
              + " rows of recipe "
              + recipe
              + " were taken back and wait for its next run; begin one first");
    }
  }

  /** The record of a decision; nothing is decided yet. */
  Map<String, @Nullable Object> decision(
      String recipe, String exception, Map<String, @Nullable Object> what) {
    String state = JsonTree.textOrNull(what, "state");
    checkRoom(recipe, List.of(exception), isTakenBack(exception, state));
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
        "recipe",
        recipe,
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

  /** Refuses more rows than are put together at once, and what names none. */
  static void checkCount(List<String> exceptions) {
    if (exceptions.isEmpty() || exceptions.size() > TOGETHER_MAX) {
      throw JsonTree.invalid("exceptions", "must be 1 to " + TOGETHER_MAX + " ids");
    }
    if (Set.copyOf(exceptions).size() < exceptions.size()) {
      throw JsonTree.invalid("exceptions", "names a row twice");
    }
    exceptions.forEach(Decisions::run);
  }

  /** The record of rows put together by hand, or taken apart again. */
  Map<String, @Nullable Object> byHand(
      String recipe, boolean match, Map<String, @Nullable Object> what) {
    List<String> exceptions = JsonTree.texts(what, "exceptions");
    for (String exception : exceptions) {
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
    checkRoom(recipe, exceptions, !match);
    return JsonTree.of(
        "type",
        match ? "hand_match" : "hand_unmatch",
        "recipe",
        recipe,
        "exceptions",
        exceptions,
        "reason",
        reason);
  }

  /** What stands about a row now. */
  Map<String, @Nullable Object> view(
      String exception, LongFunction<Map<String, @Nullable Object>> log) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    About of = about.get(exception);
    view.put("id", exception);
    view.put("state", stateOf(exception));
    view.put("assignee", of == null ? null : said(of.assigneeSeq, log, "assignee"));
    Object note = of == null ? null : said(of.noteSeq, log, "note");
    view.put("note", note != null || of == null ? note : said(of.noteSeq, log, "reason"));
    view.put("draft", of == null ? null : said(of.draftSeq, log, "draft"));
    view.put("decisions", of == null ? 0L : (long) of.seqs.size());
    return view;
  }

  private static @Nullable Object said(
      long seq, LongFunction<Map<String, @Nullable Object>> log, String what) {
    return seq == 0 ? null : log.apply(seq).get(what);
  }

  /** All that was decided about a row, the first first. */
  List<Object> history(String exception, LongFunction<Map<String, @Nullable Object>> log) {
    List<Object> history = new ArrayList<>();
    About of = about.get(exception);
    if (of != null) {
      for (long seq : of.seqs) {
        Map<String, @Nullable Object> record = new LinkedHashMap<>(log.apply(seq));
        record.remove("at_micros");
        record.remove("recipe");
        history.add(record);
      }
    }
    return history;
  }
}
