// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Rule;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes single rows one after the other, each with the rows across that may stand beside it, and
 * says which of these make up its amount.
 *
 * <p>Single rows come in the order of rows, and those across nearest day first. What one has got is
 * gone for the next, and all searches of a rule share one budget of steps: so the order is the
 * caller's to keep, and there is no doing it in pieces. Used by one thread.
 */
public final class SubsetDecisions {
  private final Rule rule;
  private final SearchLimits limits;
  private final Runnable goOn;
  private final boolean oneLeft;

  private final BitSet taken = new BitSet();
  private final List<Group> groups = new ArrayList<>();
  private final List<Integer> ambiguous = new ArrayList<>();
  private long steps;
  private long ended;
  private long shortened;
  private @Nullable Block block;

  /** A single row, and those across that make up its amount. */
  public record Group(int single, List<Integer> members) {
    /** Copies the list. */
    public Group {
      members = List.copyOf(members);
    }
  }

  /** For one rule; {@code goOn} is called now and then, and may throw. */
  public SubsetDecisions(Rule rule, SearchLimits limits, Runnable goOn) {
    this.rule = rule;
    this.limits = limits;
    this.goOn = goOn;
    oneLeft = rule.cardinality() == Cardinality.ONE_TO_MANY;
  }

  /** What is wrong with a rule for which rows of a sum are looked for, or null. */
  public static @Nullable String fault(Rule rule) {
    return rule.cardinality() == Cardinality.MANY_TO_MANY
        ? "Rule "
            + rule.name()
            + ": rows that make up a sum are looked for with 1:N or N:1, not with N:M; take whole"
            + " groups."
        : null;
  }

  /** The rows that could be part of one sum. */
  private static final class Block {
    private final int single;
    private final String asset;
    private final BigInteger amount;

    /** Rows by their class, which is what the rule sees of them. */
    private final Map<Integer, List<Integer>> rows = new LinkedHashMap<>();

    private final Map<Integer, BigInteger> amounts = new LinkedHashMap<>();
    private int size;

    private Block(int single, String asset, BigInteger amount) {
      this.single = single;
      this.asset = asset;
      this.amount = amount;
    }
  }

  /** The next single row; the search for the last one is done. */
  public void single(int row, String asset, BigInteger amount) {
    end();
    block = new Block(row, asset, amount);
  }

  /** Whether this row across is of any use for the single row. */
  public boolean wants(int row) {
    Block into = block;
    return into != null && !taken.get(row) && into.size++ < limits.subsetRowsMax();
  }

  /**
   * A row that was {@linkplain #wants wanted}.
   *
   * @param kind the class it is of, by any of its rows
   */
  public void add(int row, int kind, BigInteger amount) {
    Block into = block;
    if (into == null) {
      throw new IllegalStateException("no single row was named");
    }
    into.rows.computeIfAbsent(kind, name -> new ArrayList<>()).add(row);
    into.amounts.put(kind, amount);
  }

  /** There are no more rows. */
  public void end() {
    Block full = block;
    block = null;
    if (full != null && !full.rows.isEmpty()) {
      search(full);
    }
  }

  private void search(Block of) {
    goOn.run();
    if (of.size > limits.subsetRowsMax()) {
      shortened++;
    }
    long most = Math.min(limits.subsetStepsMax(), limits.ruleStepsMax() - steps);
    if (most <= 0) {
      ended++;
      return;
    }
    List<List<Integer>> rows = new ArrayList<>(of.rows.values());
    SubsetSearch search =
        new SubsetSearch(
            List.copyOf(of.amounts.values()),
            rows.stream().mapToInt(List::size).toArray(),
            of.amount,
            sum -> Tolerances.of(rule.tolerance(), of.asset, oneLeft ? of.amount : sum),
            oneLeft || rule.tolerance().percentMillionths() == null,
            rule.groupMax(),
            most,
            goOn);
    int[] counts = search.run();
    steps += search.steps();
    if (search.isEnded()) {
      ended++;
    } else if (search.isAmbiguous()) {
      ambiguous.add(of.single);
    } else if (counts != null) {
      List<Integer> chosen = new ArrayList<>();
      for (int i = 0; i < counts.length; i++) {
        List<Integer> members = rows.get(i);
        members.sort(null);
        for (int k = 0; k < counts[i]; k++) {
          chosen.add(members.get(k));
          taken.set(members.get(k));
        }
      }
      groups.add(new Group(of.single, chosen));
    }
  }

  /** What was found, in the order of single rows. */
  public List<Group> groups() {
    return List.copyOf(groups);
  }

  /** Single rows for which several choices were equally good. */
  public List<Integer> ambiguous() {
    return List.copyOf(ambiguous);
  }

  /** What a person should know. */
  public List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    if (ended > 0) {
      remarks.add(Remarks.searches(rule, ended, limits));
    }
    if (shortened > 0) {
      remarks.add(Remarks.shortened(rule, shortened, limits));
    }
    return remarks;
  }
}
