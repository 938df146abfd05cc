// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes completions for fish, which picocli does not know: one {@code complete} line for each
 * command and each option, each with the condition under which it is offered. Stateless.
 */
final class FishCompletion {
  private FishCompletion() {}

  static String of(CommandSpec root) {
    List<String> lines = new ArrayList<>();
    lines.add("complete -c " + root.name() + " -f");
    commands(root, List.of(), lines);
    return String.join("\n", lines);
  }

  private static void commands(CommandSpec command, List<String> path, List<String> lines) {
    String here = condition(command, path);
    for (CommandLine sub : command.subcommands().values()) {
      CommandSpec spec = sub.getCommandSpec();
      lines.add(
          complete(command, here) + " -a " + spec.name() + " -d " + quoted(description(spec)));
    }
    for (OptionSpec option : command.options()) {
      lines.add(complete(command, conditionOfOptions(path)) + option(option));
    }
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      if (parameter.paramLabel().equals("FILE")) {
        lines.add(complete(command, conditionOfOptions(path)) + " -F");
      }
      for (String candidate : candidates(parameter.completionCandidates())) {
        lines.add(complete(command, conditionOfOptions(path)) + " -a " + quoted(candidate));
      }
    }
    for (CommandLine sub : command.subcommands().values()) {
      List<String> deeper = new ArrayList<>(path);
      deeper.add(sub.getCommandName());
      commands(sub.getCommandSpec(), deeper, lines);
    }
  }

  private static String complete(CommandSpec command, String condition) {
    return "complete -c " + command.root().name() + " -n " + quoted(condition);
  }

  private static String condition(CommandSpec command, List<String> path) {
    StringBuilder condition = new StringBuilder(conditionOfOptions(path));
    if (!command.subcommands().isEmpty()) {
      condition
          .append("; and not __fish_seen_subcommand_from ")
          .append(String.join(" ", command.subcommands().keySet()));
    }
    return condition.toString();
  }

  private static String conditionOfOptions(List<String> path) {
    if (path.isEmpty()) {
      return "true";
    }
    List<String> seen = new ArrayList<>();
    for (String name : path) {
      seen.add("__fish_seen_subcommand_from " + name);
    }
    return String.join("; and ", seen);
  }

  private static String option(OptionSpec option) {
    StringBuilder text = new StringBuilder();
    for (String name : option.names()) {
      text.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
    }
    if (option.arity().max() > 0) {
      List<String> candidates = candidates(option.completionCandidates());
      if (option.paramLabel().equals("DIR")) {
        return text + " -xa '(__fish_complete_directories)'" + words(option);
      }
      boolean file = option.paramLabel().equals("FILE") || option.paramLabel().equals("PATH");
      text.append(candidates.isEmpty() ? file ? " -rF" : " -x" : " -xa ")
          .append(candidates.isEmpty() ? "" : quoted(String.join(" ", candidates)));
    }
    return text + words(option);
  }

  private static String words(OptionSpec option) {
    String[] words = option.description();
    return words.length == 0 ? "" : " -d " + quoted(words[0]);
  }

  private static List<String> candidates(@Nullable Iterable<String> words) {
    List<String> candidates = new ArrayList<>();
    if (words != null) {
      words.forEach(candidates::add);
    }
    return candidates;
  }

  private static String description(CommandSpec spec) {
    String[] words = spec.usageMessage().description();
    return words.length == 0 ? "" : words[0];
  }

  private static String quoted(String text) {
    String plain = text.replace("${COMPLETION-CANDIDATES}", "one of the words offered");
    return "'" + plain.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
