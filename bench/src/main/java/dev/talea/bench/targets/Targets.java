// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.report.Machine;
import dev.talea.bench.report.Report;
import dev.talea.bench.report.ReportJson;
import dev.talea.bench.report.ReportPage;
import dev.talea.bench.report.Target;
import dev.talea.bench.report.Target.Verdict;
import dev.talea.bench.targets.Section.Line;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench/targets}: measures the whole table of targets with its baselines in the same run,
 * and says of each line whether it is met. A missed target is an outcome, not an error: the exit
 * code is 0 if every line that is built could be measured, 1 if not.
 */
@Command(
    name = "bench/targets",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures the table of targets and says met or missed.")
public final class Targets implements Callable<Integer> {
  @Option(
      names = "--only",
      paramLabel = "REGEX",
      description = "Only the sections in whose name this is found: ${COMPLETION-CANDIDATES}",
      completionCandidates = SectionNames.class)
  private @Nullable String only;

  @Option(
      names = "--quick",
      description = "Little of everything, to try whether it works. The figures mean little.")
  private boolean quick;

  @Option(
      names = "--transactions",
      paramLabel = "N",
      description = "Length of the long histories (10,000,000; with --quick 200,000)")
  private @Nullable Long transactions;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description =
          "Where the data go: the disk to measure (default: target/targets of this module)")
  private @Nullable Path dir;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where targets.json and targets.html go (default: target/targets)")
  private @Nullable Path out;

  private final Path module;
  private final PrintStream table;
  private final PrintStream progress;

  private Targets(Path module, PrintStream table, PrintStream progress) {
    this.module = module;
    this.table = table;
    this.progress = progress;
  }

  /** The folder of this module comes from the script, as a system property. */
  public static void main(String[] args) {
    Path module = Path.of(System.getProperty("talea.bench.module", "bench"));
    System.exit(new CommandLine(new Targets(module, System.out, System.err)).execute(args));
  }

  /** For the help text. */
  static final class SectionNames extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    SectionNames() {
      sections(Path.of("")).forEach(section -> add(section.id()));
    }
  }

  /** All there are, in the order of the table. */
  static List<Section> sections(Path module) {
    Path binary = module.toAbsolutePath().resolveSibling("tools").resolve("target/talea");
    return List.of(
        new CommitLatency(),
        new GroupCommit(),
        new Http(),
        new History(),
        new Scale(),
        new ManyBooks(),
        new Start(binary),
        new Databases(),
        new Projections(),
        new Reconciling());
  }

  @Override
  public Integer call() throws IOException {
    Instant date = Instant.now();
    Run.Size size = quick ? Run.Size.QUICK : Run.Size.FULL;
    if (transactions != null) {
      size = size.withTransactions(transactions);
    }
    Path parent = dir == null ? module.resolve("target").resolve("targets") : dir;
    Path data = Files.createTempDirectory(Files.createDirectories(parent), "data-");
    Run run = new Run(data, size, progress);
    Machine machine = Machine.observe(data, date);
    boolean whole = true;
    try {
      for (Section section : sections(module)) {
        if (only == null || Pattern.compile(only).matcher(section.id()).find()) {
          whole &= measured(section, run);
        }
      }
    } finally {
      Files.delete(data);
    }
    Report report =
        new Report(
            quick ? "Targets, tried quickly" : "Targets", machine, run.results(), run.targets());
    print(report);
    write(report);
    return whole ? 0 : 1;
  }

  /** What goes wrong in one section is said in its lines; the others are measured all the same. */
  private boolean measured(Section section, Run run) {
    progress.println(section.id());
    long from = System.nanoTime();
    String why = "";
    try {
      section.measure(run);
    } catch (Exception e) {
      why = String.valueOf(e.getMessage());
      progress.println("  could not be measured: " + e);
      e.printStackTrace(progress);
    }
    progress.printf(Locale.ROOT, "  took %.0f s%n", (System.nanoTime() - from) / 1e9);
    Set<String> done = new HashSet<>();
    run.targets().forEach(target -> done.add(target.name()));
    boolean whole = true;
    for (Line line : section.lines()) {
      if (!done.contains(line.name())) {
        run.add(Judge.notMeasured(line.name(), line.asks(), null, why));
        whole = false;
      }
    }
    return whole;
  }

  private void print(Report report) {
    table.println(report.machine().summary());
    for (Target target : report.targets()) {
      table.printf(Locale.ROOT, "%-12s %s: %s%n", target.verdict(), target.name(), target.asks());
      if (!target.measured().isEmpty()) {
        table.printf(Locale.ROOT, "%13smeasured %s", "", target.measured());
        if (target.baseline() != null) {
          table.printf(Locale.ROOT, ", baseline %s", target.baseline());
        }
        if (target.ratio() != null) {
          table.printf(Locale.ROOT, ", ratio %.3f", target.ratio());
        }
        table.println();
      } else if (target.baseline() != null) {
        table.printf(Locale.ROOT, "%13sbaseline %s%n", "", target.baseline());
      }
      if (target.note() != null) {
        table.printf(Locale.ROOT, "%13s%s%n", "", target.note());
      }
    }
    long met = count(report, Verdict.MET);
    long missed = count(report, Verdict.MISSED);
    table.printf(
        Locale.ROOT,
        "%d met, %d missed, %d not measured%n",
        met,
        missed,
        report.targets().size() - met - missed);
  }

  private static long count(Report report, Verdict verdict) {
    return report.targets().stream().filter(target -> target.verdict() == verdict).count();
  }

  private void write(Report report) throws IOException {
    Path folder =
        Files.createDirectories(out == null ? module.resolve("target").resolve("targets") : out);
    Path json = folder.resolve("targets.json");
    Path page = folder.resolve("targets.html");
    ReportJson.write(report, json);
    ReportPage.write(report, page);
    table.println(json + ", " + page);
  }
}
