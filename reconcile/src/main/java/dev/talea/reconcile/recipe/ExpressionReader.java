// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import dev.talea.reconcile.document.DocumentReader;
import dev.talea.reconcile.recipe.Expression.Operator;
import dev.talea.reconcile.row.ColumnType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes expressions and normalisations of JSON.
 *
 * <p>An expression is a constant ({@code "PAID"}, {@code 1500}, {@code true}, {@code
 * {"date":"2026-01-31"}}), a form with one field ({@code {"not":...}}, {@code {"or":[...]}}), or a
 * subject ({@code "column"}, {@code "parameter"} or any {@code "value"}) and, beside it, at most
 * one question about it: {@code {"column":"status","equal":"PAID"}}.
 *
 * <p>One thread, for one document.
 */
final class ExpressionReader {
  /** What stands alone in its object. */
  private static final List<String> FORMS =
      List.of(
          "not", "and", "or", "concatenated", "negated", "absolute", "first_of", "date", "time");

  private static final List<String> SUBJECTS = List.of("column", "parameter", "value");

  private static final String[] FIELDS = fields();

  private final DocumentReader in;
  private int parts;

  ExpressionReader(DocumentReader in) {
    this.in = in;
  }

  private static String[] fields() {
    List<String> fields = new ArrayList<>(SUBJECTS);
    for (Operator each : Operator.values()) {
      fields.add(each.text());
    }
    fields.addAll(List.of("in", "is_null", "normalise"));
    fields.addAll(FORMS);
    return fields.toArray(String[]::new);
  }

  Expression read() throws IOException {
    if (++parts > RecipeLimits.EXPRESSION_PARTS_MAX) {
      throw in.fail(
          "makes more than "
              + RecipeLimits.EXPRESSION_PARTS_MAX
              + " parts of expressions, which is the limit of a recipe");
    }
    if (in.isText()) {
      return new Expression.Constant(
          new Value(ColumnType.TEXT, in.text(RecipeLimits.TEXT_CHARS_MAX)));
    }
    if (in.isInteger()) {
      return new Expression.Constant(new Value(ColumnType.INTEGER, in.int128()));
    }
    if (in.isBool()) {
      return new Expression.Constant(new Value(ColumnType.BOOLEAN, in.bool()));
    }
    if (!in.isObject()) {
      throw in.fail(
          "must be an expression: a string, a whole number, true, false or an object, is "
              + in.found());
    }
    return object();
  }

  private Expression object() throws IOException {
    Expression subject = null;
    UnaryOperator<Expression> question = null;
    Expression form = null;
    in.object(FIELDS);
    for (String field = in.field(); field != null; field = in.field()) {
      if (FORMS.contains(field) ? form != null : taken(field, subject, question)) {
        throw in.fail("is too much in this expression, which has its parts; wrap it in \"and\"");
      }
      if (FORMS.contains(field)) {
        form = form(field);
      } else if (SUBJECTS.contains(field)) {
        subject = subject(field);
      } else {
        question = question(field);
      }
    }
    if (form != null) {
      if (subject != null || question != null) {
        throw in.fail("mixes two expressions in one object; wrap them in \"and\" or \"or\"");
      }
      return form;
    }
    if (subject == null) {
      throw in.fail("says nothing about what; expected a \"column\", \"parameter\" or \"value\"");
    }
    return question == null ? subject : question.apply(subject);
  }

  private static boolean taken(
      String field, @Nullable Expression subject, @Nullable UnaryOperator<Expression> question) {
    return SUBJECTS.contains(field) ? subject != null : question != null;
  }

  private Expression subject(String field) throws IOException {
    return switch (field) {
      case "column" -> new Expression.ColumnOf(name());
      case "parameter" -> new Expression.ParameterOf(name());
      default -> read();
    };
  }

  private String name() throws IOException {
    return in.text(
        RecipeLimits.NAME_CHARS_MAX, RecipeLimits.COLUMN_NAME, RecipeLimits.COLUMN_NAME_WORDS);
  }

  private UnaryOperator<Expression> question(String field) throws IOException {
    switch (field) {
      case "in" -> {
        List<Expression> values = list();
        return subject -> new Expression.In(subject, values);
      }
      case "is_null" -> {
        boolean wanted = in.bool();
        return subject -> {
          Expression isNull = new Expression.IsNull(subject);
          return wanted ? isNull : new Expression.Not(isNull);
        };
      }
      case "normalise" -> {
        List<Normalisation> steps = steps();
        return subject -> new Expression.Normalised(subject, steps);
      }
      default -> {
        Operator operator = Operator.of(field);
        if (operator == null) {
          throw new IllegalStateException("field without meaning: " + field);
        }
        Expression other = read();
        return subject -> new Expression.Compare(operator, subject, other);
      }
    }
  }

  private Expression form(String field) throws IOException {
    return switch (field) {
      case "not" -> new Expression.Not(read());
      case "and" -> new Expression.And(list());
      case "or" -> new Expression.Or(list());
      case "concatenated" -> new Expression.Concatenated(list());
      case "negated" -> new Expression.Negated(read());
      case "absolute" -> new Expression.Absolute(read());
      case "first_of" -> new Expression.FirstOf(list());
      case "date" -> constant(ColumnType.DATE);
      default -> constant(ColumnType.TIME);
    };
  }

  private Expression constant(ColumnType type) throws IOException {
    String text = in.text(RecipeLimits.NAME_CHARS_MAX);
    Value value = Value.parse(type, text);
    if (value == null) {
      throw in.fail("is \"" + text + "\", expected " + Value.expected(type));
    }
    return new Expression.Constant(value);
  }

  private List<Expression> list() throws IOException {
    List<Expression> values = in.list(RecipeLimits.LIST_MAX, unused -> read());
    if (values.isEmpty()) {
      throw in.fail("is empty, expected at least one expression");
    }
    return values;
  }

  /** A list of normalisations: words, and objects of one field for {@code capture}. */
  List<Normalisation> steps() throws IOException {
    return in.list(RecipeLimits.STEPS_MAX, unused -> step());
  }

  private Normalisation step() throws IOException {
    if (in.isObject()) {
      String pattern = null;
      in.object("capture");
      while (in.field() != null) {
        pattern = in.text(RecipeLimits.PATTERN_CHARS_MAX);
        String fault = CapturePattern.fault(pattern);
        if (fault != null) {
          throw in.fail(fault);
        }
      }
      return new Normalisation(Normalisation.Kind.CAPTURE, in.required(pattern, "capture"));
    }
    Normalisation.Kind kind = in.word(Normalisation.Kind.values(), Normalisation.Kind::text);
    if (kind == Normalisation.Kind.CAPTURE) {
      throw in.fail("needs a pattern: write {\"capture\":\"INV-([0-9]+)\"}");
    }
    return new Normalisation(kind, null);
  }
}
