// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables, layout of JSON, manual pages, completions. */
class PresentationTest {
  @TempDir private Path directory;

  @Test
  void jsonIsLaidOutAndNothingInItIsTouched() {
    assertEquals("1e400", PrettyJson.of("1e400"));
    assertEquals("{}", PrettyJson.of("{}"));
    assertEquals("[\n  [],\n  {}\n]", PrettyJson.of("[[],{}]"));
    assertEquals(
        "{\n  \"a,{\\\"\": [\n    1.50,\n    \"x:y\\\\\"\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}",
        PrettyJson.of("{\"a,{\\\"\":[1.50,\"x:y\\\\\"],\"b\":{\"c\":null}}"));
  }

  @Test
  void columnsAreAsWideAsTheirWidestCellAndNumbersStandRight() {
    Table table = new Table("name", ">minor", "note");
    table.row("счёт 🏦", 5, "").row("b", 12345678, "last");
    assertEquals(
        "name       minor  note\nсчёт 🏦         5\nb       12345678  last", table.toString());
  }

  @Test
  void everyCommandGetsAManualPageThatNamesAllItsOptions() throws IOException {
    Result result = new TestShell(directory, Map.of()).talea("man", "--out-dir", "man/pages");
    assertEquals(new Result(0, "", ""), result);
    TreeSet<String> pages = new TreeSet<>();
    try (var files = Files.list(directory.resolve("man/pages"))) {
      files.forEach(file -> pages.add(file.getFileName().toString()));
    }
    assertEquals(
        List.of(
            "talea-account-open.1",
            "talea-account.1",
            "talea-accounts.1",
            "talea-asset-register.1",
            "talea-asset.1",
            "talea-assets.1",
            "talea-backup.1",
            "talea-balance.1",
            "talea-books.1",
            "talea-check.1",
            "talea-clock-accept.1",
            "talea-clock.1",
            "talea-completions.1",
            "talea-config.1",
            "talea-diff.1",
            "talea-digest.1",
            "talea-export.1",
            "talea-head-keygen.1",
            "talea-head.1",
            "talea-history.1",
            "talea-import.1",
            "talea-init.1",
            "talea-inspect.1",
            "talea-load.1",
            "talea-man.1",
            "talea-post.1",
            "talea-projection-drop.1",
            "talea-projection-list.1",
            "talea-projection-rebuild.1",
            "talea-projection-retry.1",
            "talea-projection-run.1",
            "talea-projection-skip.1",
            "talea-projection-status.1",
            "talea-projection-verify.1",
            "talea-projection.1",
            "talea-prove.1",
            "talea-reconcile-cancel.1",
            "talea-reconcile-demo.1",
            "talea-reconcile-exceptions.1",
            "talea-reconcile-import-kalla.1",
            "talea-reconcile-init.1",
            "talea-reconcile-match.1",
            "talea-reconcile-profile.1",
            "talea-reconcile-prune.1",
            "talea-reconcile-recipe.1",
            "talea-reconcile-rows.1",
            "talea-reconcile-run.1",
            "talea-reconcile-source.1",
            "talea-reconcile-unmatch.1",
            "talea-reconcile-verify.1",
            "talea-reconcile.1",
            "talea-replay.1",
            "talea-restore.1",
            "talea-serve.1",
            "talea-statement.1",
            "talea-tail.1",
            "talea-transactions.1",
            "talea-trial-balance.1",
            "talea-tx.1",
            "talea-up.1",
            "talea-verify.1",
            "talea-webhook-add.1",
            "talea-webhook-deliveries.1",
            "talea-webhook-list.1",
            "talea-webhook-pause.1",
            "talea-webhook-remove.1",
            "talea-webhook-replay.1",
            "talea-webhook-resume.1",
            "talea-webhook-rotate.1",
            "talea-webhook.1",
            "talea-worker.1",
            "talea.1"),
        List.copyOf(pages));
    String page = Files.readString(directory.resolve("man/pages/talea-post.1"));
    for (String option : List.of("book", "idem", "debit", "credit", "draft", "metadata")) {
      assertTrue(page.contains("\\fB\\-\\-" + option + "\\fR"), page);
    }
    assertTrue(page.contains(".SH EXAMPLES") && page.contains("idempotency_key"), page);
    assertTrue(page.contains(".SH ENVIRONMENT") && page.contains("TALEA_TOKEN"), page);
    assertTrue(page.contains(".B 141") && page.contains(".B 130"), page);
    String serve = Files.readString(directory.resolve("man/pages/talea-serve.1"));
    assertTrue(serve.contains("TALEA_CLOCK_SKEW_MAX"), serve);
    for (String line : page.lines().toList()) {
      // Requests of the formatter, and nothing else, start with a dot.
      assertTrue(!line.startsWith(".") || line.matches("\\.(TH|SH|TP|PP|B|I)\\b.*"), line);
    }
  }

  @Test
  void completionsKnowEveryCommandInEveryShell() {
    TestShell shell = new TestShell(directory, Map.of());
    for (String name : List.of("bash", "zsh", "fish")) {
      Result result = shell.talea("completions", name);
      assertEquals(0, result.exitCode(), result.err());
      for (String word : List.of("trial-balance", "register", "idem", "min-balance", "liability")) {
        assertTrue(result.out().contains(word), name + " does not know " + word);
      }
    }
    String bash = shell.talea("completions", "bash").out();
    assertTrue(bash.contains("complete -F _complete_talead "), "talead too");
    assertTrue(bash.contains("compgen -f"), "files");
    assertFalse(bash.contains("YOUR_APP_HOME"), "no instructions for something else");
    String fish = shell.talea("completions", "fish").out();
    assertTrue(fish.contains("__fish_seen_subcommand_from load' -F"), fish);
    assertTrue(fish.contains("complete -c talead "), fish);
    assertTrue(fish.contains("__fish_complete_directories"), fish);
    assertEquals(2, shell.talea("completions", "tcsh").exitCode());
  }
}
