// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the fault programme: the planted bugs, where asked for; then rounds of all trials until the
 * time is over, each round of each trial with a seed that follows from the first one. {@code
 * tools/faults} compiles everything, knows the options and starts it. One thread; what it starts
 * runs in JVMs of their own. Ended by hand (Ctrl-C), it ends those, and its page says so.
 */
public final class FaultProgramme {
  private final Path root;
  private final Path work;
  private final long seed;
  private final FaultPage page;
  private final CountDownLatch ending = new CountDownLatch(1);
  private volatile String doing = "";
  private volatile boolean done;

  private FaultProgramme(Path root, Path page, long seed) {
    this.root = root;
    this.work = root.resolve("target/faults");
    this.seed = seed;
    this.page = new FaultPage(root, page, seed);
  }

  /** Exit code 0: nothing failed and every planted bug was caught; 2: wrong options. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    Path root = Path.of(options.getOrDefault("--root", ".")).toAbsolutePath().normalize();
    long seed;
    long seconds;
    List<Trial> trials;
    List<Patch> bugs;
    try {
      String given = options.get("--seed");
      seed = given == null ? new Random().nextInt(Integer.MAX_VALUE) : Long.parseLong(given);
      seconds = seconds(options.getOrDefault("--for", "0s"));
      trials = trials(options.getOrDefault("--trials", ""));
      bugs = bugs(root, options.get("--planted"));
    } catch (IllegalArgumentException e) {
      System.err.println("tools/faults: " + e.getMessage() + "; --help says more");
      System.exit(2);
      return;
    }
    Path file = Path.of(options.getOrDefault("--page", root + "/target/faults/page.md"));
    FaultProgramme programme = new FaultProgramme(root, file, seed);
    System.out.printf(
        "seed %d; planted bugs: %d; trials: %d%s; page %s%n",
        seed,
        bugs.size(),
        trials.size(),
        seconds == 0 ? " once" : " for " + options.get("--for") + " (the first round to its end)",
        programme.page.file());
    Runtime.getRuntime().addShutdownHook(new Thread(programme::endByHand));
    programme.plant(bugs);
    programme.rounds(trials, seconds);
    programme.done = true;
    boolean green = programme.page.isGreen();
    System.out.println((green ? "nothing failed" : "SOMETHING FAILED") + ", see " + file);
    System.exit(green ? 0 : 1);
  }

  private static long seconds(String text) {
    if (!text.matches("\\d{1,6}[smh]")) {
      throw new IllegalArgumentException("--for takes a time like 90s, 10m or 2h, not " + text);
    }
    long number = Long.parseLong(text.substring(0, text.length() - 1));
    return switch (text.charAt(text.length() - 1)) {
      case 's' -> number;
      case 'm' -> number * 60;
      default -> number * 3600;
    };
  }

  private static List<Trial> trials(String which) {
    List<Trial> trials =
        Trial.all().stream()
            .filter(trial -> trial.module().equals(which) || trial.what().contains(which))
            .toList();
    if (which.equals("none")) {
      return List.of();
    }
    if (trials.isEmpty()) {
      throw new IllegalArgumentException("no module and no trial is called " + which);
    }
    return trials;
  }

  private static List<Patch> bugs(Path root, @Nullable String which) throws IOException {
    if (which == null) {
      return List.of();
    }
    List<Patch> bugs =
        Patch.all(root.resolve("tools/src/test/planted")).stream()
            .filter(
                patch ->
                    which.equals("all")
                        || which.equals("" + patch.number())
                        || which.equals(patch.module())
                        || (!which.matches("\\d+") && patch.name().contains(which)))
            .toList();
    if (bugs.isEmpty()) {
      throw new IllegalArgumentException("no planted bug is called " + which);
    }
    return bugs;
  }

  /** Beside the thread of the programme, which waits for what is ended here. */
  private void endByHand() {
    if (done) {
      return;
    }
    ending.countDown();
    List<ProcessHandle> children = ProcessHandle.current().descendants().toList();
    children.forEach(ProcessHandle::destroy);
    try {
      page.ended(doing);
      System.out.printf("%nended by hand during: %s; page %s%n", doing, page.file());
      for (ProcessHandle child : children) {
        child.onExit().get(5, TimeUnit.SECONDS);
      }
    } catch (IOException | InterruptedException | ExecutionException | TimeoutException e) {
      children.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private void begin(String what) {
    doing = what;
    System.out.print(what + " ... ");
    System.out.flush();
  }

  private void plant(List<Patch> patches) throws IOException, InterruptedException {
    PlantedBugs bugs = new PlantedBugs(root, work.resolve("planted"));
    int nth = 0;
    for (Patch patch : patches) {
      begin(
          "planted %d of %d, %s: %s"
              .formatted(++nth, patches.size(), patch.module(), patch.breaks()));
      PlantedBugs.Found found = bugs.look(patch);
      awaitEnd(found.caughtBy());
      page.looked(found);
      System.out.printf(
          "%s, %d s%n",
          found.caughtBy().isEmpty() ? "NOT CAUGHT" : "caught by " + found.caughtBy(),
          found.millis() / 1000);
    }
  }

  private void rounds(List<Trial> trials, long seconds) throws IOException, InterruptedException {
    page.trials(trials);
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    Random seeds = new Random(seed);
    int round = 0;
    do {
      round++;
      int nth = 0;
      for (Trial trial : trials) {
        nth++;
        long own = seeds.nextInt(Integer.MAX_VALUE); // one that a person can type
        if (round == 1 || System.nanoTime() < end) {
          begin(
              "round %d, %d of %d, %s: %s"
                  .formatted(round, nth, trials.size(), trial.module(), trial.what()));
          round(trial, round, own);
        }
      }
    } while (!trials.isEmpty() && System.nanoTime() < end);
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
            .resolve(
                trial.module()
                    + "-"
                    + trial.tests().get(0).replace('#', '-')
                    + "-"
                    + round
                    + ".log");
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
    awaitEnd(result.failedTest());
    page.ran(trial, round, own, result, millis);
    if (result.failedTest().isEmpty()) {
      Files.delete(log);
    }
    System.out.printf(
        "%s%s, %d s%n",
        result.failedTest().isEmpty()
            ? "right"
            : "FAILED " + result.failedTest() + ": " + trial.command(own),
        result.tried().isEmpty() ? "" : " (" + FaultPage.words(result.tried()) + ")",
        millis / 1000);
  }

  /** Ctrl-C reaches the tests too, at the same time: what they say of it is no failure. */
  private void awaitEnd(String failure) throws InterruptedException {
    if (failure.isEmpty() ? ending.getCount() == 0 : ending.await(1, TimeUnit.SECONDS)) {
      new CountDownLatch(1).await(); // until this JVM has ended
    }
  }
}
