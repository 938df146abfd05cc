// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Runs the fault programme: rounds of all trials until the time is over, each round of each trial
 * with a seed that follows from the first one; and, where asked for, the planted bugs. Then writes
 * a page. {@code tools/faults} compiles everything and starts it. One thread; what it starts runs
 * in JVMs of their own.
 */
public final class FaultProgramme {
  private static final String USAGE =
      """
      tools/faults [--seed N] [--for 1h] [--page FILE] [--trials WORD] [--planted [WORD]]
        --seed N        where all randomness begins; without it one is drawn, and printed
        --for TIME      how long rounds are begun, as 90s, 10m or 2h; without it one round
        --page FILE     Markdown, written anew after each trial (default target/faults/page.md)
        --trials WORD   only trials of this module, or with this in their names; 'none' for none
        --planted WORD  plant the bugs with this in their names before the rounds; 'all' for all
      """;

  private final Path root;
  private final Path work;
  private final Path page;
  private final long seed;
  private final Instant begun = Instant.now();
  private final long start = System.nanoTime();
  private final Map<Trial, Tally> tallies = new LinkedHashMap<>();
  private final List<PlantedBugs.Found> planted = new ArrayList<>();

  /** What one trial came to, over all rounds. */
  private static final class Tally {
    int rounds;
    long tests;
    long millis;
    final Map<String, Long> tried = new TreeMap<>();
    final List<String> failures = new ArrayList<>();
    final Set<String> skipped = new LinkedHashSet<>();
  }

  private FaultProgramme(Path root, Path page, long seed) {
    this.root = root;
    this.work = root.resolve("target/faults");
    this.page = page;
    this.seed = seed;
  }

  /** Exit code 0: nothing failed and every planted bug was caught. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Map<String, String> options = new TreeMap<>();
    Set<String> known = Set.of("--root", "--seed", "--for", "--page", "--trials", "--planted");
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length || !known.contains(arguments[i])) {
        System.err.print(USAGE);
        System.exit(2);
      }
      options.put(arguments[i], arguments[i + 1]);
    }
    Path root = Path.of(options.getOrDefault("--root", ".")).toAbsolutePath().normalize();
    String seed = options.get("--seed");
    FaultProgramme programme =
        new FaultProgramme(
            root,
            root.resolve(options.getOrDefault("--page", "target/faults/page.md")),
            seed == null ? new Random().nextInt(Integer.MAX_VALUE) : Long.parseLong(seed));
    System.out.println("seed " + programme.seed);
    String bugs = options.get("--planted");
    if (bugs != null) {
      programme.plant(bugs.equals("all") ? "" : bugs);
    }
    String trials = options.getOrDefault("--trials", "");
    if (!trials.equals("none")) {
      programme.rounds(trials, seconds(options.getOrDefault("--for", "0s")));
    }
    System.out.println("page: " + programme.page);
    System.exit(programme.isGreen() ? 0 : 1);
  }

  private static long seconds(String text) {
    long number = Long.parseLong(text.substring(0, text.length() - 1));
    return switch (text.charAt(text.length() - 1)) {
      case 's' -> number;
      case 'm' -> number * 60;
      case 'h' -> number * 3600;
      default -> throw new IllegalArgumentException("a time is like 90s, 10m or 2h, not " + text);
    };
  }

  private void plant(String which) throws IOException, InterruptedException {
    PlantedBugs bugs = new PlantedBugs(root, work.resolve("planted"));
    for (Patch patch : Patch.all(root.resolve("tools/src/test/planted"))) {
      if (patch.name().contains(which) || patch.module().equals(which)) {
        PlantedBugs.Found found = bugs.look(patch);
        planted.add(found);
        System.out.printf(
            "%s (%s): %s, %d s%n",
            patch.name(),
            patch.module(),
            found.caughtBy().isEmpty() ? "NOT CAUGHT" : "caught by " + found.caughtBy(),
            found.millis() / 1000);
        writePage();
      }
    }
  }

  private void rounds(String which, long seconds) throws IOException, InterruptedException {
    List<Trial> trials =
        Trial.all().stream()
            .filter(trial -> trial.module().equals(which) || trial.what().contains(which))
            .toList();
    trials.forEach(trial -> tallies.put(trial, new Tally()));
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    Random seeds = new Random(seed);
    int round = 0;
    do {
      round++;
      for (Trial trial : trials) {
        long own = seeds.nextInt(Integer.MAX_VALUE); // one that a person can type
        if (round == 1 || System.nanoTime() < end) {
          round(trial, round, own);
        }
      }
    } while (System.nanoTime() < end);
  }

  private void round(Trial trial, int round, long own) throws IOException, InterruptedException {
    Module module = Module.at(root, trial.module());
    List<String> tests = new ArrayList<>();
    for (String test : trial.tests()) {
      String[] parts = test.split("#", 2);
      tests.add(module.className(parts[0]) + (parts.length == 1 ? "" : "#" + parts[1]));
    }
    Path log =
        work.resolve("logs")
            .resolve(trial.module() + "-" + trial.tests().get(0) + "-" + round + ".log");
    long from = System.nanoTime();
    ChildRun.Result result =
        ChildRun.run(
            module,
            module.classes(),
            trial.properties(own),
            trial.fuzz() ? Map.of("JAZZER_FUZZ", "1") : Map.of(),
            tests,
            log);
    long millis = (System.nanoTime() - from) / 1_000_000;
    Tally tally = Objects.requireNonNull(tallies.get(trial));
    tally.rounds++;
    tally.tests += result.tests();
    tally.millis += millis;
    result.tried().forEach((what, count) -> tally.tried.merge(what, count, Long::sum));
    tally.skipped.addAll(result.skipped());
    if (result.failedTest().isEmpty()) {
      Files.delete(log);
    } else {
      tally.failures.add(
          "%s, round %d, seed %d: %s; again with `%s`; output in %s"
              .formatted(
                  trial.what(),
                  round,
                  own,
                  result.failedTest(),
                  trial.command(own),
                  root.relativize(log)));
    }
    System.out.printf(
        "round %d, %s: %s%s, %d s%n",
        round,
        trial.what(),
        result.failedTest().isEmpty()
            ? "right"
            : "FAILED " + result.failedTest() + ": " + trial.command(own),
        result.tried().isEmpty() ? "" : " " + words(result.tried()),
        millis / 1000);
    writePage();
  }

  private boolean isGreen() {
    return tallies.values().stream().allMatch(tally -> tally.failures.isEmpty())
        && planted.stream().noneMatch(found -> found.caughtBy().isEmpty());
  }

  private static String words(Map<String, Long> tried) {
    return tried.entrySet().stream()
        .map(each -> String.format(Locale.ROOT, "%,d %s", each.getValue(), each.getKey()))
        .collect(Collectors.joining(", "));
  }

  private void writePage() throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("# A run of the fault programme\n\n")
        .append(
            "Seed %d, begun %s, %d minutes, on %s (%s %s, %d processors, Java %s).\n"
                .formatted(
                    seed,
                    begun.toString().replaceAll("\\..*", "Z"),
                    (System.nanoTime() - start) / 60_000_000_000L,
                    host(),
                    System.getProperty("os.name"),
                    System.getProperty("os.version"),
                    Runtime.getRuntime().availableProcessors(),
                    System.getProperty("java.version")))
        .append(isGreen() ? "Nothing failed.\n" : "**Something failed**, see below.\n");
    if (!tallies.isEmpty()) {
      text.append("\n| trial | module | rounds | tried | tests | seconds | failures |\n")
          .append("| --- | --- | ---: | --- | ---: | ---: | ---: |\n");
      tallies.forEach(
          (trial, tally) ->
              text.append(
                  "| %s | `%s` | %d | %s | %d | %d | %d |\n"
                      .formatted(
                          trial.what(),
                          trial.module(),
                          tally.rounds,
                          words(tally.tried),
                          tally.tests,
                          tally.millis / 1000,
                          tally.failures.size())));
    }
    list(
        text,
        "Failures",
        tallies.values().stream().flatMap(tally -> tally.failures.stream()).toList());
    list(
        text,
        "Skipped",
        tallies.values().stream().flatMap(tally -> tally.skipped.stream()).toList());
    if (!planted.isEmpty()) {
      text.append(
          "\n## Planted bugs\n\n| bug | module | caught by | seconds |\n| --- | --- | --- | ---: |\n");
      for (PlantedBugs.Found found : planted) {
        text.append(
            "| %s | `%s` | %s | %d |\n"
                .formatted(
                    found.patch().breaks(),
                    found.patch().module(),
                    found.caughtBy().isEmpty() ? "**not caught**" : "`" + found.caughtBy() + "`",
                    found.millis() / 1000));
      }
    }
    Files.createDirectories(page.toAbsolutePath().getParent());
    Files.writeString(page, text);
  }

  private static void list(StringBuilder text, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      text.append("\n## ").append(title).append("\n\n");
      lines.forEach(line -> text.append("- ").append(line.strip()).append('\n'));
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "a machine without a name";
    }
  }
}
