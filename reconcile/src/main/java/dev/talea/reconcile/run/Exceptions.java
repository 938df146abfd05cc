// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Timestamps;
import dev.talea.reconcile.row.MatchSide;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rows that runs left open, and the work on them: what people ask and decide. Apart from {@link
 * Decisions}, which knows what was decided and no more.
 *
 * <p>Any thread may call; deciding waits for the disk.
 */
public final class Exceptions {
  private final Records records;
  private final Runs runs;
  private final Decisions decisions;
  private final EvidenceStore evidence;

  Exceptions(Records records, Runs runs, Decisions decisions, EvidenceStore evidence) {
    this.records = records;
    this.runs = runs;
    this.decisions = decisions;
    this.evidence = evidence;
  }

  /** The books of the run that first left a row open. */
  public Set<String> booksOf(String exception) {
    synchronized (records.lock) {
      Run run = runs.find(Decisions.run(exception));
      if (run == null) {
        // In the words for a row out of reach, which do not tell whether there is the run.
        throw new LedgerException(new NotFound("exception " + exception));
      }
      return run.books;
    }
  }

  /**
   * Looks whether there are such rows: a run that completed left them open. Not under the lock,
   * because files are read; what a run left open does not change.
   */
  private void checkAreThere(List<String> exceptions) {
    Set<String> missing = new LinkedHashSet<>(exceptions);
    for (String exception : exceptions) {
      if (missing.contains(exception)) {
        long id = Decisions.run(exception);
        if (runs.isCompleted(id)) {
          evidence.takeOutOpen(id, Decisions.side(exception), missing);
        }
        if (missing.contains(exception)) {
          throw new LedgerException(new NotFound("exception " + exception));
        }
      }
    }
  }

  /**
   * Looks whether rows are open now: the newest run of their recipe left them open, or their end
   * was taken back since. Others were cleared by a later run, which may have matched them with
   * something else, or left behind by one that carried nothing.
   *
   * @return the newest run, which has to be the same when it is decided
   */
  private long checkAreOpen(String recipe, List<String> exceptions) {
    Set<String> missing = new LinkedHashSet<>(exceptions);
    long newest;
    synchronized (records.lock) {
      newest = runs.newestOf(recipe);
      missing.removeAll(runs.takenBack(recipe));
    }
    for (MatchSide side : MatchSide.values()) {
      evidence.takeOutOpen(newest, side, missing);
    }
    if (!missing.isEmpty()) {
      throw JsonTree.invalid(
          "exceptions",
          missing.iterator().next()
              + " is not open any more: run "
              + newest
              + " matched it, or began anew without it");
    }
    return newest;
  }

  /**
   * Whether a row is looked at again changes only while no run of its recipe looks at it. Under the
   * lock.
   */
  private void checkNoneWorks(String recipe, long newest) {
    Run working = runs.working(recipe);
    if (working != null || runs.newestOf(recipe) != newest) {
      throw JsonTree.invalid(
          "exceptions",
          "are being matched by "
              + (working == null ? "a run that has just ended" : "run " + working.id)
              + "; look again when it has ended");
    }
  }

  private String recipeOf(List<String> exceptions) {
    Set<String> recipes = new TreeSet<>();
    synchronized (records.lock) {
      for (String exception : exceptions) {
        Run run = runs.find(Decisions.run(exception));
        if (run == null) {
          throw new LedgerException(new NotFound("exception " + exception));
        }
        recipes.add(run.recipe);
      }
    }
    if (recipes.size() != 1) {
      throw JsonTree.invalid(
          "exceptions", recipes.isEmpty() ? "are missing" : "are of different recipes: " + recipes);
    }
    return recipes.iterator().next();
  }

  /** Decides about an open row: {@code state}, {@code note}, {@code assignee}, {@code draft}. */
  public Map<String, @Nullable Object> decide(
      String exception, Map<String, @Nullable Object> what, String by) {
    JsonTree.known(what, List.of("state", "note", "assignee", "draft"));
    List<String> one = List.of(exception);
    checkAreThere(one);
    String recipe = recipeOf(one);
    String state = JsonTree.textOrNull(what, "state");
    long newest = Decisions.isEnd(state) ? checkAreOpen(recipe, one) : runs.newestOf(recipe);
    synchronized (records.lock) {
      Map<String, @Nullable Object> record = decisions.decision(recipe, exception, what);
      boolean takenBack = decisions.isTakenBack(exception, state);
      if (takenBack || Decisions.isEnd(state)) {
        checkNoneWorks(recipe, newest);
      }
      if (takenBack) {
        checkIsKept(one);
      }
      records.add(record, by);
      return view(exception);
    }
  }

  /** Puts open rows together by hand, or takes that back. */
  public Map<String, @Nullable Object> byHand(
      boolean match, Map<String, @Nullable Object> what, String by) {
    JsonTree.known(what, List.of("exceptions", "reason"));
    List<String> exceptions = JsonTree.texts(what, "exceptions");
    Decisions.checkCount(exceptions); // before files are read
    checkAreThere(exceptions);
    String recipe = recipeOf(exceptions);
    long newest = match ? checkAreOpen(recipe, exceptions) : runs.newestOf(recipe);
    synchronized (records.lock) {
      Map<String, @Nullable Object> record = decisions.byHand(recipe, match, what);
      checkNoneWorks(recipe, newest);
      if (!match) {
        checkIsKept(exceptions);
      }
      records.add(record, by);
      return JsonTree.of(
          "exceptions",
          record.get("exceptions"),
          "state",
          match ? Decisions.MATCHED : Decisions.OPEN);
    }
  }

  /** A row that is open again is read from the evidence of its first run. Under the lock. */
  private void checkIsKept(List<String> exceptions) {
    for (String exception : exceptions) {
      Run run = runs.find(Decisions.run(exception));
      if (run == null || run.pruned) {
        throw JsonTree.invalid(
            "exceptions",
            exception + " cannot be opened again: the evidence that holds it was pruned");
      }
    }
  }

  /** Under the lock. */
  private Map<String, @Nullable Object> view(String exception) {
    Map<String, @Nullable Object> view = decisions.view(exception, records::read);
    view.put("history", decisions.history(exception, records::read));
    return view;
  }

  /** An open row, or one that was, with all that was decided about it. */
  public Map<String, @Nullable Object> one(String exception) {
    checkAreThere(List.of(exception));
    synchronized (records.lock) {
      Map<String, @Nullable Object> view = view(exception);
      Run run = runs.find(Decisions.run(exception));
      if (run != null) {
        view.put("recipe", run.recipe);
        view.put("since", records.read(run.endedSeq).get("at"));
      }
      return view;
    }
  }

  /**
   * A page of the rows that the newest run of a recipe left open, with what was decided.
   *
   * @param allowed is given the books of that run, and throws if they are out of reach
   */
  public Map<String, @Nullable Object> list(
      String recipe,
      @Nullable MatchSide side,
      @Nullable String state,
      @Nullable String cursor,
      int limit,
      Consumer<Set<String>> allowed) {
    if (state != null && !state.equals(Decisions.MATCHED) && !Decisions.STATES.contains(state)) {
      throw JsonTree.invalid(
          "query",
          "state is '" + state + "', but must be matched, " + String.join(", ", Decisions.STATES));
    }
    long id;
    Set<String> takenBack;
    synchronized (records.lock) {
      id = runs.newestOf(recipe);
      allowed.accept(runs.booksOfNewest(recipe));
      takenBack = runs.takenBack(recipe);
    }
    if (id == 0) {
      return new PageOf(limit).end();
    }
    long now = records.nowMicros();
    return evidence.open(
        id,
        side,
        cursor,
        limit,
        takenBack,
        item -> {
          String exception = JsonTree.text(item, "id");
          synchronized (records.lock) {
            if (state != null && !state.equals(decisions.stateOf(exception))) {
              return false;
            }
            item.putAll(decisions.view(exception, records::read));
            Run first = runs.find(Decisions.run(exception));
            if (first != null && first.endedMicros > 0) {
              item.put("since", Timestamps.format(Micros.instant(first.endedMicros)));
              item.put("age_days", (now - first.endedMicros) / 86_400_000_000L);
            }
            return true;
          }
        });
  }
}
