// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.recipe.Expression;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.ColumnType;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes SQL of the expressions of one side, and finds out what type they are.
 *
 * <p>Types are checked here although a recipe is validated when it is saved: DuckDB would compare a
 * number with a text by making a number of the text, and rows would match for a reason that no
 * recipe gives. Used by one thread.
 */
final class ExpressionSql {
  private final String where;
  private final Map<String, ColumnType> columns;
  private final Map<String, Value> parameters;

  /**
   * Makes one.
   *
   * @param where what an expression belongs to, for messages, as {@code left filter}
   */
  ExpressionSql(String where, Map<String, ColumnType> columns, Map<String, Value> parameters) {
    this.where = where;
    this.columns = columns;
    this.parameters = parameters;
  }

  /** An expression as SQL, in brackets wherever it has to be. */
  record Typed(String sql, ColumnType type) {}

  /** Whether a row takes part. */
  String condition(Expression expression) {
    return typed(expression, ColumnType.BOOLEAN);
  }

  Typed compile(Expression expression) {
    if (expression instanceof Expression.ColumnOf column) {
      ColumnType type = columns.get(column.name());
      if (type == null) {
        throw wrong("there is no column " + column.name() + "; there are " + columns.keySet());
      }
      return new Typed(Sql.name(column.name()), type);
    } else if (expression instanceof Expression.Constant constant) {
      return new Typed(Sql.constant(constant.value()), constant.value().type());
    } else if (expression instanceof Expression.ParameterOf parameter) {
      Value value = parameters.get(parameter.name());
      if (value == null) {
        throw wrong("the recipe has no parameter " + parameter.name());
      }
      return new Typed(Sql.constant(value), value.type());
    } else if (expression instanceof Expression.Compare compare) {
      return compare(compare);
    } else if (expression instanceof Expression.In in) {
      Typed value = compile(in.value());
      return is(
          in.values().isEmpty()
              ? "FALSE"
              : "(" + value.sql() + " IN (" + joined(in.values(), ", ", value.type()) + "))");
    } else if (expression instanceof Expression.IsNull isNull) {
      return is("(" + compile(isNull.value()).sql() + " IS NULL)");
    } else if (expression instanceof Expression.Not not) {
      return is("(NOT " + typed(not.value(), ColumnType.BOOLEAN) + ")");
    } else if (expression instanceof Expression.And and) {
      return is(all(and.values(), " AND ", "TRUE"));
    } else if (expression instanceof Expression.Or or) {
      return is(all(or.values(), " OR ", "FALSE"));
    } else if (expression instanceof Expression.Normalised normalised) {
      return new Typed(
          Sql.normalised(typed(normalised.value(), ColumnType.TEXT), normalised.steps()),
          ColumnType.TEXT);
    } else if (expression instanceof Expression.Concatenated concatenated) {
      return new Typed(all(concatenated.values(), " || ", "''", ColumnType.TEXT), ColumnType.TEXT);
    } else if (expression instanceof Expression.Negated negated) {
      return new Typed("(-" + typed(negated.value(), ColumnType.INTEGER) + ")", ColumnType.INTEGER);
    } else if (expression instanceof Expression.Absolute absolute) {
      return new Typed(
          "abs(" + typed(absolute.value(), ColumnType.INTEGER) + ")", ColumnType.INTEGER);
    } else if (expression instanceof Expression.FirstOf first) {
      if (first.values().isEmpty()) {
        throw wrong("the first of no values is asked for");
      }
      ColumnType type = compile(first.values().get(0)).type();
      return new Typed("coalesce(" + joined(first.values(), ", ", type) + ")", type);
    }
    throw new IllegalStateException("no SQL for " + expression);
  }

  private Typed compare(Expression.Compare compare) {
    Typed left = compile(compare.left());
    String l = left.sql();
    String r = typed(compare.right(), left.type());
    Expression.Operator operator = compare.operator();
    String function =
        switch (operator) {
          case CONTAINS -> "contains";
          case PREFIX -> "starts_with";
          case SUFFIX -> "ends_with";
          default -> null;
        };
    if (function == null) {
      return is("(" + l + " " + symbol(operator) + " " + r + ")");
    }
    if (left.type() != ColumnType.TEXT) {
      throw wrong(operator.text() + " takes texts, not " + left.type().text());
    }
    return is(function + "(" + l + ", " + r + ")");
  }

  private static @Nullable String symbol(Expression.Operator operator) {
    return switch (operator) {
      case EQUAL -> "=";
      case NOT_EQUAL -> "<>";
      case LESS -> "<";
      case LESS_OR_EQUAL -> "<=";
      case GREATER -> ">";
      case GREATER_OR_EQUAL -> ">=";
      case CONTAINS, PREFIX, SUFFIX -> null;
    };
  }

  private static Typed is(String sql) {
    return new Typed(sql, ColumnType.BOOLEAN);
  }

  private String typed(Expression expression, ColumnType type) {
    Typed compiled = compile(expression);
    if (compiled.type() != type) {
      throw wrong(
          compiled.type().text() + " is found where " + type.text() + " is needed: " + expression);
    }
    return compiled.sql();
  }

  private String joined(List<Expression> values, String between, ColumnType type) {
    return values.stream().map(each -> typed(each, type)).collect(Collectors.joining(between));
  }

  private String all(List<Expression> values, String between, String none) {
    return all(values, between, none, ColumnType.BOOLEAN);
  }

  private String all(List<Expression> values, String between, String none, ColumnType type) {
    return values.isEmpty() ? none : "(" + joined(values, between, type) + ")";
  }

  private EngineException wrong(String what) {
    return new EngineException(
        EngineException.Kind.RECIPE,
        "The recipe does not fit the rows, " + where + ": " + what + ".");
  }
}
