// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.draft;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.document.Suggestion;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Normalisation;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.SideSpec;
import dev.talea.reconcile.recipe.SignRule;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.recipe.Window;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Drafts a recipe from samples of two sources, by arithmetic alone: columns whose texts occur on
 * both sides are a key, the sign and the days apart are those of the pairs that such a key makes,
 * and a tolerance is proposed if their amounts differ. Every part of the draft says what it was
 * drawn from, for the person who confirms it.
 *
 * <p>One thread.
 */
public final class RecipeProposal {
  /** Rows of each side that are looked at. */
  public static final int SAMPLE_ROWS_MAX = 20_000;

  /** A key is proposed if so many of the shorter side's values are on the other, in hundredths. */
  private static final int OVERLAP_MIN_PERCENT = 5;

  /** The same of what stands within texts, where more is a coincidence. */
  private static final int CAPTURED_MIN_PERCENT = 30;

  /**
   * What people write into a free text, after {@code upper}: a number of an order or an invoice,
   * with its letters where it has any. The one that says most comes first.
   */
  private static final List<Pattern> CAPTURES =
      List.of(
          Pattern.compile("([A-Z]+-[0-9]+)"),
          Pattern.compile("([A-Z]+[0-9]{3,})"),
          Pattern.compile("([0-9]{4,})"));

  private static final int WINDOW_DAYS_LEAST = 1;
  private static final int WINDOW_DAYS_MOST = 30;
  private static final int PERCENT = 100;

  /**
   * A draft.
   *
   * @param reasons what each part was drawn from, in words
   */
  public record Draft(Recipe recipe, List<String> reasons) {
    /** Copies the list. */
    public Draft {
      reasons = List.copyOf(reasons);
    }
  }

  /** The first rows of a source. */
  private static final class Sample implements RowSink {
    final List<Column> columns;
    final List<@Nullable Object[]> rows = new ArrayList<>();

    Sample(RowSource source) throws IOException {
      columns = source.columns();
      source.read(this);
    }

    @Override
    public void row(long line, @Nullable Object[] values) {
      if (rows.size() < SAMPLE_ROWS_MAX) {
        rows.add(values.clone());
      }
    }

    @Override
    public void reject(Reject reject) {
      // a draft is made of what can be read
    }

    int at(String column) {
      for (int i = 0; i < columns.size(); i++) {
        if (columns.get(i).name().equals(column)) {
          return i;
        }
      }
      return -1;
    }

    /**
     * Rows by the value of a text column, changed as matching will change it.
     *
     * @param capture what of it is taken; all if null
     */
    Map<String, List<@Nullable Object[]>> by(int column, @Nullable Pattern capture) {
      Map<String, List<@Nullable Object[]>> found = new HashMap<>();
      for (@Nullable Object[] row : rows) {
        if (row[column] instanceof String text) {
          String plain = captured(text.strip().toUpperCase(Locale.ROOT), capture);
          if (!plain.isEmpty()) {
            found.computeIfAbsent(plain, unused -> new ArrayList<>()).add(row);
          }
        }
      }
      return found;
    }
  }

  /** Empty if nothing is found. */
  private static String captured(String text, @Nullable Pattern capture) {
    if (capture == null) {
      return text;
    }
    Matcher matcher = capture.matcher(text);
    return matcher.find() ? matcher.group(1) : "";
  }

  /**
   * Two columns that have values in common.
   *
   * @param capture what of the values is meant; all if null
   */
  private record Candidate(
      String left,
      String right,
      @Nullable Pattern capture,
      long shared,
      long percent,
      boolean unique) {}

  private final Sample left;
  private final Sample right;
  private final List<String> reasons = new ArrayList<>();

  private RecipeProposal(Sample left, Sample right) {
    this.left = left;
    this.right = right;
  }

  /**
   * Drafts a recipe.
   *
   * @param name of the recipe
   * @param leftRef what the draft says that the left source is
   * @param rightRef what it says that the right one is
   */
  public static Draft of(
      String name, SourceRef leftRef, RowSource left, SourceRef rightRef, RowSource right)
      throws IOException {
    return new RecipeProposal(new Sample(left), new Sample(right)).draft(name, leftRef, rightRef);
  }

  private Draft draft(String name, SourceRef leftRef, SourceRef rightRef) {
    reasons.add(
        "looked at "
            + left.rows.size()
            + " rows of the left and "
            + right.rows.size()
            + " of the right side");
    List<Candidate> candidates = candidates(null);
    for (Pattern capture : CAPTURES) {
      List<Candidate> captured = candidates(capture);
      // A part says less than the whole, so it has to find clearly more.
      if (!captured.isEmpty() && 2 * captured.get(0).shared() > 3 * shared(candidates)) {
        candidates = captured;
      }
    }
    List<Rule> rules = new ArrayList<>();
    Candidate key = candidates.isEmpty() ? null : candidates.get(0);
    Pairs pairs = key == null ? byAmount() : byKey(key);
    SignRule sign = pairs.sign();
    Window window = window(pairs);
    if (key != null) {
      Condition condition = condition(key);
      rules.add(rule("same " + key.left(), Cardinality.ONE_TO_ONE, condition, sign, window, false));
      if (pairs.leftRepeats > 0) {
        rules.add(rule("several to one", Cardinality.MANY_TO_ONE, condition, sign, window, false));
      }
      if (pairs.rightRepeats > 0) {
        rules.add(rule("one to several", Cardinality.ONE_TO_MANY, condition, sign, window, false));
      }
      if (pairs.difference != null) {
        Tolerance tolerance = Tolerance.of(pairs.difference);
        reasons.add(
            pairs.unequal
                + " pairs with the same key differ, by at most "
                + pairs.difference
                + " minor units: suggested, not matched");
        rules.add(
            new Rule(
                "same " + key.left() + ", amount a little off",
                Cardinality.ONE_TO_ONE,
                List.of(condition),
                sign,
                tolerance,
                window,
                null,
                0,
                Effect.SUGGEST,
                null));
      }
    } else {
      reasons.add("no two columns of texts have values in common: only amounts and days are left");
    }
    if (window != null) {
      rules.add(rule("amount and day", Cardinality.ONE_TO_ONE, null, sign, window, true));
    } else if (key == null) {
      rules.add(
          new Rule(
              "amount",
              Cardinality.ONE_TO_ONE,
              List.of(),
              sign,
              Tolerance.of(Int128.ZERO),
              null,
              null,
              0,
              Effect.SUGGEST,
              null));
    }
    Recipe recipe =
        new Recipe(
            name,
            "Drafted from samples; look at every rule before it is used",
            List.of(),
            new SideSpec(leftRef, List.of(), null),
            new SideSpec(rightRef, List.of(), null),
            null,
            rules);
    return new Draft(recipe, reasons);
  }

  private static Rule rule(
      String name,
      Cardinality cardinality,
      @Nullable Condition condition,
      SignRule sign,
      @Nullable Window window,
      boolean suggest) {
    return new Rule(
        name,
        cardinality,
        condition == null ? List.of() : List.of(condition),
        sign,
        Tolerance.NONE,
        window,
        cardinality == Cardinality.ONE_TO_ONE ? null : Grouping.WHOLE,
        0,
        suggest ? Effect.SUGGEST : Effect.MATCH,
        null);
  }

  private static Condition condition(Candidate key) {
    List<Normalisation> steps = new ArrayList<>();
    steps.add(new Normalisation(Normalisation.Kind.TRIM, null));
    steps.add(new Normalisation(Normalisation.Kind.UPPER, null));
    Pattern capture = key.capture();
    if (capture != null) {
      steps.add(new Normalisation(Normalisation.Kind.CAPTURE, capture.pattern()));
    }
    return new Condition(key.left(), Comparison.EQUAL, key.right(), steps, null);
  }

  // ---- keys

  private static long shared(List<Candidate> candidates) {
    return candidates.isEmpty() ? 0 : candidates.get(0).shared();
  }

  /** Pairs of text columns by how many values they share; of equals, those of like names first. */
  private List<Candidate> candidates(@Nullable Pattern capture) {
    List<Candidate> found = new ArrayList<>();
    for (int i = 0; i < left.columns.size(); i++) {
      if (!isText(left.columns.get(i))) {
        continue;
      }
      Map<String, List<@Nullable Object[]>> lefts = left.by(i, capture);
      for (int j = 0; j < right.columns.size(); j++) {
        Candidate candidate = isText(right.columns.get(j)) ? candidate(i, lefts, j, capture) : null;
        if (candidate != null) {
          found.add(candidate);
        }
      }
    }
    found.sort(
        Comparator.comparing((Candidate each) -> !each.unique())
            .thenComparing(each -> -each.percent())
            .thenComparing(each -> !isAlike(each.left(), each.right()))
            .thenComparing(Candidate::left)
            .thenComparing(Candidate::right));
    for (Candidate each : found) {
      reasons.add(
          "left "
              + each.left()
              + " and right "
              + each.right()
              + " share "
              + each.shared()
              + " values, "
              + each.percent()
              + " % of the shorter side"
              + (each.unique() ? ", each mostly once" : ", many of them often")
              + (capture == null ? "" : ", of what " + capture.pattern() + " finds in them"));
    }
    return found.stream().filter(Candidate::unique).toList();
  }

  private static boolean isText(Column column) {
    return column.type() == ColumnType.TEXT && !column.name().equals(Column.ASSET);
  }

  private static boolean isAlike(String one, String other) {
    return one.equals(other) || Suggestion.nearest(one, List.of(other)) != null;
  }

  /**
   * What two columns have in common.
   *
   * @param lefts rows of the left one by its values
   */
  private @Nullable Candidate candidate(
      int leftAt,
      Map<String, List<@Nullable Object[]>> lefts,
      int rightAt,
      @Nullable Pattern capture) {
    Map<String, List<@Nullable Object[]>> rights = right.by(rightAt, capture);
    Set<String> shared = new HashSet<>(lefts.keySet());
    shared.retainAll(rights.keySet());
    long fewer = Math.min(lefts.size(), rights.size());
    int least = capture == null ? OVERLAP_MIN_PERCENT : CAPTURED_MIN_PERCENT;
    if (shared.isEmpty() || shared.size() * (long) PERCENT < fewer * least) {
      return null;
    }
    long rows = 0;
    for (String value : shared) {
      rows += Math.min(count(lefts, value), count(rights, value));
    }
    // A key is there about once on one side at least; a name of a shop is not.
    boolean unique = rows <= 2L * shared.size() && shared.size() > 1;
    return new Candidate(
        left.columns.get(leftAt).name(),
        right.columns.get(rightAt).name(),
        capture,
        shared.size(),
        shared.size() * (long) PERCENT / fewer,
        unique);
  }

  private static int count(Map<String, List<@Nullable Object[]>> rows, String value) {
    List<@Nullable Object[]> found = rows.get(value);
    return found == null ? 0 : found.size();
  }

  // ---- what pairs tell

  /** What was seen of rows that belong together. */
  private static final class Pairs {
    long equal;
    long opposite;
    long unequal;
    long leftRepeats;
    long rightRepeats;
    @Nullable Int128 difference;
    final List<Long> days = new ArrayList<>();

    SignRule sign() {
      return opposite > equal ? SignRule.OPPOSITE : SignRule.EQUAL;
    }
  }

  private Pairs byKey(Candidate key) {
    Pairs pairs = new Pairs();
    Map<String, List<@Nullable Object[]>> lefts = left.by(left.at(key.left()), key.capture());
    Map<String, List<@Nullable Object[]>> rights = right.by(right.at(key.right()), key.capture());
    for (Map.Entry<String, List<@Nullable Object[]>> each : lefts.entrySet()) {
      List<@Nullable Object[]> across = rights.get(each.getKey());
      if (across == null) {
        continue;
      }
      int own = each.getValue().size();
      if (own == 1 && across.size() == 1) {
        pair(each.getValue().get(0), across.get(0), pairs, true);
      } else if (across.size() == 1) {
        pairs.leftRepeats++;
      } else if (own == 1) {
        pairs.rightRepeats++;
      }
    }
    reasons.add(
        "of pairs with the same "
            + key.left()
            + ", "
            + pairs.equal
            + " have equal and "
            + pairs.opposite
            + " opposite amounts");
    return pairs;
  }

  /** Without a key: amounts that are there once on either side. */
  private Pairs byAmount() {
    Pairs pairs = new Pairs();
    Map<String, List<@Nullable Object[]>> lefts = amounts(left);
    Map<String, List<@Nullable Object[]>> rights = amounts(right);
    for (Map.Entry<String, List<@Nullable Object[]>> each : lefts.entrySet()) {
      List<@Nullable Object[]> across = rights.get(each.getKey());
      if (across != null && across.size() == 1 && each.getValue().size() == 1) {
        pair(each.getValue().get(0), across.get(0), pairs, false);
      }
    }
    reasons.add(
        "of amounts that are there once on either side, "
            + pairs.equal
            + " are equal and "
            + pairs.opposite
            + " opposite");
    return pairs;
  }

  private static Map<String, List<@Nullable Object[]>> amounts(Sample sample) {
    Map<String, List<@Nullable Object[]>> found = new HashMap<>();
    for (@Nullable Object[] row : sample.rows) {
      if (row[0] instanceof Int128 amount) {
        found
            .computeIfAbsent(absolute(amount) + " " + row[1], unused -> new ArrayList<>())
            .add(row);
      }
    }
    return found;
  }

  private static Int128 absolute(Int128 amount) {
    return amount.signum() < 0 ? amount.negated() : amount;
  }

  private void pair(
      @Nullable Object[] one, @Nullable Object[] other, Pairs pairs, boolean differences) {
    if (!(one[0] instanceof Int128 mine) || !(other[0] instanceof Int128 theirs)) {
      return;
    }
    if (mine.equals(theirs)) {
      pairs.equal++;
    } else if (mine.equals(theirs.negated())) {
      pairs.opposite++;
    } else if (differences) {
      boolean turned = mine.signum() != theirs.signum();
      Int128 apart = mine.minus(turned ? theirs.negated() : theirs);
      if (apart != null) {
        Int128 far = absolute(apart);
        // Within a hundredth of the amount it is a fee or a rounding, beyond it another amount.
        Int128 whole = absolute(mine);
        boolean little =
            far.toBigInteger().multiply(BigInteger.valueOf(PERCENT)).compareTo(whole.toBigInteger())
                <= 0;
        if (little) {
          pairs.unequal++;
          pairs.difference =
              pairs.difference == null || far.compareTo(pairs.difference) > 0
                  ? far
                  : pairs.difference;
        }
      }
      return;
    } else {
      return;
    }
    LocalDate day = day(one, left);
    LocalDate across = day(other, right);
    if (day != null && across != null) {
      pairs.days.add(Math.abs(ChronoUnit.DAYS.between(day, across)));
    }
  }

  private static @Nullable LocalDate day(@Nullable Object[] row, Sample sample) {
    String column = dayColumn(sample);
    Object value = column == null ? null : row[sample.at(column)];
    return value instanceof Instant moment
        ? LocalDate.ofInstant(moment, ZoneOffset.UTC)
        : (LocalDate) value;
  }

  private static @Nullable String dayColumn(Sample sample) {
    for (String usual : List.of(Column.DATE, Column.TIME)) {
      if (sample.at(usual) >= 0) {
        return usual;
      }
    }
    for (Column column : sample.columns) {
      if (column.type() == ColumnType.DATE || column.type() == ColumnType.TIME) {
        return column.name();
      }
    }
    return null;
  }

  /** Wide enough for all but the oddest hundredth of the pairs. */
  private @Nullable Window window(Pairs pairs) {
    String own = dayColumn(left);
    String across = dayColumn(right);
    if (own == null || across == null) {
      reasons.add("a side has no day: no window");
      return null;
    }
    long days = WINDOW_DAYS_LEAST;
    if (!pairs.days.isEmpty()) {
      pairs.days.sort(Comparator.naturalOrder());
      int last = (pairs.days.size() * 99 - 1) / PERCENT;
      long seen = pairs.days.get(Math.max(0, last));
      days = Math.min(WINDOW_DAYS_MOST, Math.max(WINDOW_DAYS_LEAST, seen));
      reasons.add(
          "days between "
              + pairs.days.size()
              + " pairs: 99 % within "
              + seen
              + ", at most "
              + pairs.days.get(pairs.days.size() - 1));
    }
    return new Window(own, across, (int) days, (int) days);
  }
}
