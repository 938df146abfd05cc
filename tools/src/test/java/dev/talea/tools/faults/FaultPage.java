// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The page of a run: what was run where, what each trial came to over all rounds, and which test
 * caught which planted bug. Written anew after each step, so that a run that is ended has one too.
 * Used by the thread of the programme and by the one that ends it; one monitor guards everything.
 */
final class FaultPage {
  private final Path root;
  private final Path file;
  private final long seed;
  private final Instant begun = Instant.now();
  private final String commit;
  private final String machine;
  private final Map<Trial, Tally> tallies = new LinkedHashMap<>();
  private final List<PlantedBugs.Found> planted = new ArrayList<>();
  private String ended = "";

  /** What one trial came to, over all rounds. */
  private static final class Tally {
    int rounds;
    long tests;
    long millis;
    final Map<String, Long> tried = new TreeMap<>();
    final List<String> failures = new ArrayList<>();
    final Set<String> skipped = new LinkedHashSet<>();
  }

  FaultPage(Path root, Path file, long seed) {
    this.root = root;
    this.file = file.toAbsolutePath();
    this.seed = seed;
    this.commit = commit(root);
    this.machine = machine();
  }

  Path file() {
    return file;
  }

  synchronized void trials(List<Trial> trials) {
    trials.forEach(trial -> tallies.put(trial, new Tally()));
  }

  synchronized void ran(Trial trial, int round, long own, ChildRun.Result result, long millis)
      throws IOException {
    Tally tally = tallies.computeIfAbsent(trial, any -> new Tally());
    tally.rounds++;
    tally.tests += result.tests();
    tally.millis += millis;
    result.tried().forEach((what, count) -> tally.tried.merge(what, count, Long::sum));
    tally.skipped.addAll(result.skipped());
    if (!result.failedTest().isEmpty()) {
      tally.failures.add(
          "%s, round %d, %s: %s; again with `%s`; output in %s"
              .formatted(
                  trial.what(),
                  round,
                  trial.seeds().isEmpty() ? "no seed" : "seed " + own,
                  result.failedTest(),
                  trial.command(own),
                  root.relativize(result.log())));
    }
    write();
  }

  synchronized void looked(PlantedBugs.Found found) throws IOException {
    planted.add(found);
    write();
  }

  /** It ends before its time. */
  synchronized void ended(String during) throws IOException {
    ended = during;
    write();
  }

  synchronized boolean isGreen() {
    return tallies.values().stream().allMatch(tally -> tally.failures.isEmpty())
        && planted.stream().noneMatch(found -> found.caughtBy().isEmpty());
  }

  /** How many of what, as far as tests say. */
  static String words(Map<String, Long> tried) {
    return tried.entrySet().stream()
        .map(each -> String.format(Locale.ROOT, "%,d %s", each.getValue(), each.getKey()))
        .collect(Collectors.joining(", "));
  }

  private void write() throws IOException {
    StringBuilder text = new StringBuilder("# A run of the fault programme\n\n");
    text.append("- seed: ").append(seed).append('\n');
    text.append("- commit: ").append(commit).append('\n');
    text.append("- machine: ").append(machine).append('\n');
    text.append("- begun: ").append(begun.truncatedTo(ChronoUnit.SECONDS));
    text.append(", took ").append(time(Duration.between(begun, Instant.now()))).append('\n');
    if (!ended.isEmpty()) {
      text.append("- ended by hand during: ").append(ended).append('\n');
    }
    text.append("- result: ")
        .append(isGreen() ? "nothing failed\n" : "**something failed**, see below\n");
    if (!tallies.isEmpty()) {
      trialTable(text);
    }
    list(
        text,
        "Failures",
        tallies.values().stream().flatMap(tally -> tally.failures.stream()).toList());
    list(
        text,
        "Skipped",
        tallies.values().stream().flatMap(tally -> tally.skipped.stream()).distinct().toList());
    list(
        text,
        "Trials without a seed",
        tallies.keySet().stream()
            .filter(trial -> !trial.unseeded().isEmpty())
            .map(trial -> trial.what() + " (`" + trial.module() + "`): " + trial.unseeded())
            .toList());
    if (!planted.isEmpty()) {
      plantedTable(text);
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void trialTable(StringBuilder text) {
    text.append(
            "\n## Trials\n\n| trial | module | seed | rounds | tests | what was tried | time | result |\n")
        .append("| --- | --- | --- | ---: | ---: | --- | ---: | --- |\n");
    tallies.forEach(
        (trial, tally) ->
            text.append(
                "| %s | `%s` | %s | %d | %d | %s | %s | %s |\n"
                    .formatted(
                        trial.what(),
                        trial.module(),
                        trial.seeds().isEmpty() ? "no" : "yes",
                        tally.rounds,
                        tally.tests,
                        words(tally.tried),
                        time(Duration.ofMillis(tally.millis)),
                        tally.rounds == 0
                            ? "not run"
                            : tally.failures.isEmpty()
                                ? "right"
                                : "**" + tally.failures.size() + " failed**")));
  }

  private void plantedTable(StringBuilder text) {
    long caught = planted.stream().filter(found -> !found.caughtBy().isEmpty()).count();
    text.append("\n## Planted bugs\n\n%d of %d caught.\n\n".formatted(caught, planted.size()))
        .append("| no. | what is planted | module | caught by | time |\n")
        .append("| ---: | --- | --- | --- | ---: |\n");
    for (PlantedBugs.Found found : planted) {
      Patch patch = found.patch();
      text.append(
          "| %d | %s | `%s` | %s | %s |\n"
              .formatted(
                  patch.number(),
                  patch.breaks(),
                  patch.module(),
                  found.caughtBy().isEmpty() ? "**not caught**" : "`" + found.caughtBy() + "`",
                  time(Duration.ofMillis(found.millis()))));
    }
  }

  private static void list(StringBuilder text, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      text.append("\n## ").append(title).append("\n\n");
      lines.forEach(line -> text.append("- ").append(line.strip()).append('\n'));
    }
  }

  private static String time(Duration duration) {
    long seconds = duration.toSeconds();
    return seconds < 60 ? seconds + " s" : "%d min %d s".formatted(seconds / 60, seconds % 60);
  }

  /** The sources of a release have no git. */
  private static String commit(Path root) {
    String commit = output(root, "git", "rev-parse", "HEAD");
    return commit.isEmpty()
        ? "unknown, these sources have no git"
        : commit
            + (output(root, "git", "status", "--porcelain").isEmpty()
                ? ""
                : ", with changes that are not committed");
  }

  private static String output(Path folder, String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? text.strip() : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static String machine() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      host = "a machine without a name";
    }
    return "%s, %s %s, %d processors, Java %s"
        .formatted(
            host,
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("java.version"));
  }
}
