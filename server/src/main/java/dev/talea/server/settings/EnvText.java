// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the text of a {@code .env} file: lines of {@code KEY=VALUE}, {@code export} allowed in
 * front, {@code #} starts a comment. A value is bare (ends at the first {@code #} after white
 * space), in single quotes (taken as it is) or in double quotes ({@code \n \r \t \" \\ \$} mean
 * what they say). No variables are expanded.
 *
 * <p>Strict, because a line that is silently skipped is a setting silently not in force.
 *
 * <p>One instance reads one text on one thread.
 */
public final class EnvText {
  private final String name;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Map<String, Integer> lineOfKey = new LinkedHashMap<>();
  private int lineNumber;

  private EnvText(String name) {
    this.name = name;
  }

  /**
   * @param name of the file, for errors
   */
  public static Map<String, String> parse(String name, String text) {
    EnvText reader = new EnvText(name);
    String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
    for (String line : body.split("\n", -1)) {
      reader.lineNumber++;
      reader.line(line.strip());
    }
    return reader.values;
  }

  private void line(String line) {
    if (line.isEmpty() || line.startsWith("#")) {
      return;
    }
    String assignment = line.matches("export\\s.*") ? line.substring(6).strip() : line;
    int equals = assignment.indexOf('=');
    if (equals < 0) {
      throw malformed("has no '='; a line is KEY=VALUE");
    }
    String key = assignment.substring(0, equals).stripTrailing();
    if (!key.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      throw malformed("does not start with the name of a variable");
    }
    Integer before = lineOfKey.putIfAbsent(key, lineNumber);
    if (before != null) {
      throw malformed("sets " + key + ", which line " + before + " has set already");
    }
    values.put(key, value(assignment.substring(equals + 1).strip()));
  }

  private String value(String text) {
    if (text.startsWith("'")) {
      int end = text.indexOf('\'', 1);
      if (end < 0) {
        throw malformed("has an opening ' without a closing one");
      }
      return beforeComment(text.substring(1, end), text.substring(end + 1));
    }
    return text.startsWith("\"") ? doubleQuoted(text) : bare(text);
  }

  private String bare(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '#' && (i == 0 || Character.isWhitespace(text.charAt(i - 1)))) {
        return text.substring(0, i).stripTrailing();
      }
      if (c == '"' || c == '\'') {
        throw malformed("has a quote inside a bare value; quote the whole value");
      }
    }
    return text;
  }

  private String doubleQuoted(String text) {
    StringBuilder value = new StringBuilder();
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        return beforeComment(value.toString(), text.substring(i + 1));
      }
      if (c == '\\') {
        i++;
        value.append(escaped(i < text.length() ? text.charAt(i) : ' '));
      } else {
        value.append(c);
      }
    }
    throw malformed("has an opening \" without a closing one");
  }

  private char escaped(char c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case '"', '\\', '$' -> c;
      default -> throw malformed("has a \\ that escapes nothing known (\\n \\r \\t \\\" \\\\ \\$)");
    };
  }

  private String beforeComment(String value, String rest) {
    if (!rest.isBlank() && !rest.matches("\\s+#.*")) {
      throw malformed("goes on after the closing quote");
    }
    return value;
  }

  /** The line itself is not repeated: it may hold a secret. */
  private StartException malformed(String what) {
    return new StartException(name + " line " + lineNumber + " " + what);
  }
}
