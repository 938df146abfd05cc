// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks at SQL without understanding it: where texts, quoted names and comments are, and so whether
 * there is one statement, and which words stand where.
 *
 * <p>A driver that finds a semicolon sends two statements, and the second one could end the
 * transaction that lets nothing be written. That is why more than one is refused here; what one
 * statement may do, the read-only transaction decides. In plain texts a backslash is a backslash:
 * {@link SqlSource} tells the database so, too.
 *
 * <p>Stateless; any thread.
 */
public final class SqlText {
  private static final Set<String> BEGINNINGS = Set.of("SELECT", "WITH", "VALUES", "TABLE");

  /** Of these a statement is made; what no alternative fits is one character of its own. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<space>\\s+|--[^\\n\\r]*|/\\*(?s:.*?)\\*/)"
              + "|(?<text>[eE]'(?:[^'\\\\]|''|\\\\(?s:.))*'|'(?:[^']|'')*'|\\$(?<tag>\\w*)\\$(?s:.*?)\\$\\k<tag>\\$)"
              + "|(?<quoted>\"(?:[^\"]|\"\")*\")"
              + "|(?<number>[0-9]+(?:\\.[0-9]+)?)"
              + "|(?<word>[A-Za-z_][A-Za-z0-9_$]*)"
              + "|(?<other>(?s:.))");

  /** What a part of a statement is. */
  public enum Kind {
    /** Name or keyword. */
    WORD,
    /** Name in double quotes, without them. */
    QUOTED,
    /** Text in single quotes, with them. */
    TEXT,
    /** Digits. */
    NUMBER,
    /** One character. */
    MARK
  }

  /** A part of a statement, and where it stands. */
  public record Token(Kind kind, String text, int start, int end) {
    /** Whether it is this keyword, in whatever case. */
    public boolean is(String word) {
      return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    /** Whether it is this character. */
    public boolean isMark(char mark) {
      return kind == Kind.MARK && text.charAt(0) == mark;
    }
  }

  private SqlText() {}

  /** The parts of a statement, without comments. */
  public static List<Token> tokens(String sql) {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(sql);
    while (matcher.find()) {
      if (matcher.group("space") != null) {
        continue;
      }
      String text = matcher.group();
      Kind kind =
          matcher.group("word") != null
              ? Kind.WORD
              : matcher.group("quoted") != null
                  ? Kind.QUOTED
                  : matcher.group("text") != null
                      ? Kind.TEXT
                      : matcher.group("number") != null ? Kind.NUMBER : Kind.MARK;
      if (kind == Kind.QUOTED) {
        text = text.substring(1, text.length() - 1).replace("\"\"", "\"");
      }
      tokens.add(new Token(kind, text, matcher.start(), matcher.end()));
    }
    return tokens;
  }

  /** Why this is not one statement that reads, in words that follow "the query", or null. */
  public static @Nullable String fault(String sql) {
    List<Token> tokens = tokens(sql);
    if (!tokens.isEmpty() && tokens.get(tokens.size() - 1).isMark(';')) {
      tokens = tokens.subList(0, tokens.size() - 1);
    }
    if (tokens.isEmpty()) {
      return "is empty";
    }
    String first = tokens.get(0).text().toUpperCase(Locale.ROOT);
    if (!BEGINNINGS.contains(first)) {
      return "begins with " + first + ", expected SELECT, WITH, VALUES or TABLE";
    }
    for (Token token : tokens) {
      if (token.isMark(';')) {
        return "has more than one statement, expected one that reads";
      }
      if (token.isMark('\'') || token.isMark('"')) {
        return "has a quote that is not closed";
      }
      if (token.isMark('\\')) {
        return "has a backslash, which parts of it may read differently";
      }
    }
    return null;
  }
}
