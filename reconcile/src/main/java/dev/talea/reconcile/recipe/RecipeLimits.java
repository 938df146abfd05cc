// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/**
 * How long and how many things of a recipe may be. Generous for what a person writes, and small
 * enough that what is compiled of it stays within what a database plans in a moment.
 */
public final class RecipeLimits {
  /** Characters of a recipe's, rule's, column's, parameter's, profile's or source's name. */
  public static final int NAME_CHARS_MAX = 64;

  /** Characters of a description. */
  public static final int DESCRIPTION_CHARS_MAX = 2_000;

  /** Characters of a constant text. */
  public static final int TEXT_CHARS_MAX = 1_000;

  /** Characters of a regular expression. */
  public static final int PATTERN_CHARS_MAX = 500;

  /** Characters of a query of a source, or of an expert's rule. */
  public static final int SQL_CHARS_MAX = 50_000;

  /** Rules. */
  public static final int RULES_MAX = 100;

  /** Conditions of a rule. */
  public static final int CONDITIONS_MAX = 16;

  /** Normalisations after each other. */
  public static final int STEPS_MAX = 8;

  /** Parameters. */
  public static final int PARAMETERS_MAX = 32;

  /** Derived columns of a side. */
  public static final int DERIVED_MAX = 32;

  /** Parts of all expressions of a recipe together. */
  public static final int EXPRESSION_PARTS_MAX = 2_000;

  /** Values of one list in an expression. */
  public static final int LIST_MAX = 500;

  /** Prefixes of accounts of a ledger as source. */
  public static final int ACCOUNTS_MAX = 64;

  /** Assets with a tolerance of their own. */
  public static final int ASSETS_MAX = 64;

  /** Days of a window to either side. */
  public static final int WINDOW_DAYS_MAX = 3_660;

  /** Fewest rows that {@link Grouping#SUBSET} may be told to end at. */
  public static final int GROUP_MIN = 2;

  /** Most rows of a group found by {@link Grouping#SUBSET}. */
  public static final int GROUP_MAX = 12;

  /** What is taken where the recipe does not say. */
  public static final int GROUP_DEFAULT = 8;

  /** A percentage has this many decimals. */
  static final int PERCENT_DECIMALS = 4;

  /** A threshold has this many decimals. */
  static final int THRESHOLD_DECIMALS = 4;

  /** A column, parameter or derived column. */
  public static final String COLUMN_NAME = "[a-z][a-z0-9_]{0,63}";

  /** The same in words. */
  public static final String COLUMN_NAME_WORDS =
      "1 to 64 characters of a-z, 0-9 and _, the first a letter";

  /** A recipe, a profile or a source. */
  public static final String NAME = "[a-z0-9-]{1,64}";

  /** The same in words. */
  public static final String NAME_WORDS = "1 to 64 characters of a-z, 0-9 and -";

  private RecipeLimits() {}
}
