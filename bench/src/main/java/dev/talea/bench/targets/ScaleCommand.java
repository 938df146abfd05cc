// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.embedded.DiskUse;
import dev.talea.bench.embedded.Load;
import dev.talea.bench.embedded.ScaleRun;
import dev.talea.bench.report.Machine;
import dev.talea.bench.report.Report;
import dev.talea.bench.report.ReportJson;
import dev.talea.bench.report.ReportPage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench/scale}: a large ledger in a small heap, with reads at several sizes. */
@Command(
    name = "bench/scale",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Loads a large ledger in a small heap, reads, stops, kills, opens and weighs it.")
public final class ScaleCommand implements Callable<Integer> {
  private static final List<Long> SIZES = List.of(1_000_000L, 3_000_000L);

  @Option(names = "--transactions", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
  private long transactions = 10_000_000;

  @Option(
      names = "--accounts",
      paramLabel = "N",
      description = "over all books together; default: ${DEFAULT-VALUE}")
  private int accounts = 100_000;

  @Option(names = "--books", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
  private int books = 1000;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "-Xmx of the process; default: ${DEFAULT-VALUE}")
  private String heap = "256m";

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "for each kind of read at each size; default: ${DEFAULT-VALUE}")
  private double seconds = 5;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "where the data go, the disk to measure (default: target/scale)")
  private @Nullable Path dir;

  private final Path module;
  private final PrintStream out;

  private ScaleCommand(Path module, PrintStream out) {
    this.module = module;
    this.out = out;
  }

  /** The folder of this module comes from the script, as a system property. */
  public static void main(String[] args) {
    Path module = Path.of(System.getProperty("talea.bench.module", "bench"));
    System.exit(new CommandLine(new ScaleCommand(module, System.out)).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Instant date = Instant.now();
    Path folder = Files.createDirectories(module.resolve("target").resolve("scale"));
    Path parent = dir == null ? folder : Files.createDirectories(dir);
    Path data = Files.createTempDirectory(parent, "data-");
    Machine machine = Machine.observe(data, date);
    out.println(machine.summary());
    List<Long> sizes = new ArrayList<>(SIZES);
    sizes.removeIf(size -> size >= transactions);
    sizes.add(transactions);
    try {
      ScaleRun.Outcome outcome =
          ScaleRun.run(
              data.resolve("ledger"),
              new Load(books, Math.max(2, accounts / books)),
              sizes,
              heap,
              seconds,
              out::println);
      Report report = new Report("Scale", machine, outcome.results(), List.of());
      ReportJson.write(report, folder.resolve("scale.json"));
      ReportPage.write(report, folder.resolve("scale.html"));
      out.println(folder.resolve("scale.json") + ", " + folder.resolve("scale.html"));
      return 0;
    } finally {
      DiskUse.delete(data);
    }
  }
}
