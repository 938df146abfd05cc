// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code talea completions}. */
@Command(
    name = "completions",
    description = {
      "Prints a script that teaches a shell to complete talea's commands and options.",
      "bash: source <(talea completions bash)",
      "zsh: source <(talea completions zsh)",
      "fish: talea completions fish | source"
    })
final class CompletionsCommand implements Callable<Integer> {
  private enum ShellName {
    bash,
    zsh,
    fish
  }

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
  private ShellName shellName = ShellName.bash;

  @Spec private @Nullable CommandSpec spec;

  private final Shell shell;

  CompletionsCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("a command without its description");
    }
    CommandLine root = spec.root().commandLine();
    CommandLine daemon = Main.commandLine("talead", shell);
    String script =
        switch (shellName) {
          case bash -> bash(root, daemon);
          // The script finds out by itself that it runs in zsh, once bash's completion is loaded.
          case zsh ->
              "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"
                  + bash(root, daemon);
          case fish ->
              FishCompletion.of(root.getCommandSpec())
                  + "\n"
                  + FishCompletion.of(daemon.getCommandSpec());
        };
    shell.out().line(script.stripTrailing());
    return Main.OK;
  }

  private static String bash(CommandLine talea, CommandLine talead) {
    return "# Completion of talea and talead: source <(talea completions bash)\n"
        + code(AutoComplete.bash("talea", talea))
        + code(AutoComplete.bash("talead", talead));
  }

  /** What the library wrote without its introduction, which is about other ways to install it. */
  private static String code(String script) {
    return script
        .lines()
        .dropWhile(line -> line.isBlank() || line.startsWith("#"))
        .toList()
        .stream()
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
