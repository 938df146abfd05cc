// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes manual pages in roff from what the commands say about themselves, so that page and {@code
 * --help} cannot differ. Stateless.
 */
final class ManPages {
  private static final String EXIT_STATUS =
      """
      .SH EXIT STATUS
      .TP
      .B 0
      Done.
      .TP
      .B 1
      The ledger or the machine said no; standard error says why, as an error envelope on one line if \
      it was the ledger.
      .TP
      .B 2
      The command line makes no sense.
      .TP
      .B 3
      Something was checked and found to be wrong.
      .TP
      .B 4
      The heap of a server ran out.
      .TP
      .B 130
      Ended by Ctrl\\-C.
      .TP
      .B 141
      The reader of the output has closed it.
      """;

  private ManPages() {}

  /** The page of a command and of each command below it, by name: {@code talea-asset-register}. */
  static Map<String, String> of(CommandSpec root) {
    Map<String, String> pages = new LinkedHashMap<>();
    collect(root, pages);
    return pages;
  }

  private static void collect(CommandSpec command, Map<String, String> pages) {
    pages.put(pageName(command), page(command));
    for (CommandLine sub : command.subcommands().values()) {
      collect(sub.getCommandSpec(), pages);
    }
  }

  private static String pageName(CommandSpec command) {
    return command.qualifiedName("-");
  }

  private static String page(CommandSpec command) {
    StringBuilder roff = new StringBuilder();
    String[] description = command.usageMessage().description();
    roff.append(".TH ").append(escaped(pageName(command)).toUpperCase(Locale.ROOT));
    roff.append(" 1 \"\" \"").append(escaped(command.version()[0])).append("\" \"talea manual\"\n");
    roff.append(".SH NAME\n").append(escaped(pageName(command))).append(" \\- ");
    roff.append(escaped(firstSentence(description))).append('\n');
    roff.append(".SH SYNOPSIS\n").append(synopsis(command));
    roff.append(".SH DESCRIPTION\n");
    for (String paragraph : description) {
      roff.append(".PP\n").append(text(paragraph)).append('\n');
    }
    commands(command, roff);
    arguments(command, roff);
    options(command, roff);
    roff.append(EXIT_STATUS);
    environment(command, roff);
    examples(command, roff);
    seeAlso(command, roff);
    return roff.toString();
  }

  private static String firstSentence(String[] description) {
    String first = description.length == 0 ? "" : description[0];
    int end = first.indexOf(". ");
    String sentence = end < 0 ? first : first.substring(0, end);
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private static String synopsis(CommandSpec command) {
    StringBuilder line = new StringBuilder(".B " + escaped(command.qualifiedName()) + "\n");
    for (OptionSpec option : command.options()) {
      if (!isHelp(option)) {
        String name = "\\fB" + escaped(option.longestName()) + "\\fR" + argument(option);
        line.append(option.required() ? name : "[" + name + "]");
        line.append(option.isMultiValue() ? "...\n" : "\n");
      }
    }
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      line.append("\\fI").append(escaped(parameter.paramLabel())).append("\\fR\n");
    }
    if (!command.subcommands().isEmpty()) {
      line.append("\\fICOMMAND\\fR ...\n");
    }
    return line.toString();
  }

  private static void commands(CommandSpec command, StringBuilder roff) {
    if (!command.subcommands().isEmpty()) {
      roff.append(".SH COMMANDS\n");
    }
    for (CommandLine sub : command.subcommands().values()) {
      CommandSpec spec = sub.getCommandSpec();
      roff.append(".TP\n.B ").append(escaped(spec.name())).append('\n');
      String[] description = spec.usageMessage().description();
      roff.append(text(description.length == 0 ? "" : description[0])).append('\n');
    }
  }

  private static void arguments(CommandSpec command, StringBuilder roff) {
    if (!command.positionalParameters().isEmpty()) {
      roff.append(".SH ARGUMENTS\n");
    }
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      roff.append(".TP\n.I ").append(escaped(parameter.paramLabel())).append('\n');
      String words = String.join(" ", parameter.description());
      roff.append(text(withCandidates(words, parameter.completionCandidates()))).append('\n');
    }
  }

  private static void options(CommandSpec command, StringBuilder roff) {
    roff.append(".SH OPTIONS\n");
    for (OptionSpec option : command.options()) {
      List<String> names = new ArrayList<>();
      for (String name : option.names()) {
        names.add("\\fB" + escaped(name) + "\\fR");
      }
      roff.append(".TP\n").append(String.join(", ", names)).append(argument(option)).append('\n');
      String words = String.join(" ", option.description());
      roff.append(text(withCandidates(words, option.completionCandidates()))).append('\n');
    }
  }

  private static void environment(CommandSpec command, StringBuilder roff) {
    Map<String, String> variables = Guidance.environment(command);
    if (!variables.isEmpty()) {
      roff.append(".SH ENVIRONMENT\n");
    }
    variables.forEach(
        (name, help) ->
            roff.append(".TP\n.B ")
                .append(escaped(name))
                .append('\n')
                .append(text(help))
                .append('\n'));
  }

  private static void examples(CommandSpec command, StringBuilder roff) {
    List<String> examples = Guidance.examples(command);
    if (!examples.isEmpty()) {
      roff.append(".SH EXAMPLES\n");
    }
    for (String example : examples) {
      roff.append(".PP\n").append(text(example)).append('\n');
    }
  }

  private static void seeAlso(CommandSpec command, StringBuilder roff) {
    List<String> pages = new ArrayList<>();
    if (command.parent() != null) {
      pages.add(pageName(command.parent()));
    }
    for (CommandLine sub : command.subcommands().values()) {
      pages.add(pageName(sub.getCommandSpec()));
    }
    if (!pages.isEmpty()) {
      roff.append(".SH SEE ALSO\n");
      List<String> references = new ArrayList<>();
      for (String page : pages) {
        references.add("\\fB" + escaped(page) + "\\fR(1)");
      }
      roff.append(String.join(",\n", references)).append('\n');
    }
  }

  private static boolean isHelp(OptionSpec option) {
    return option.usageHelp() || option.versionHelp();
  }

  private static String argument(OptionSpec option) {
    return option.arity().max() == 0 ? "" : " \\fI" + escaped(option.paramLabel()) + "\\fR";
  }

  private static String withCandidates(String words, @Nullable Iterable<String> candidates) {
    List<String> list = new ArrayList<>();
    if (candidates != null) {
      candidates.forEach(list::add);
    }
    return words.replace("${COMPLETION-CANDIDATES}", String.join(", ", list));
  }

  /** A line of running text: a leading dot or quote would be a request to the formatter. */
  private static String text(String words) {
    String safe = escaped(words);
    return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
  }

  private static String escaped(String words) {
    return words.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
  }
}
