// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench;

import dev.talea.bench.load.LoadCommands;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * Where {@code ./talea bench} starts: picks the command and turns its outcome into an exit code.
 */
@Command(
    name = "talea bench",
    description = {
      "Measures talea over HTTP, next to what the machine can do, and verifies that what was"
          + " measured was also right. docs/benchmarks.md says what the figures mean.",
      "Exit codes: 0 all is well; 1 the server cannot be reached or the machine said no; 2 the"
          + " command line makes no sense; 3 the ledger does not hold what it acknowledged."
    })
public final class Main {
  private static final int USAGE = 2;

  private Main() {}

  /** Runs and exits. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** All commands there are. */
  public static CommandLine commandLine() {
    CommandLine bench = new CommandLine(new Main());
    LoadCommands.addTo(bench);
    addHelp(bench);
    bench.setCaseInsensitiveEnumValuesAllowed(true);
    bench.setParameterExceptionHandler((e, words) -> misused(e));
    return bench;
  }

  private static void addHelp(CommandLine command) {
    command.getCommandSpec().mixinStandardHelpOptions(true);
    command.getSubcommands().values().forEach(Main::addHelp);
  }

  private static int misused(ParameterException e) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + e.getMessage());
    command.getErr().println("Try '" + name + " --help'.");
    return USAGE;
  }
}
