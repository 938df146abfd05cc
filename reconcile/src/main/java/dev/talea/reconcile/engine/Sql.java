// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.ledger.Micros;
import dev.talea.reconcile.recipe.Normalisation;
import dev.talea.reconcile.recipe.Value;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;

/**
 * Names, constants and changes of texts, written as SQL that cannot be mistaken for anything else.
 *
 * <p>Apart from what makes queries of them, because this is where text from a recipe meets SQL: it
 * passes through {@link #name} or {@link #text}, or it does not pass. The expert's query is the one
 * exception, and has a fence of its own. Pure functions.
 */
final class Sql {
  /**
   * What counts as white space: spelled out, because RE2 and others differ in what {@code \s} is.
   */
  static final String SPACE =
      "[\\x{09}-\\x{0D}\\x{20}\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}"
          + "\\x{202F}\\x{205F}\\x{3000}]";

  /** 2^127 - 1, beyond which no amount is. */
  static final String MAX = "CAST('" + Int128.MAX + "' AS HUGEINT)";

  private Sql() {}

  /** Some names are words of SQL, as {@code at}, so that all are quoted. */
  static String name(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** A constant text. */
  static String text(String value) {
    if (value.indexOf(0) >= 0) {
      throw new EngineException(
          EngineException.Kind.RECIPE,
          "A text of the recipe or of a parameter holds a character of code 0, which no row can"
              + " hold; take it out.");
    }
    return '\'' + value.replace("'", "''") + '\'';
  }

  /** A constant of any type. */
  static String constant(Value value) {
    return switch (value.type()) {
      case TEXT -> text((String) value.value());
      case INTEGER -> integer((Int128) value.value());
      case DATE ->
          "(DATE '1970-01-01' + CAST(" + ((LocalDate) value.value()).toEpochDay() + " AS INTEGER))";
      case TIME -> "make_timestamp(CAST(" + micros((Instant) value.value()) + " AS BIGINT))";
      case BOOLEAN -> (Boolean) value.value() ? "TRUE" : "FALSE";
    };
  }

  /** Always 128 bits wide, so that no arithmetic is done in fewer. */
  static String integer(Int128 value) {
    return "CAST('" + value + "' AS HUGEINT)";
  }

  /** A whole number as text; most fit 64 bits, which takes half the time. */
  static String digits(String number) {
    return "(CASE WHEN "
        + number
        + " BETWEEN -9223372036854775807 AND 9223372036854775807 THEN CAST(CAST("
        + number
        + " AS BIGINT) AS VARCHAR) ELSE CAST("
        + number
        + " AS VARCHAR) END)";
  }

  static long micros(Instant value) {
    return Micros.floor(value);
  }

  /** A text after its changes; one that is empty then is null. */
  static String normalised(String text, List<Normalisation> steps) {
    if (steps.isEmpty()) {
      return text;
    }
    String changed = text;
    for (Normalisation step : steps) {
      changed =
          switch (step.kind()) {
            case UPPER -> "upper(" + changed + ")";
            case TRIM -> replaced(changed, "^" + SPACE + "+|" + SPACE + "+$");
            case STRIP_PUNCTUATION -> replaced(changed, "[^\\p{L}\\p{Nd}]");
            case DIGITS -> replaced(changed, "[^0-9]");
            case STRIP_ZEROS -> replaced(changed, "^0+");
            case CAPTURE ->
                "regexp_extract("
                    + changed
                    + ", "
                    + text(Objects.requireNonNull(step.pattern()))
                    + ", 1)";
          };
    }
    return "nullif(" + changed + ", '')";
  }

  private static String replaced(String text, String pattern) {
    return "regexp_replace(" + text + ", " + text(pattern) + ", '', 'g')";
  }
}
