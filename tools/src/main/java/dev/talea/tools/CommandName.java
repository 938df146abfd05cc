// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

/** How the person who called us would call us again. Stateless; the launcher knows. */
final class CommandName {
  private CommandName() {}

  /** The command as it has to be typed in a shell. */
  static String typed() {
    return word(System.getProperty("talea.command", System.getProperty("talea.name", "talea")));
  }

  /** The same for a command of the client, which the daemon's name does not have. */
  static String ofClient() {
    String command = System.getProperty("talea.command", "talea");
    return word(command.endsWith("talead") ? command.substring(0, command.length() - 1) : command);
  }

  /** As a shell takes it for one word. */
  static String word(String command) {
    return command.matches("[A-Za-z0-9_./+-]+")
        ? command
        : "'" + command.replace("'", "'\\''") + "'";
  }
}
