package dev.talea.tools;

/** How the person who called us would call us again. Stateless; the launcher knows. */
final class CommandName {
  private CommandName() {}

  /** The command as it has to be typed in a shell. */
  static String typed() {
    String command = System.getProperty("talea.command", System.getProperty("talea.name", "talea"));
    return command.matches("[A-Za-z0-9_./+-]+")
        ? command
        : "'" + command.replace("'", "'\\''") + "'";
  }
}
