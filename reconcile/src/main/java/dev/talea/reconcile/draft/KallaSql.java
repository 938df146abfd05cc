// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.draft;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.source.SqlText;
import dev.talea.reconcile.source.SqlText.Kind;
import dev.talea.reconcile.source.SqlText.Token;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a rule of the {@code match_sql} of a Kalla recipe: a join of {@code left_src} and {@code
 * right_src} whose conditions are all joined by AND. Each condition is an equation or another
 * comparison of a column of one side with one of the other, or the {@code tolerance_match} of what
 * is the amount. Such a join becomes a rule with conditions, which pairs rows one to one and
 * explains what it leaves open; any other query has no counterpart and is refused with the part
 * that was not understood.
 *
 * <p>One thread, for one query.
 */
final class KallaSql {
  private static final String LEFT = "left_src";
  private static final String RIGHT = "right_src";

  /** Words that end the conditions of a join, or begin what would change its rows. */
  private static final List<String> REFUSED =
      List.of(
          "or", "not", "group", "order", "limit", "having", "union", "case", "with", "distinct");

  /**
   * What came out: a rule, or why there is none.
   *
   * @param remarks what a person has to know
   */
  record Result(@Nullable Rule rule, @Nullable String fault, List<String> remarks) {}

  /** A query that has no counterpart; the message says why. */
  private static final class NoCounterpart extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoCounterpart(String message) {
      super(message);
    }
  }

  private final String sql;
  private final List<Token> tokens;
  private final int scale;
  private int at;

  /** Which side each alias is: true for the left one. */
  private final Map<String, Boolean> aliases = new HashMap<>();

  private final List<Condition> conditions = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private Tolerance tolerance = Tolerance.NONE;
  private boolean amounts;

  private KallaSql(String sql, int scale) {
    this.sql = sql;
    this.tokens = SqlText.tokens(sql);
    this.scale = scale;
  }

  static Result of(String sql, int scale) {
    String fault = SqlText.fault(sql);
    if (fault != null) {
      return new Result(null, fault, List.of());
    }
    KallaSql reader = new KallaSql(sql, scale);
    try {
      return new Result(reader.query(), null, reader.remarks);
    } catch (NoCounterpart e) {
      return new Result(null, e.getMessage(), List.of());
    }
  }

  /** A threshold in minor units; null if it is no whole number of them, or below 0. */
  static @Nullable Int128 minor(BigDecimal threshold, int scale) {
    BigDecimal minor = threshold.movePointRight(scale).stripTrailingZeros();
    if (minor.signum() < 0 || minor.scale() > 0 || minor.precision() - minor.scale() > 39) {
      return null;
    }
    return Int128.of(minor.toBigIntegerExact());
  }

  // ---- tokens

  private Token peek() {
    return at < tokens.size()
        ? tokens.get(at)
        : new Token(Kind.MARK, ";", sql.length(), sql.length());
  }

  private Token take() {
    Token token = peek();
    at++;
    return token;
  }

  private boolean takeIf(String word) {
    if (peek().is(word)) {
      at++;
      return true;
    }
    return false;
  }

  private boolean takeIf(char mark) {
    if (peek().isMark(mark)) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(String word) {
    if (!takeIf(word)) {
      throw unexpected("expected " + word.toUpperCase(Locale.ROOT));
    }
  }

  private void expect(char mark) {
    if (!takeIf(mark)) {
      throw unexpected("expected '" + mark + "'");
    }
  }

  private NoCounterpart unexpected(String why) {
    Token token = peek();
    String found = token.start() >= sql.length() ? "its end" : "\"" + token.text() + "\"";
    return new NoCounterpart(
        "has no counterpart at " + found + " (character " + (token.start() + 1) + "): " + why);
  }

  // ---- the query

  private Rule query() {
    expect("select");
    while (!peek().is("from")) {
      Token token = take();
      if (at > tokens.size()) {
        throw unexpected("expected FROM");
      }
      if (REFUSED.contains(token.text().toLowerCase(Locale.ROOT)) && token.kind() == Kind.WORD) {
        at--;
        throw unexpected("the columns that are selected may not change which rows there are");
      }
    }
    expect("from");
    boolean first = table();
    if (takeIf(',')) {
      two(first, table());
      expect("where");
    } else {
      takeIf("inner");
      if (peek().is("left") || peek().is("right") || peek().is("full") || peek().is("cross")) {
        throw unexpected(
            "an outer join counts rows without a partner as matched; here they are unmatched, with"
                + " a reason");
      }
      expect("join");
      two(first, table());
      expect("on");
    }
    and();
    if (takeIf("where")) {
      and();
    }
    takeIf(';');
    if (at < tokens.size()) {
      throw unexpected("expected AND, or the end");
    }
    if (!amounts) {
      throw new NoCounterpart(
          "compares no amounts, which always have to agree here; expected l.amount = r.amount or"
              + " tolerance_match(l.amount, r.amount, 0.01)");
    }
    remarks.add(
        "match_sql became a rule of its conditions: each row is in one pair at most, where Kalla"
            + " counted every pair of a join.");
    return KallaImport.rule("match_sql", Cardinality.ONE_TO_ONE, conditions, tolerance);
  }

  private void two(boolean first, boolean second) {
    if (first == second) {
      at--;
      throw unexpected("the same side twice; expected left_src and right_src");
    }
  }

  /** A source with its alias; whether it is the left one. */
  private boolean table() {
    Token name = take();
    boolean left = name.is(LEFT);
    if (!left && !name.is(RIGHT)) {
      at--;
      throw unexpected("expected left_src or right_src");
    }
    boolean said = takeIf("as");
    Token alias = peek();
    boolean word = alias.kind() == Kind.WORD && !isKeyword(alias);
    if (said || word) {
      aliases.put(take().text().toLowerCase(Locale.ROOT), left);
    }
    aliases.put(name.text().toLowerCase(Locale.ROOT), left);
    return left;
  }

  private static boolean isKeyword(Token token) {
    for (String each :
        List.of("join", "inner", "left", "right", "full", "cross", "on", "where", "natural")) {
      if (token.is(each)) {
        return true;
      }
    }
    return false;
  }

  private void and() {
    do {
      condition();
    } while (takeIf("and"));
  }

  private void condition() {
    Token token = peek();
    if (token.isMark('(')) {
      at++;
      and();
      expect(')');
      return;
    }
    if (token.is("tolerance_match")) {
      toleranceMatch();
      return;
    }
    Side one = side();
    String operator = operator();
    Side other = side();
    if (one.left() == other.left()) {
      at--;
      throw unexpected("a condition within one side; make it a filter of that side");
    }
    Side left = one.left() ? one : other;
    Side right = one.left() ? other : one;
    if (left.column().equals("amount") && right.column().equals("amount") && operator.equals("=")) {
      amounts = true;
      return;
    }
    Comparison comparison =
        switch (one.left() ? operator : turned(operator)) {
          case "=" -> Comparison.EQUAL;
          case "<" -> Comparison.LESS;
          case "<=" -> Comparison.LESS_OR_EQUAL;
          case ">" -> Comparison.GREATER;
          default -> Comparison.GREATER_OR_EQUAL;
        };
    conditions.add(new Condition(left.column(), comparison, right.column(), List.of(), null));
  }

  /** A column, and whether it is of the left side. */
  private record Side(boolean left, String column) {}

  private Side side() {
    Token alias = take();
    Boolean left =
        alias.kind() == Kind.WORD ? aliases.get(alias.text().toLowerCase(Locale.ROOT)) : null;
    if (left == null) {
      at--;
      throw unexpected("expected a column with the alias of its side, as l.reference");
    }
    expect('.');
    Token column = take();
    String name = column.text().toLowerCase(Locale.ROOT);
    boolean named = column.kind() == Kind.WORD || column.kind() == Kind.QUOTED;
    if (!named || !KallaImport.isColumn(name)) {
      at--;
      throw unexpected("expected the name of a column of a-z, 0-9 and _");
    }
    return new Side(left, name);
  }

  private String operator() {
    Token token = take();
    String first = token.text();
    if (token.kind() == Kind.MARK && "=<>".contains(first)) {
      if (!first.equals("=") && takeIf('=')) {
        return first + "=";
      }
      if (first.equals("<") && peek().isMark('>')) {
        throw unexpected("there is no \"not equal\" between the sides");
      }
      return first;
    }
    at--;
    throw unexpected("expected =, <, <=, > or >=");
  }

  private static String turned(String operator) {
    return operator.startsWith("<") ? operator.replace('<', '>') : operator.replace('>', '<');
  }

  private void toleranceMatch() {
    at++;
    expect('(');
    Side one = side();
    expect(',');
    Side other = side();
    expect(',');
    Token number = take();
    if (number.kind() != Kind.NUMBER) {
      at--;
      throw unexpected("expected a number such as 0.01");
    }
    if (one.left() == other.left()) {
      throw new NoCounterpart("has tolerance_match of two columns of one side");
    }
    if (!tolerance.equals(Tolerance.NONE)) {
      throw new NoCounterpart("has two tolerance_match, there is one amount for each row here");
    }
    KallaImport.amountRemarks(
        one.left() ? one.column() : other.column(),
        one.left() ? other.column() : one.column(),
        remarks);
    Int128 minor = minor(new BigDecimal(number.text()), scale);
    if (minor == null) {
      throw new NoCounterpart(
          "has the tolerance "
              + number.text()
              + ", no whole number of minor units at scale "
              + scale);
    }
    expect(')');
    tolerance = Tolerance.of(minor);
    amounts = true;
  }
}
