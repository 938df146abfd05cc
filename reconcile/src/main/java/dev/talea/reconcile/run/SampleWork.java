// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.draft.RecipeProposal;
import dev.talea.reconcile.engine.EngineRun;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a process does with the first rows of two sources: tries a recipe on them, by the engine of
 * every run, or drafts one from them. A file beside the job says which. Apart from {@link
 * RunChild}, whose runs read everything and leave evidence.
 *
 * <p>One thread.
 */
final class SampleWork {
  /** In the folder that the process works in. */
  static final String FILE = "sample.json";

  private final RunForms forms;
  private final Path folder;
  private final Sides sides;
  private final MatchProgress progress;

  /** Opens what a side is read from. */
  @FunctionalInterface
  interface Sides {
    RowSource open(MatchSide side, RunJob.Side input) throws IOException;
  }

  /**
   * What is wanted.
   *
   * @param draft whether a recipe is drafted; else the one of the job is tried
   * @param rows of each side that are read
   */
  record Wanted(boolean draft, long rows) {
    void write(Path folder) throws IOException {
      SystemFiles.writeDurably(
          folder.resolve(FILE), JsonTree.bytes(JsonTree.of("draft", draft, "rows", rows)));
    }

    private static Wanted read(Path folder) throws IOException {
      Map<String, @Nullable Object> tree =
          JsonTree.object("sample", SystemFiles.bytes(folder.resolve(FILE), 1 << 10));
      return new Wanted(JsonTree.truth(tree, "draft"), JsonTree.number(tree, "rows", 0));
    }
  }

  SampleWork(RunForms forms, Path folder, Sides sides, MatchProgress progress) {
    this.forms = forms;
    this.folder = folder;
    this.sides = sides;
    this.progress = progress;
  }

  /** Does it; the rows of a trial lie where evidence would. */
  Map<String, @Nullable Object> run() throws IOException {
    Wanted wanted = Wanted.read(folder);
    RunJob job = RunJob.read(folder);
    Recipe recipe = forms.recipe(job.recipe().getBytes(StandardCharsets.UTF_8));
    return wanted.draft() ? draft(recipe, job, wanted.rows()) : preview(recipe, job, wanted.rows());
  }

  private SampleSource open(MatchSide side, RunJob job, long rows) throws IOException {
    return new SampleSource(sides.open(side, job.side(side)), rows, SampleSource.CHARS_MAX);
  }

  private Map<String, @Nullable Object> preview(Recipe recipe, RunJob job, long rows)
      throws IOException {
    Map<String, Value> parameters = forms.parameters(recipe, job.parameters());
    Path work = folder.resolve(RunJob.WORK);
    Path evidence = work.resolve(RunJob.EVIDENCE);
    SystemFiles.makeFolder(evidence);
    try (EngineRun run = forms.engine().open(work, job.limits())) {
      Map<String, @Nullable Object> seen = new LinkedHashMap<>();
      for (MatchSide side : MatchSide.values()) {
        try (SampleSource source = open(side, job, rows)) {
          run.load(side, Origin.SOURCE, source, progress);
          seen.put(side.text(), source.seen());
        }
      }
      forms.checkAgainst(recipe, run.columns(MatchSide.LEFT), run.columns(MatchSide.RIGHT));
      Outcome outcome = run.match(recipe, parameters, progress);
      List<String> unused = run.write(evidence, progress);
      return JsonTree.of("seen", seen, "outcome", OutcomeTree.of(outcome));
    }
  }

  private Map<String, @Nullable Object> draft(Recipe recipe, RunJob job, long rows)
      throws IOException {
    try (SampleSource left = open(MatchSide.LEFT, job, rows);
        SampleSource right = open(MatchSide.RIGHT, job, rows);
        MaskedSource leftLooked = new MaskedSource(left);
        MaskedSource rightLooked = new MaskedSource(right)) {
      RecipeProposal.Draft draft =
          RecipeProposal.of(
              recipe.name(),
              recipe.side(MatchSide.LEFT).source(),
              leftLooked,
              recipe.side(MatchSide.RIGHT).source(),
              rightLooked);
      return JsonTree.of(
          "recipe",
          new String(forms.canonical(draft.recipe()), StandardCharsets.UTF_8),
          "reasons",
          draft.reasons(),
          "seen",
          JsonTree.of("left", left.seen(), "right", right.seen()),
          "columns",
          JsonTree.of("left", leftLooked.columnsSeen(), "right", rightLooked.columnsSeen()));
    }
  }
}
