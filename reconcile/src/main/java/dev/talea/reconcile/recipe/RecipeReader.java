// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.document.DocumentReader;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a recipe of JSON. Separate from {@link RecipeJson}, its face, and from the expressions in
 * it.
 *
 * <p>One thread, for one document.
 */
final class RecipeReader {
  private static final int LEDGER_NAME_CHARS_MAX = 512;
  private static final BigDecimal MILLIONTHS_PER_PERCENT = BigDecimal.valueOf(10_000);
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private final DocumentReader in;
  private final ExpressionReader expressions;

  RecipeReader(DocumentReader in) {
    this.in = in;
    this.expressions = new ExpressionReader(in);
  }

  Recipe recipe() throws IOException {
    String name = null;
    String description = "";
    List<Parameter> parameters = List.of();
    SideSpec left = null;
    SideSpec right = null;
    MatchSide anchor = null;
    List<Rule> rules = null;
    in.object("format", "name", "description", "parameters", "left", "right", "anchor", "rules");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "format" -> in.integer(RecipeJson.FORMAT, RecipeJson.FORMAT);
        case "name" -> name = name();
        case "description" -> description = in.text(RecipeLimits.DESCRIPTION_CHARS_MAX);
        case "parameters" ->
            parameters = in.list(RecipeLimits.PARAMETERS_MAX, unused -> parameter());
        case "left" -> left = side();
        case "right" -> right = side();
        case "anchor" -> anchor = in.word(MatchSide.values(), MatchSide::text);
        default -> rules = in.list(RecipeLimits.RULES_MAX, unused -> rule());
      }
    }
    return new Recipe(
        in.required(name, "name"),
        description,
        parameters,
        in.required(left, "left"),
        in.required(right, "right"),
        anchor,
        in.required(rules, "rules"));
  }

  private Parameter parameter() throws IOException {
    String name = null;
    ColumnType type = ColumnType.TEXT;
    String preset = null;
    in.object("name", "type", "preset");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "name" -> name = columnName();
        case "type" -> type = in.word(ColumnType.values(), ColumnType::text);
        default -> preset = plainValue();
      }
    }
    Value value = null;
    if (preset != null) {
      value = Value.parse(type, preset);
      if (value == null) {
        throw in.failField("preset", "is \"" + preset + "\", expected " + Value.expected(type));
      }
    }
    return new Parameter(in.required(name, "name"), type, value);
  }

  /** A value whose type is said elsewhere, as text. */
  private String plainValue() throws IOException {
    if (in.isBool()) {
      return Boolean.toString(in.bool());
    }
    return in.isInteger() ? in.int128().toString() : in.text(RecipeLimits.TEXT_CHARS_MAX);
  }

  private String columnName() throws IOException {
    return in.text(
        RecipeLimits.NAME_CHARS_MAX, RecipeLimits.COLUMN_NAME, RecipeLimits.COLUMN_NAME_WORDS);
  }

  // ---- sides

  private SideSpec side() throws IOException {
    SourceRef source = null;
    List<Derived> derived = List.of();
    Expression filter = null;
    in.object("ledger", "file", "sql", "derived", "filter");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "derived" -> derived = in.list(RecipeLimits.DERIVED_MAX, unused -> derived());
        case "filter" -> filter = expressions.read();
        default -> {
          if (source != null) {
            throw in.fail("is a second source, expected exactly one of ledger, file and sql");
          }
          source =
              switch (field) {
                case "ledger" -> ledger();
                case "file" -> file();
                default -> sql();
              };
        }
      }
    }
    if (source == null) {
      throw in.fail("names no source, expected one of ledger, file and sql");
    }
    return new SideSpec(source, derived, filter);
  }

  private SourceRef ledger() throws IOException {
    String book = null;
    List<String> accounts = null;
    String asset = null;
    String from = null;
    String to = null;
    in.object("book", "accounts", "asset", "from", "to");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "book" -> book = ledgerName();
        case "accounts" -> accounts = in.list(RecipeLimits.ACCOUNTS_MAX, unused -> ledgerName());
        case "asset" -> asset = ledgerName();
        case "from" -> from = day();
        default -> to = day();
      }
    }
    return new SourceRef.Ledger(
        in.required(book, "book"), in.required(accounts, "accounts"), asset, from, to);
  }

  private String ledgerName() throws IOException {
    String name = in.text(LEDGER_NAME_CHARS_MAX);
    if (name.isEmpty()) {
      throw in.fail("is empty, expected a name");
    }
    return name;
  }

  /** A date, or {@code $} and a parameter's name. */
  private String day() throws IOException {
    String text = in.text(RecipeLimits.NAME_CHARS_MAX + 1);
    if (!text.matches("\\$" + RecipeLimits.COLUMN_NAME)
        && Value.parse(ColumnType.DATE, text) == null) {
      throw in.fail(
          "is \"" + text + "\", expected a date such as 2026-01-31 or a parameter such as $from");
    }
    return text;
  }

  private SourceRef file() throws IOException {
    String profile = null;
    in.object("profile");
    while (in.field() != null) {
      profile = name();
    }
    return new SourceRef.File(in.required(profile, "profile"));
  }

  private SourceRef sql() throws IOException {
    String source = null;
    String query = null;
    String profile = null;
    in.object("source", "query", "profile");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "source" -> source = name();
        case "query" -> query = in.text(RecipeLimits.SQL_CHARS_MAX);
        default -> profile = name();
      }
    }
    return new SourceRef.Sql(
        in.required(source, "source"),
        in.required(query, "query"),
        in.required(profile, "profile"));
  }

  private String name() throws IOException {
    return in.text(RecipeLimits.NAME_CHARS_MAX, RecipeLimits.NAME, RecipeLimits.NAME_WORDS);
  }

  private Derived derived() throws IOException {
    String name = null;
    Expression expression = null;
    in.object("name", "expression");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "name" -> name = columnName();
        default -> expression = expressions.read();
      }
    }
    return new Derived(in.required(name, "name"), in.required(expression, "expression"));
  }

  // ---- rules

  private Rule rule() throws IOException {
    String name = null;
    Cardinality cardinality = Cardinality.ONE_TO_ONE;
    List<Condition> conditions = List.of();
    SignRule sign = SignRule.EQUAL;
    Tolerance tolerance = Tolerance.NONE;
    Window window = null;
    Grouping grouping = null;
    Integer groupMax = null;
    Effect effect = Effect.MATCH;
    String sql = null;
    in.object(
        "name",
        "cardinality",
        "conditions",
        "sign",
        "tolerance",
        "window",
        "grouping",
        "group_max",
        "effect",
        "sql");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "name" ->
            name = in.text(RecipeLimits.NAME_CHARS_MAX, "(?U)\\S(.*\\S)?", "1 to 64 characters");
        case "cardinality" -> cardinality = in.word(Cardinality.values(), Cardinality::text);
        case "conditions" ->
            conditions = in.list(RecipeLimits.CONDITIONS_MAX, unused -> condition());
        case "sign" -> sign = in.word(SignRule.values(), SignRule::text);
        case "tolerance" -> tolerance = tolerance();
        case "window" -> window = window();
        case "grouping" -> grouping = in.word(Grouping.values(), Grouping::text);
        case "group_max" -> groupMax = in.integer(RecipeLimits.GROUP_MIN, RecipeLimits.GROUP_MAX);
        case "effect" -> effect = in.word(Effect.values(), Effect::text);
        default -> sql = in.text(RecipeLimits.SQL_CHARS_MAX);
      }
    }
    if (grouping == null && cardinality != Cardinality.ONE_TO_ONE) {
      grouping = groupMax == null ? Grouping.WHOLE : Grouping.SUBSET;
    }
    if (groupMax == null) {
      groupMax = grouping == Grouping.SUBSET ? RecipeLimits.GROUP_DEFAULT : 0;
    }
    return new Rule(
        in.required(name, "name"),
        cardinality,
        conditions,
        sign,
        tolerance,
        window,
        grouping,
        groupMax,
        effect,
        sql);
  }

  private Condition condition() throws IOException {
    String column = null;
    String left = null;
    String right = null;
    Comparison comparison = Comparison.EQUAL;
    List<Normalisation> normalise = List.of();
    BigDecimal threshold = null;
    in.object("column", "left", "is", "right", "normalise", "threshold");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "column" -> column = columnName();
        case "left" -> left = columnName();
        case "is" -> comparison = in.word(Comparison.values(), Comparison::text);
        case "right" -> right = columnName();
        case "normalise" -> normalise = expressions.steps();
        default -> {
          threshold = in.decimal(RecipeLimits.THRESHOLD_DECIMALS);
          if (threshold.signum() <= 0 || threshold.compareTo(BigDecimal.ONE) > 0) {
            throw in.fail("is " + threshold + ", expected above 0 and at most 1");
          }
        }
      }
    }
    String leftName = sideOf(column, left, "left");
    String rightName = sideOf(column, right, "right");
    return new Condition(leftName, comparison, rightName, normalise, threshold);
  }

  /** The column of one side: its own, or the one that is named for both. */
  private String sideOf(@Nullable String both, @Nullable String own, String field) {
    if (both != null && own != null) {
      throw in.failField(field, "cannot be given beside \"column\", which names both sides");
    }
    return both != null ? both : in.required(own, field);
  }

  private Tolerance tolerance() throws IOException {
    Int128 absolute = null;
    SortedMap<String, Int128> byAsset = new TreeMap<>();
    Long percent = null;
    in.object("absolute", "by_asset", "percent");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "absolute" -> absolute = notNegative();
        case "by_asset" -> {
          in.map();
          for (String asset = in.field(); asset != null; asset = in.field()) {
            byAsset.put(asset, notNegative());
            if (byAsset.size() > RecipeLimits.ASSETS_MAX) {
              throw in.fail("names more than " + RecipeLimits.ASSETS_MAX + " assets, the limit");
            }
          }
        }
        default -> percent = millionths();
      }
    }
    return new Tolerance(absolute, byAsset, percent);
  }

  private Int128 notNegative() throws IOException {
    Int128 value = in.int128();
    if (value.signum() < 0) {
      throw in.fail("is " + value + ", expected minor units, 0 or more");
    }
    return value;
  }

  private long millionths() throws IOException {
    BigDecimal percent = in.decimal(RecipeLimits.PERCENT_DECIMALS);
    if (percent.signum() < 0 || percent.compareTo(HUNDRED) > 0) {
      throw in.fail("is " + percent.toPlainString() + ", expected 0 to 100");
    }
    return percent.multiply(MILLIONTHS_PER_PERCENT).longValueExact();
  }

  private Window window() throws IOException {
    String column = null;
    String left = null;
    String right = null;
    Integer both = null;
    Integer before = null;
    Integer after = null;
    in.object("column", "left", "right", "days", "before", "after");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "column" -> column = columnName();
        case "left" -> left = columnName();
        case "right" -> right = columnName();
        case "days" -> both = days();
        case "before" -> before = days();
        default -> after = days();
      }
    }
    if (column == null && left == null && right == null) {
      column = Column.DATE;
    }
    if (both != null && (before != null || after != null)) {
      throw in.failField("days", "cannot be given beside \"before\" and \"after\"");
    }
    if (both == null && before == null && after == null) {
      throw in.failField("days", "is missing: give \"days\", or \"before\" and \"after\"");
    }
    return new Window(
        sideOf(column, left, "left"),
        sideOf(column, right, "right"),
        both != null ? both : before == null ? 0 : before,
        both != null ? both : after == null ? 0 : after);
  }

  private int days() throws IOException {
    return in.integer(0, RecipeLimits.WINDOW_DAYS_MAX);
  }
}
