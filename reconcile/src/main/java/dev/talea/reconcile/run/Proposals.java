// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.draft.RecipeProposal;
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
 * Drafts for the person who has two sources and no document yet: a format profile from the
 * beginning of a file, and a recipe from the first rows of both sides. Each draft says what it was
 * drawn from, and none is saved. Apart from {@link Documents}, which keeps what a person confirmed.
 *
 * <p>Any thread may call, and waits; one recipe at a time, others are told to come back.
 */
public final class Proposals {
  /** With an assistant, which gets what is left, below the 30 s of a request. */
  static final Duration TIME = Duration.ofSeconds(10);

  private static final Duration TIME_ALONE = Duration.ofSeconds(25);

  private final Records records;
  private final RunForms forms;
  private final Documents documents;
  private final Uploads uploads;
  private final Runs runs;
  private final SampleProcess samples;

  Proposals(
      Records records,
      RunForms forms,
      Documents documents,
      Uploads uploads,
      Runs runs,
      SampleProcess samples) {
    this.records = records;
    this.forms = forms;
    this.documents = documents;
    this.uploads = uploads;
    this.runs = runs;
    this.samples = samples;
  }

  // ---- profiles

  /**
   * Proposes a profile for a file that was sent.
   *
   * @param of whether a file that this one has sent may be read; ids are easily guessed
   */
  public Map<String, @Nullable Object> detect(long upload, Predicate<String> of) {
    Map<String, @Nullable Object> file;
    synchronized (records.lock) {
      file = uploads.record(upload, of);
    }
    try {
      return Detection.of(forms, uploads.file(upload), JsonTree.text(file, "name"));
    } catch (IOException e) {
      throw JsonTree.invalid("upload", SystemFiles.words(e));
    }
  }

  // ---- recipes

  /**
   * Drafts a recipe: {@code left} and {@code right}, each a source as a recipe names it, with
   * {@code upload} beside a {@code file}, and where wanted the {@code name} of the draft.
   *
   * @param assistant is asked too; null for none
   * @param allowed is given the books of the sources, and throws if they are out of reach
   * @param of whether a file that this one has sent may be read; ids are easily guessed
   */
  public Map<String, @Nullable Object> propose(
      Map<String, @Nullable Object> wanted,
      @Nullable Assistant assistant,
      Consumer<Set<String>> allowed,
      Predicate<String> of) {
    JsonTree.known(wanted, List.of("name", "left", "right"));
    Map<String, @Nullable Object> left = source(wanted, MatchSide.LEFT);
    Map<String, @Nullable Object> right = source(wanted, MatchSide.RIGHT);
    String name = JsonTree.textOrNull(wanted, "name");
    // The least that a recipe may be: its sources are what is wanted of it.
    byte[] document =
        JsonTree.bytes(
            JsonTree.of(
                "name",
                name == null ? "draft" : name,
                "left",
                left,
                "right",
                right,
                "rules",
                List.of(JsonTree.of("name", "none", "tolerance", JsonTree.of("absolute", 0L)))));
    Recipe recipe = documents.unsaved(document);
    allowed.accept(documents.books(recipe));
    documents.checkSources(recipe);
    Map<MatchSide, Map<String, @Nullable Object>> inputs = new EnumMap<>(MatchSide.class);
    synchronized (records.lock) {
      for (MatchSide side : MatchSide.values()) {
        inputs.put(side, runs.input(side, recipe, given(wanted), of));
      }
    }
    Map<String, @Nullable Object> answer =
        samples.run(
            new SampleProcess.Order(
                recipe,
                new String(document, StandardCharsets.UTF_8),
                Map.of(),
                inputs,
                new SampleWork.Wanted(true, RecipeProposal.SAMPLE_ROWS_MAX),
                assistant == null ? TIME_ALONE : TIME),
            Proposals::drafted);
    if (assistant != null && "completed".equals(answer.get("state"))) {
      ask(assistant, answer, left, right);
    }
    return answer;
  }

  private static Map<String, @Nullable Object> source(
      Map<String, @Nullable Object> wanted, MatchSide side) {
    Map<String, @Nullable Object> source = new LinkedHashMap<>(JsonTree.child(wanted, side.text()));
    JsonTree.known(source, List.of("ledger", "file", "sql", "upload", "at_seq"));
    source.remove("upload");
    source.remove("at_seq");
    return source;
  }

  /** What a run would be given for the sides. */
  private static Map<String, @Nullable Object> given(Map<String, @Nullable Object> wanted) {
    Map<String, @Nullable Object> given = new LinkedHashMap<>();
    for (MatchSide side : MatchSide.values()) {
      Map<String, @Nullable Object> of = JsonTree.child(wanted, side.text());
      given.put(side.text(), JsonTree.of("upload", of.get("upload"), "at_seq", of.get("at_seq")));
    }
    return given;
  }

  private static Map<String, @Nullable Object> drafted(
      Path made, Map<String, @Nullable Object> said) {
    return JsonTree.of(
        "drawn_from",
        "names, types and values",
        "recipe",
        tree(JsonTree.text(said, "recipe").getBytes(StandardCharsets.UTF_8)),
        "reasons",
        said.get("reasons"),
        "sample",
        said.get("seen"),
        "columns",
        said.get("columns"),
        "remarks",
        new ArrayList<>());
  }

  private static Map<String, @Nullable Object> tree(byte[] recipe) {
    return JsonTree.object("recipe", recipe);
  }

  /** Puts the draft of an assistant in the place of ours, if it is one; else says why not. */
  private void ask(
      Assistant assistant,
      Map<String, @Nullable Object> answer,
      Map<String, @Nullable Object> left,
      Map<String, @Nullable Object> right) {
    Map<String, @Nullable Object> ours = JsonTree.child(answer, "recipe");
    try {
      Map<String, @Nullable Object> columns = JsonTree.child(answer, "columns");
      Map<String, @Nullable Object> draft = assistant.draft(columns);
      Map<String, @Nullable Object> document = whole(draft, ours, left, right);
      Recipe recipe = documents.unsaved(JsonTree.bytes(document));
      byte[] json = JsonTree.bytes(columns);
      forms.checkAgainst(recipe, CarriedColumns.of(json, "left"), CarriedColumns.of(json, "right"));
      answer.put("drawn_from", "an assistant, which saw names, types and masked profiles");
      answer.put("recipe", tree(forms.canonical(recipe)));
      remark(answer, "An assistant drafted this: look at every rule, and preview it.");
    } catch (Assistant.NoDraftException e) {
      remark(answer, "The assistant gave no draft: " + e.getMessage());
    } catch (LedgerException e) {
      remark(
          answer,
          "The draft of the assistant is not valid, so this one is from names, types and values: "
              + Previews.cut(RunWorker.words(e)));
    }
  }

  private static void remark(Map<String, @Nullable Object> answer, String remark) {
    answer.put("remarks", List.of(remark));
  }

  /** A whole recipe: the sources are those that were asked about, whatever a draft says of them. */
  private static Map<String, @Nullable Object> whole(
      Map<String, @Nullable Object> draft,
      Map<String, @Nullable Object> ours,
      Map<String, @Nullable Object> left,
      Map<String, @Nullable Object> right) {
    JsonTree.known(draft, List.of("format", "name", "description", "left", "right", "rules"));
    return JsonTree.of(
        "name",
        ours.get("name"),
        "description",
        draft.get("description"),
        "left",
        side(draft, "left", left),
        "right",
        side(draft, "right", right),
        "rules",
        draft.get("rules"));
  }

  private static Map<String, @Nullable Object> side(
      Map<String, @Nullable Object> draft, String name, Map<String, @Nullable Object> source) {
    Map<String, @Nullable Object> drafted = JsonTree.child(draft, name);
    JsonTree.known(drafted, List.of("ledger", "file", "sql", "derived", "filter"));
    Map<String, @Nullable Object> side = new LinkedHashMap<>(source);
    side.put("derived", drafted.get("derived"));
    side.put("filter", drafted.get("filter"));
    side.values().removeIf(value -> value == null);
    return side;
  }
}
