// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.report.Report;
import dev.talea.bench.report.ReportJson;
import dev.talea.bench.report.ReportPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The commands of this room: a scenario each, one with hostile clients, and one that makes a page
 * of several reports.
 */
public final class LoadCommands {
  private static final int FAILED = 1;

  private LoadCommands() {}

  /** Adds them to the program. */
  public static void addTo(CommandLine program) {
    for (Scenario scenario : Scenario.values()) {
      CommandLine command = new CommandLine(new Load(scenario));
      command.getCommandSpec().usageMessage().description(scenario.description());
      program.addSubcommand(scenario.toString(), command);
    }
    program.addSubcommand("hostile", new CommandLine(new HostileRun()));
    program.addSubcommand("page", new CommandLine(new Page()));
  }

  @Command(sortOptions = false)
  private static final class Load implements Callable<Integer> {
    private final Scenario scenario;

    @Mixin private LoadOptions options = new LoadOptions();
    @Spec private @Nullable CommandSpec spec;

    Load(Scenario scenario) {
      this.scenario = scenario;
    }

    @Override
    public Integer call() throws InterruptedException {
      String problem = options.problem(scenario);
      if (problem != null && spec != null) {
        throw new ParameterException(spec.commandLine(), problem);
      }
      return new ScenarioRun(scenario, options, System.out, System.err).run();
    }
  }

  @Command(description = "Makes one page of the JSON files of several runs on the same machine.")
  private static final class Page implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Reports, as --json wrote them.")
    private List<Path> files = List.of();

    @Option(names = "--html", required = true, paramLabel = "FILE", description = "The page.")
    private Path html = Path.of("report.html");

    @Option(names = "--title", description = "Default: ${DEFAULT-VALUE}.")
    private String title = "talea bench";

    @Override
    public Integer call() {
      try {
        List<Report> reports = new ArrayList<>();
        for (Path file : files) {
          reports.add(ReportJson.read(file));
        }
        ReportPage.write(Report.merge(title, reports), html);
        return 0;
      } catch (IOException | IllegalArgumentException e) {
        System.err.println("talea bench page: " + e.getMessage());
        return FAILED;
      }
    }
  }
}
