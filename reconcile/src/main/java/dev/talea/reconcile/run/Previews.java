// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.row.MatchSide;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tries recipes before they are saved: on the first rows of both sides, by the same engine in the
 * same kind of process as a run, so that what is shown is what a run does with those rows. Nothing
 * is recorded and nothing is kept. Apart from {@link Runs}, which begin with a record.
 *
 * <p>Any thread may call, and waits; one at a time, others are told to come back.
 */
public final class Previews {
  /** Rows of each side that are read where nothing is said. */
  public static final int ROWS_DEFAULT = 1_000;

  /** Rows of each side that are read at most. */
  public static final int ROWS_MAX = 10_000;

  /** Below the 30 s in which a request has to be answered. */
  static final Duration TIME = Duration.ofSeconds(25);

  /** Rows of each state that are shown. */
  static final int SHOWN_MAX = 20;

  private static final int TEXT_CHARS_MAX = 200;

  private final Records records;
  private final RunForms forms;
  private final Documents documents;
  private final Runs runs;
  private final SampleProcess samples;

  Previews(Records records, RunForms forms, Documents documents, Runs runs, SampleProcess samples) {
    this.records = records;
    this.forms = forms;
    this.documents = documents;
    this.runs = runs;
    this.samples = samples;
  }

  /**
   * Tries a recipe: {@code recipe}, its document, and where wanted {@code parameters}, {@code left}
   * and {@code right} as a run takes them, and {@code rows}.
   *
   * @param allowed is given the books of the recipe, and throws if they are out of reach
   * @param of whether a file that this one has sent may be read; ids are easily guessed
   */
  public Map<String, @Nullable Object> preview(
      Map<String, @Nullable Object> wanted, Consumer<Set<String>> allowed, Predicate<String> of) {
    return preview(wanted, allowed, of, TIME);
  }

  /** As above, within another time. */
  Map<String, @Nullable Object> preview(
      Map<String, @Nullable Object> wanted,
      Consumer<Set<String>> allowed,
      Predicate<String> of,
      Duration time) {
    JsonTree.known(wanted, List.of("recipe", "parameters", "left", "right", "rows"));
    if (wanted.get("recipe") == null) {
      throw JsonTree.invalid("recipe", "is missing: the document that is tried");
    }
    byte[] document = JsonTree.bytes(JsonTree.child(wanted, "recipe"));
    Recipe recipe = documents.unsaved(document);
    allowed.accept(documents.books(recipe));
    documents.checkSources(recipe);
    long rows = JsonTree.number(wanted, "rows", ROWS_DEFAULT);
    if (rows < 1 || rows > ROWS_MAX) {
      throw JsonTree.invalid("rows", "is " + rows + ", but must be from 1 to " + ROWS_MAX);
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    JsonTree.child(wanted, "parameters")
        .forEach((name, value) -> parameters.put(name, String.valueOf(value)));
    var unused = forms.parameters(recipe, parameters);
    Map<MatchSide, Map<String, @Nullable Object>> inputs = new EnumMap<>(MatchSide.class);
    synchronized (records.lock) {
      for (MatchSide side : MatchSide.values()) {
        inputs.put(side, runs.input(side, recipe, wanted, of));
      }
    }
    return samples.run(
        new SampleProcess.Order(
            recipe,
            new String(document, StandardCharsets.UTF_8),
            parameters,
            inputs,
            new SampleWork.Wanted(false, rows),
            time),
        Previews::shown);
  }

  private static Map<String, @Nullable Object> shown(Path made, Map<String, @Nullable Object> said)
      throws IOException {
    Map<String, @Nullable Object> seen = JsonTree.child(said, "seen");
    return JsonTree.of(
        "remark",
        remark(seen),
        "sample",
        seen,
        "outcome",
        said.get("outcome"),
        "rows",
        JsonTree.of(
            "matched",
            rows(made, List.of("matched.csv")),
            "suggested",
            rows(made, List.of("suggested.csv")),
            "unmatched",
            rows(made, List.of("unmatched_left.csv", "unmatched_right.csv")),
            "rejected",
            rows(made, List.of("rejected.csv"))));
  }

  /** In a sentence, because figures of a sample are easily taken for those of the whole. */
  static String remark(Map<String, @Nullable Object> seen) {
    StringBuilder text = new StringBuilder("This is a sample: ");
    boolean more = false;
    for (MatchSide side : MatchSide.values()) {
      Map<String, @Nullable Object> of = JsonTree.child(seen, side.text());
      boolean cut = JsonTree.truth(of, "more");
      more |= cut;
      text.append(side == MatchSide.LEFT ? "" : " and ")
          .append(cut ? "the first " : "all ")
          .append(of.get("rows"))
          .append(" rows of the ")
          .append(side.text())
          .append(" side");
    }
    return text.append(more ? "; partners may be among the rows that were not read." : ".")
        .toString();
  }

  /** The first rows of some files, as many of each. */
  private static List<Object> rows(Path made, List<String> names) throws IOException {
    List<Object> shown = new ArrayList<>();
    int each = SHOWN_MAX / names.size();
    for (String name : names) {
      Path file = made.resolve(name);
      if (!SystemFiles.exists(file)) {
        continue;
      }
      try (CsvRows rows = CsvRows.open(file, 0)) {
        int count = 0;
        for (var row = rows.next(); row != null && count < each; row = rows.next()) {
          Map<String, @Nullable Object> item = new LinkedHashMap<>();
          row.forEach((field, value) -> item.put(field, value == null ? null : cut(value)));
          if (names.size() > 1) {
            item.put("side", name.contains("left") ? "left" : "right");
          }
          shown.add(item);
          count++;
        }
      }
    }
    return shown;
  }

  static String cut(String text) {
    return text.length() <= TEXT_CHARS_MAX ? text : text.substring(0, TEXT_CHARS_MAX) + "...";
  }
}
