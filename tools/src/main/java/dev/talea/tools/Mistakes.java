// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.settings.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what is wrong with a command line so that it can be mended: a command or option that there
 * is not, with the nearest one that there is. Separate from {@link Main} because the library would
 * rather complain of what is missing, which after a mistyped option is the same thing said wrongly.
 *
 * <p>Stateless.
 */
final class Mistakes {
  private Mistakes() {}

  /**
   * One sentence.
   *
   * @param arguments the whole command line
   */
  static String inWords(ParameterException e, String[] arguments) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String unknown = null;
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      unknown = unmatched.getUnmatched().get(0);
    } else if (e instanceof MissingParameterException) {
      unknown = unknownOption(command, arguments);
    }
    if (unknown == null) {
      return withoutClassNames(String.valueOf(e.getMessage()));
    }
    if (unknown.startsWith("-") && unknown.length() > 1) {
      int equals = unknown.indexOf('=');
      String option = equals < 0 ? unknown : unknown.substring(0, equals);
      return "there is no option '" + option + "'" + meant(option, options(command));
    }
    if (command.subcommands().isEmpty()) {
      return "the argument '" + unknown + "' is one too many";
    }
    if (command.name().equals("talead") && new CommandLineOfTalea().has(unknown)) {
      return "'" + unknown + "' is a command of talea, not of talead: talea " + unknown + " ...";
    }
    return "there is no command '" + unknown + "'" + meant(unknown, command.subcommands().keySet());
  }

  private static String meant(String word, Set<String> names) {
    String nearest = Nearest.to(word, names);
    return nearest == null ? "" : "; did you mean '" + nearest + "'?";
  }

  private static @Nullable String unknownOption(CommandSpec command, String[] arguments) {
    Set<String> known = options(command);
    for (CommandSpec above = command.parent(); above != null; above = above.parent()) {
      known.addAll(options(above));
    }
    for (String argument : arguments) {
      if (argument.equals("--")) {
        return null;
      }
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (name.startsWith("--") && !known.contains(name)) {
        return argument;
      }
    }
    return null;
  }

  private static Set<String> options(CommandSpec command) {
    return new TreeSet<>(command.optionsMap().keySet());
  }

  /** The library names the class that it could not make of a word. */
  private static String withoutClassNames(String message) {
    return message.replaceAll(" is not an? (?:int|long)\\b", " is not a whole number");
  }

  /** The commands that a person may have meant who typed one letter too many. */
  private static final class CommandLineOfTalea {
    private final List<String> names = new ArrayList<>();

    CommandLineOfTalea() {
      CommandLine.Command annotation = TaleaCommand.class.getAnnotation(CommandLine.Command.class);
      if (annotation != null) {
        for (Class<?> sub : annotation.subcommands()) {
          CommandLine.Command command = sub.getAnnotation(CommandLine.Command.class);
          if (command != null) {
            names.add(command.name());
          }
        }
      }
    }

    boolean has(String name) {
      return names.contains(name);
    }
  }
}
