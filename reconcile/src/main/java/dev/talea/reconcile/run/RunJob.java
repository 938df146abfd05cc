// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.row.MatchSide;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a process that matches is told: a file in the folder of its run. Secrets are not in it; they
 * go through its standard input.
 *
 * @param recipe the document
 * @param parameters of the recipe, as texts
 * @param left what is read on the left
 * @param right what is read on the right
 * @param limits of the engine
 */
record RunJob(
    String recipe, Map<String, String> parameters, Side left, Side right, EngineLimits limits) {
  /** Its file in the folder of a run. */
  static final String FILE = "job.json";

  /** The one folder that the engine may touch: what does not fit into memory, and evidence. */
  static final String WORK = "work";

  /** In that one: where evidence is made. */
  static final String EVIDENCE = "evidence";

  private static final int BYTES_MAX = 4 << 20;

  /**
   * What one side is read from: exactly one of rows, path and query is there.
   *
   * @param carried file of rows that an earlier run left open, or null
   * @param rows file of rows
   * @param path of a file as it was sent
   * @param name of that file at its sender's
   * @param database whose secrets come through standard input
   * @param query of the database
   * @param profile that reads the file or the query, or null
   */
  record Side(
      @Nullable String carried,
      @Nullable String rows,
      @Nullable String path,
      @Nullable String name,
      @Nullable String database,
      @Nullable String query,
      @Nullable String profile) {
    private Map<String, @Nullable Object> tree() {
      return JsonTree.of(
          "carried",
          carried,
          "rows",
          rows,
          "path",
          path,
          "name",
          name,
          "database",
          database,
          "query",
          query,
          "profile",
          profile);
    }

    private static Side of(Map<String, @Nullable Object> tree) {
      return new Side(
          JsonTree.textOrNull(tree, "carried"),
          JsonTree.textOrNull(tree, "rows"),
          JsonTree.textOrNull(tree, "path"),
          JsonTree.textOrNull(tree, "name"),
          JsonTree.textOrNull(tree, "database"),
          JsonTree.textOrNull(tree, "query"),
          JsonTree.textOrNull(tree, "profile"));
    }
  }

  Side side(MatchSide side) {
    return side == MatchSide.LEFT ? left : right;
  }

  void write(Path folder) throws IOException {
    SystemFiles.writeDurably(
        folder.resolve(FILE),
        JsonTree.bytes(
            JsonTree.of(
                "recipe",
                recipe,
                "parameters",
                parameters,
                "left",
                left.tree(),
                "right",
                right.tree(),
                "memory_bytes",
                limits.memoryBytes(),
                "threads",
                (long) limits.threads(),
                "disk_bytes",
                limits.diskBytes())));
  }

  static RunJob read(Path folder) throws IOException {
    Map<String, @Nullable Object> tree =
        JsonTree.object("job", SystemFiles.bytes(folder.resolve(FILE), BYTES_MAX));
    Map<String, String> parameters = new LinkedHashMap<>();
    JsonTree.child(tree, "parameters").forEach((name, value) -> parameters.put(name, "" + value));
    return new RunJob(
        JsonTree.text(tree, "recipe"),
        parameters,
        Side.of(JsonTree.child(tree, "left")),
        Side.of(JsonTree.child(tree, "right")),
        new EngineLimits(
            JsonTree.number(tree, "memory_bytes", 0),
            (int) JsonTree.number(tree, "threads", 1),
            JsonTree.number(tree, "disk_bytes", 0)));
  }
}
