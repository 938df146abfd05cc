// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.reconcile.run.Detection;
import dev.talea.reconcile.run.JsonTree;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * What {@code talea reconcile recipe} does for a person who has no recipe yet, or one that was
 * never tried: drafts go to standard output as documents for {@code --save}, and what was found
 * about them to standard error. Apart from {@link ReconcileCommand}, which shows and saves what
 * there is.
 *
 * <p>One thread.
 */
final class RecipeHelp {
  private static final String LEDGER = "ledger:";

  @Option(
      names = "--propose",
      description = "Drafts a recipe from the first rows of --left and --right, and prints it.")
  private boolean propose;

  @Option(
      names = "--preview",
      paramLabel = "FILE",
      description = "Tries this document on the first rows of both sides; nothing is kept.")
  private @Nullable String preview;

  @Option(
      names = "--left",
      paramLabel = "SOURCE",
      description =
          "With --propose PROFILE=FILE, ledger:BOOK/ACCOUNT[,ACCOUNT...], or @FILE with a source as"
              + " a recipe has it; with --preview a file that is sent.")
  private @Nullable String left;

  @Option(names = "--right", paramLabel = "SOURCE", description = "As --left.")
  private @Nullable String right;

  @Option(
      names = "--assistant",
      description = "With --propose asks the server's assistant as well, which sees no value.")
  private boolean assistant;

  @Option(
      names = "--param",
      paramLabel = "NAME=VALUE",
      description = "With --preview a parameter of the recipe; may be repeated.")
  private Map<String, String> parameters = Map.of();

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "With --preview rows of each side, 10,000 at most; 1,000 unless told.")
  private @Nullable Long rows;

  /** Where it says what it found. */
  interface Told {
    void print(byte[] answer, Supplier<String> table);
  }

  boolean isWanted() {
    return propose || preview != null;
  }

  /**
   * Looks at the options together.
   *
   * @param others whether something else is to be done with a document
   */
  void check(boolean others) {
    if ((isWanted() && others) || (propose && preview != null)) {
      throw new UsageException("only one of --propose, --preview, --save and --check");
    }
    if (propose && (left == null || right == null)) {
      throw new UsageException("--propose takes --left and --right");
    }
    if (!isWanted() && (left != null || right != null || rows != null)) {
      throw new UsageException("--left, --right and --rows go with --propose or --preview");
    }
  }

  // ---- a draft

  int run(@Nullable String name, ReconcileClient client, Shell shell, Told told)
      throws IOException {
    return preview == null ? propose(name, client, shell) : preview(client, shell, told);
  }

  private int propose(@Nullable String name, ReconcileClient client, Shell shell)
      throws IOException {
    Map<String, @Nullable Object> wanted = new LinkedHashMap<>();
    if (name != null) {
      wanted.put("name", name);
    }
    wanted.put("left", source("--left", "" + left, client, shell));
    wanted.put("right", source("--right", "" + right, client, shell));
    byte[] answer =
        client.post(
            "/recipes/propose" + (assistant ? "?assistant=true" : ""), JsonTree.bytes(wanted));
    Map<String, @Nullable Object> draft = ReconcileClient.tree(answer);
    if (!"completed".equals(draft.get("state"))) {
      throw new FailedException("No recipe was drafted: " + draft.get("reason"));
    }
    PrintStream err = shell.err();
    for (String what : List.of("reasons", "remarks")) {
      for (Object line : JsonTree.list(draft, what)) {
        err.println("talea reconcile recipe: " + Terminal.safe("" + line));
      }
    }
    err.flush();
    shell.out().line(pretty(draft.get("recipe")));
    return Main.OK;
  }

  private static String pretty(@Nullable Object document) {
    return PrettyJson.of(new String(JsonTree.bytes(document), StandardCharsets.UTF_8));
  }

  private static Map<String, @Nullable Object> source(
      String option, String text, ReconcileClient client, Shell shell) throws IOException {
    if (text.startsWith("@")) {
      return JsonTree.object(
          option, Files.readAllBytes(shell.directory().resolve(text.substring(1))));
    }
    if (text.startsWith(LEDGER)) {
      String[] parts = text.substring(LEDGER.length()).split("/", 2);
      if (parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty()) {
        return Map.of(
            "ledger", Map.of("book", parts[0], "accounts", List.of(parts[1].split(",", -1))));
      }
      throw new UsageException(option + " is " + text + ", but must be ledger:BOOK/ACCOUNT");
    }
    int at = text.indexOf('=');
    if (at <= 0) {
      throw new UsageException(
          option
              + " is "
              + text
              + ", but must be PROFILE=FILE, ledger:BOOK/ACCOUNT or @FILE; for a file without a"
              + " profile: 'talea reconcile profile --detect FILE'");
    }
    return Map.of(
        "file",
        Map.of("profile", text.substring(0, at)),
        "upload",
        client.upload(shell.directory().resolve(text.substring(at + 1))));
  }

  // ---- a trial

  private int preview(ReconcileClient client, Shell shell, Told told) throws IOException {
    Map<String, @Nullable Object> wanted = new LinkedHashMap<>();
    wanted.put(
        "recipe",
        JsonTree.object("" + preview, Files.readAllBytes(shell.directory().resolve("" + preview))));
    if (!parameters.isEmpty()) {
      wanted.put("parameters", parameters);
    }
    if (rows != null) {
      wanted.put("rows", rows);
    }
    for (String side : List.of("left", "right")) {
      String file = side.equals("left") ? left : right;
      if (file != null) {
        wanted.put(side, Map.of("upload", client.upload(shell.directory().resolve(file))));
      }
    }
    byte[] answer = client.post("/recipes/preview", JsonTree.bytes(wanted));
    Map<String, @Nullable Object> tried = ReconcileClient.tree(answer);
    boolean completed = "completed".equals(tried.get("state"));
    told.print(answer, () -> completed ? table(tried) : "failed: " + tried.get("reason"));
    return completed ? Main.OK : Main.FAILED;
  }

  private static String table(Map<String, @Nullable Object> tried) {
    StringBuilder text = new StringBuilder();
    text.append(tried.get("remark")).append("\n\n");
    text.append(ReconcileView.totals(JsonTree.child(tried, "outcome")));
    Map<String, @Nullable Object> states = JsonTree.child(tried, "rows");
    for (String state : states.keySet()) {
      List<Map<String, @Nullable Object>> shown = rows(states, state);
      for (String side : List.of("left", "right", "")) {
        // Rows of the two sides may have other fields, and so do not fit into one table.
        List<Map<String, @Nullable Object>> of =
            state.equals("unmatched")
                ? shown.stream().filter(row -> side.equals(row.get("side"))).toList()
                : side.isEmpty() ? shown : List.of();
        if (!of.isEmpty()) {
          text.append("\n\n").append(state).append(side.isEmpty() ? "" : ", " + side);
          text.append('\n').append(ReconcileView.rows(of));
        }
      }
    }
    return text.toString();
  }

  @SuppressWarnings("unchecked") // what is no object is passed over
  private static List<Map<String, @Nullable Object>> rows(
      Map<String, @Nullable Object> states, String state) {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (Object row : JsonTree.list(states, state)) {
      if (row instanceof Map<?, ?>) {
        rows.add((Map<String, @Nullable Object>) row);
      }
    }
    return rows;
  }

  // ---- a format

  /** Prints the profile that a file of this machine may have, and on the side what is open. */
  static int detect(String file, Shell shell) throws IOException {
    Path path = shell.directory().resolve(file);
    Map<String, @Nullable Object> found;
    try {
      found = Detection.of(path);
    } catch (IOException e) {
      throw new FailedException("The format of " + file + " was not found: " + e.getMessage(), e);
    }
    PrintStream err = shell.err();
    for (Object each : JsonTree.list(found, "findings")) {
      if (each instanceof Map<?, ?> finding) {
        err.println(Terminal.safe(line(finding)));
      }
    }
    if (found.get("remark") != null) {
      err.println(Terminal.safe("" + found.get("remark")));
    }
    for (String what : List.of("rows", "rejected")) {
      List<Map<String, @Nullable Object>> rows = rows(found, what);
      if (!rows.isEmpty()) {
        err.println();
        err.println(what.equals("rows") ? "Its first rows, amounts in minor units:" : "Rejected:");
        err.println(Terminal.safeLines(ReconcileView.rows(rows)));
      }
    }
    long open = JsonTree.number(found, "open", 0);
    if (open > 0) {
      err.println();
      err.println("Before it is saved, settle what is marked with a question: " + open);
    }
    err.flush();
    shell.out().line(pretty(found.get("profile")));
    return Main.OK;
  }

  private static String line(Map<?, ?> finding) {
    String line =
        (Boolean.TRUE.equals(finding.get("open")) ? "? " : "  ")
            + finding.get("setting")
            + " "
            + finding.get("value")
            + ", fits "
            + finding.get("fits")
            + " of "
            + finding.get("of");
    return finding.get("remark") == null ? line : line + "; " + finding.get("remark");
  }
}
