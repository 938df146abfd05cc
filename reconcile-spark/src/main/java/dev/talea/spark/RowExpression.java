// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.recipe.Expression;
import dev.talea.reconcile.recipe.Normalisation;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.ColumnType;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes functions over a row of the expressions of one side, and finds out what type they are.
 *
 * <p>Types are checked here although a recipe is validated when it is saved: a number that is held
 * against a text would be an error in the middle of the rows. With a null comparisons are neither
 * true nor false, as in SQL. Used by one thread; what it makes is immutable and travels to tasks.
 */
final class RowExpression {
  /** A function over the values of a row, as {@link RowCodec} has them. */
  interface Function extends Serializable {
    @Nullable Object of(@Nullable Object[] row);
  }

  /** An expression that is ready to be used. */
  record Typed(Function function, ColumnType type) {}

  private final String where;
  private final List<String> names;
  private final Map<String, ColumnType> columns;
  private final Map<String, Value> parameters;

  /**
   * Makes one.
   *
   * @param where what an expression belongs to, for messages, as {@code left filter}
   * @param columns in the order of the values of a row
   */
  RowExpression(String where, Map<String, ColumnType> columns, Map<String, Value> parameters) {
    this.where = where;
    this.names = List.copyOf(columns.keySet());
    this.columns = columns;
    this.parameters = parameters;
  }

  /** Whether a row takes part. */
  Function condition(Expression expression) {
    return typed(expression, ColumnType.BOOLEAN);
  }

  Typed compile(Expression expression) {
    if (expression instanceof Expression.ColumnOf column) {
      ColumnType type = columns.get(column.name());
      if (type == null) {
        throw wrong("there is no column " + column.name() + "; there are " + columns.keySet());
      }
      int at = names.indexOf(column.name());
      return new Typed(row -> row[at], type);
    } else if (expression instanceof Expression.Constant constant) {
      return constant(constant.value());
    } else if (expression instanceof Expression.ParameterOf parameter) {
      Value value = parameters.get(parameter.name());
      if (value == null) {
        throw wrong("the recipe has no parameter " + parameter.name());
      }
      return constant(value);
    } else if (expression instanceof Expression.Compare compare) {
      return compare(compare);
    } else if (expression instanceof Expression.In in) {
      Typed value = compile(in.value());
      return any(value.function(), functions(in.values(), value.type()));
    } else if (expression instanceof Expression.IsNull isNull) {
      Function value = compile(isNull.value()).function();
      return is(row -> value.of(row) == null);
    } else if (expression instanceof Expression.Not not) {
      Function value = typed(not.value(), ColumnType.BOOLEAN);
      return is(row -> not((Boolean) value.of(row)));
    } else if (expression instanceof Expression.And and) {
      Function[] values = functions(and.values(), ColumnType.BOOLEAN);
      return is(row -> all(values, row, Boolean.FALSE));
    } else if (expression instanceof Expression.Or or) {
      Function[] values = functions(or.values(), ColumnType.BOOLEAN);
      return is(row -> all(values, row, Boolean.TRUE));
    } else if (expression instanceof Expression.Normalised normalised) {
      return normalised(typed(normalised.value(), ColumnType.TEXT), normalised.steps());
    } else if (expression instanceof Expression.Concatenated concatenated) {
      Function[] values = functions(concatenated.values(), ColumnType.TEXT);
      return new Typed(row -> concatenated(values, row), ColumnType.TEXT);
    } else if (expression instanceof Expression.Negated negated) {
      Function value = typed(negated.value(), ColumnType.INTEGER);
      return new Typed(row -> negated(value.of(row)), ColumnType.INTEGER);
    } else if (expression instanceof Expression.Absolute absolute) {
      Function value = typed(absolute.value(), ColumnType.INTEGER);
      return new Typed(
          row -> value.of(row) instanceof Int128 number ? absolute(number) : null,
          ColumnType.INTEGER);
    } else if (expression instanceof Expression.FirstOf first) {
      if (first.values().isEmpty()) {
        throw wrong("the first of no values is asked for");
      }
      ColumnType type = compile(first.values().get(0)).type();
      Function[] values = functions(first.values(), type);
      return new Typed(row -> first(values, row), type);
    }
    throw new IllegalStateException("no function for " + expression);
  }

  private Function typed(Expression expression, ColumnType type) {
    Typed compiled = compile(expression);
    if (compiled.type() != type) {
      throw wrong(
          compiled.type().text() + " is found where " + type.text() + " is needed: " + expression);
    }
    return compiled.function();
  }

  private Function[] functions(List<Expression> expressions, ColumnType type) {
    List<Function> functions = new ArrayList<>();
    expressions.forEach(each -> functions.add(typed(each, type)));
    return functions.toArray(new Function[0]);
  }

  private static Typed is(Function function) {
    return new Typed(function, ColumnType.BOOLEAN);
  }

  private static Typed constant(Value value) {
    if (value.value() instanceof String text && text.indexOf(0) >= 0) {
      throw new EngineException(
          EngineException.Kind.RECIPE,
          "A text of the recipe or of a parameter holds a character of code 0, which no row can"
              + " hold; take it out.");
    }
    Object constant = RowCodec.plain(value.value());
    if (constant instanceof Int128 number) {
      long high = number.high();
      long low = number.low();
      return new Typed(row -> Int128.ofParts(high, low), value.type());
    }
    Serializable other = (Serializable) constant;
    return new Typed(row -> other, value.type());
  }

  private Typed compare(Expression.Compare compare) {
    Typed left = compile(compare.left());
    Function l = left.function();
    Function r = typed(compare.right(), left.type());
    Expression.Operator operator = compare.operator();
    if (left.type() != ColumnType.TEXT
        && Set.of(
                Expression.Operator.CONTAINS,
                Expression.Operator.PREFIX,
                Expression.Operator.SUFFIX)
            .contains(operator)) {
      throw wrong(operator.text() + " takes texts, not " + left.type().text());
    }
    return is(row -> holds(operator, l.of(row), r.of(row)));
  }

  private static @Nullable Boolean holds(
      Expression.Operator operator, @Nullable Object l, @Nullable Object r) {
    if (l == null || r == null) {
      return null;
    }
    return switch (operator) {
      case EQUAL -> l.equals(r);
      case NOT_EQUAL -> !l.equals(r);
      case LESS -> order(l, r) < 0;
      case LESS_OR_EQUAL -> order(l, r) <= 0;
      case GREATER -> order(l, r) > 0;
      case GREATER_OR_EQUAL -> order(l, r) >= 0;
      case CONTAINS -> ((String) l).contains((String) r);
      case PREFIX -> ((String) l).startsWith((String) r);
      case SUFFIX -> ((String) l).endsWith((String) r);
    };
  }

  /** The order of two values of one type. */
  static int order(Object l, Object r) {
    if (l instanceof String text) {
      return Texts.order(text, (String) r);
    } else if (l instanceof Int128 number) {
      return number.compareTo((Int128) r);
    } else if (l instanceof Integer day) {
      return day.compareTo((Integer) r);
    } else if (l instanceof Long micros) {
      return micros.compareTo((Long) r);
    }
    return ((Boolean) l).compareTo((Boolean) r);
  }

  private static Typed any(Function value, Function[] values) {
    return is(
        row -> {
          Object of = value.of(row);
          Boolean found = Boolean.FALSE;
          for (Function each : values) {
            Boolean same = holds(Expression.Operator.EQUAL, of, each.of(row));
            if (Boolean.TRUE.equals(same)) {
              return true;
            }
            found = same == null ? null : found;
          }
          return found;
        });
  }

  private static @Nullable Boolean not(@Nullable Boolean value) {
    return value == null ? null : !value;
  }

  /** Whether one of them is {@code decisive}, which all are then; else null if one is. */
  private static @Nullable Boolean all(
      Function[] values, @Nullable Object[] row, Boolean decisive) {
    Boolean all = !decisive;
    for (Function each : values) {
      Object value = each.of(row);
      if (decisive.equals(value)) {
        return decisive;
      }
      all = value == null ? null : all;
    }
    return all;
  }

  private static Typed normalised(Function value, List<Normalisation> steps) {
    Texts.Steps changes = new Texts.Steps(steps);
    return new Typed(row -> changes.of(value.of(row)), ColumnType.TEXT);
  }

  private static @Nullable String concatenated(Function[] values, @Nullable Object[] row) {
    StringBuilder text = new StringBuilder();
    for (Function each : values) {
      Object value = each.of(row);
      if (value == null) {
        return null;
      }
      text.append((String) value);
    }
    return text.toString();
  }

  private static @Nullable Int128 negated(@Nullable Object value) {
    return value == null ? null : ((Int128) value).negated();
  }

  static Int128 absolute(Int128 value) {
    return value.signum() < 0 ? value.negated() : value;
  }

  private static @Nullable Object first(Function[] values, @Nullable Object[] row) {
    for (Function each : values) {
      Object value = each.of(row);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private EngineException wrong(String what) {
    return new EngineException(
        EngineException.Kind.RECIPE,
        "The recipe does not fit the rows, " + where + ": " + what + ".");
  }
}
