// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What filters and derived columns are made of. Comparisons follow SQL: with a null they are
 * neither true nor false, and a filter lets through only what is true.
 */
public sealed interface Expression {

  /** The value of a column of the same side. */
  record ColumnOf(String name) implements Expression {}

  /** A constant. */
  record Constant(Value value) implements Expression {}

  /** What the run gives for a parameter of the recipe. */
  record ParameterOf(String name) implements Expression {}

  /** Two values of the same type against each other. */
  record Compare(Operator operator, Expression left, Expression right) implements Expression {}

  /** Whether a value is one of several. */
  record In(Expression value, List<Expression> values) implements Expression {
    /** Copies the list. */
    public In {
      values = List.copyOf(values);
    }
  }

  /** Whether there is no value. */
  record IsNull(Expression value) implements Expression {}

  /** The contrary. */
  record Not(Expression value) implements Expression {}

  /** All of them. */
  record And(List<Expression> values) implements Expression {
    /** Copies the list. */
    public And {
      values = List.copyOf(values);
    }
  }

  /** At least one of them. */
  record Or(List<Expression> values) implements Expression {
    /** Copies the list. */
    public Or {
      values = List.copyOf(values);
    }
  }

  /** A text changed by normalisations. */
  record Normalised(Expression value, List<Normalisation> steps) implements Expression {
    /** Copies the list. */
    public Normalised {
      steps = List.copyOf(steps);
    }
  }

  /** Texts one after the other; null if one of them is. */
  record Concatenated(List<Expression> values) implements Expression {
    /** Copies the list. */
    public Concatenated {
      values = List.copyOf(values);
    }
  }

  /** A whole number with its sign turned. */
  record Negated(Expression value) implements Expression {}

  /** A whole number without its sign. */
  record Absolute(Expression value) implements Expression {}

  /** The first value that is not null. */
  record FirstOf(List<Expression> values) implements Expression {
    /** Copies the list. */
    public FirstOf {
      values = List.copyOf(values);
    }
  }

  /** How two values are compared; texts by the order of their code points. */
  enum Operator {
    /** The same. */
    EQUAL("equal"),
    /** Not the same. */
    NOT_EQUAL("not_equal"),
    /** Less. */
    LESS("less"),
    /** Less, or the same. */
    LESS_OR_EQUAL("less_or_equal"),
    /** Greater. */
    GREATER("greater"),
    /** Greater, or the same. */
    GREATER_OR_EQUAL("greater_or_equal"),
    /** The left text has the right one in it. */
    CONTAINS("contains"),
    /** The left text begins with the right one. */
    PREFIX("prefix"),
    /** The left text ends with the right one. */
    SUFFIX("suffix");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    /** As it stands in recipes. */
    public String text() {
      return text;
    }

    /** The operator with this text, or null. */
    public static @Nullable Operator of(String text) {
      for (Operator each : values()) {
        if (each.text.equals(text)) {
          return each;
        }
      }
      return null;
    }
  }
}
