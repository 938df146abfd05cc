// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Int128;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a recipe in its canonical form: fields in the order of the records, and what is null or
 * empty left out. Separate from the reader, which takes several spellings of the same.
 *
 * <p>One thread, for one document.
 */
final class RecipeWriter {
  private static final int PERCENT_SCALE = 4;

  private final JsonGenerator out;

  RecipeWriter(JsonGenerator out) {
    this.out = out;
  }

  void recipe(Recipe recipe) throws IOException {
    out.writeStartObject();
    out.writeNumberField("format", RecipeJson.FORMAT);
    out.writeStringField("name", recipe.name());
    if (!recipe.description().isEmpty()) {
      out.writeStringField("description", recipe.description());
    }
    if (!recipe.parameters().isEmpty()) {
      out.writeArrayFieldStart("parameters");
      for (Parameter parameter : recipe.parameters()) {
        parameter(parameter);
      }
      out.writeEndArray();
    }
    side("left", recipe.left());
    side("right", recipe.right());
    if (recipe.anchor() != null) {
      out.writeStringField("anchor", recipe.anchor().text());
    }
    out.writeArrayFieldStart("rules");
    for (Rule rule : recipe.rules()) {
      rule(rule);
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private void parameter(Parameter parameter) throws IOException {
    out.writeStartObject();
    out.writeStringField("name", parameter.name());
    out.writeStringField("type", parameter.type().text());
    Value preset = parameter.preset();
    if (preset != null) {
      out.writeFieldName("preset");
      switch (preset.type()) {
        case INTEGER -> integer((Int128) preset.value());
        case BOOLEAN -> out.writeBoolean((Boolean) preset.value());
        case TEXT, DATE, TIME -> out.writeString(preset.text());
      }
    }
    out.writeEndObject();
  }

  private void side(String name, SideSpec side) throws IOException {
    out.writeObjectFieldStart(name);
    if (side.source() instanceof SourceRef.Ledger ledger) {
      out.writeObjectFieldStart("ledger");
      out.writeStringField("book", ledger.book());
      out.writeArrayFieldStart("accounts");
      for (String account : ledger.accounts()) {
        out.writeString(account);
      }
      out.writeEndArray();
      text("asset", ledger.asset());
      text("from", ledger.from());
      text("to", ledger.to());
      out.writeEndObject();
    } else if (side.source() instanceof SourceRef.File file) {
      out.writeObjectFieldStart("file");
      out.writeStringField("profile", file.profile());
      out.writeEndObject();
    } else if (side.source() instanceof SourceRef.Sql sql) {
      out.writeObjectFieldStart("sql");
      out.writeStringField("source", sql.source());
      out.writeStringField("query", sql.query());
      out.writeStringField("profile", sql.profile());
      out.writeEndObject();
    }
    if (!side.derived().isEmpty()) {
      out.writeArrayFieldStart("derived");
      for (Derived derived : side.derived()) {
        out.writeStartObject();
        out.writeStringField("name", derived.name());
        expression("expression", derived.expression());
        out.writeEndObject();
      }
      out.writeEndArray();
    }
    Expression filter = side.filter();
    if (filter != null) {
      expression("filter", filter);
    }
    out.writeEndObject();
  }

  private void text(String field, @Nullable String text) throws IOException {
    if (text != null) {
      out.writeStringField(field, text);
    }
  }

  private void integer(Int128 value) throws IOException {
    out.writeNumber(value.toBigInteger());
  }

  // ---- rules

  private void rule(Rule rule) throws IOException {
    out.writeStartObject();
    out.writeStringField("name", rule.name());
    out.writeStringField("cardinality", rule.cardinality().text());
    if (!rule.conditions().isEmpty()) {
      out.writeArrayFieldStart("conditions");
      for (Condition condition : rule.conditions()) {
        condition(condition);
      }
      out.writeEndArray();
    }
    out.writeStringField("sign", rule.sign().text());
    if (!rule.tolerance().equals(Tolerance.NONE)) {
      tolerance(rule.tolerance());
    }
    Window window = rule.window();
    if (window != null) {
      out.writeObjectFieldStart("window");
      columns(window.left(), null, window.right());
      out.writeNumberField("before", window.daysBefore());
      out.writeNumberField("after", window.daysAfter());
      out.writeEndObject();
    }
    Grouping grouping = rule.grouping();
    if (grouping != null) {
      out.writeStringField("grouping", grouping.text());
    }
    if (rule.groupMax() != 0) {
      out.writeNumberField("group_max", rule.groupMax());
    }
    out.writeStringField("effect", rule.effect().text());
    text("sql", rule.sql());
    out.writeEndObject();
  }

  private void condition(Condition condition) throws IOException {
    out.writeStartObject();
    columns(condition.left(), condition.comparison(), condition.right());
    if (!condition.normalise().isEmpty()) {
      steps(condition.normalise());
    }
    BigDecimal threshold = condition.threshold();
    if (threshold != null) {
      out.writeFieldName("threshold");
      out.writeNumber(threshold.toPlainString());
    }
    out.writeEndObject();
  }

  private void columns(String left, @Nullable Comparison comparison, String right)
      throws IOException {
    boolean same = left.equals(right);
    out.writeStringField(same ? "column" : "left", left);
    if (comparison != null) {
      out.writeStringField("is", comparison.text());
    }
    if (!same) {
      out.writeStringField("right", right);
    }
  }

  private void tolerance(Tolerance tolerance) throws IOException {
    out.writeObjectFieldStart("tolerance");
    Int128 absolute = tolerance.absolute();
    if (absolute != null) {
      out.writeFieldName("absolute");
      integer(absolute);
    }
    if (!tolerance.byAsset().isEmpty()) {
      out.writeObjectFieldStart("by_asset");
      for (Map.Entry<String, Int128> each : tolerance.byAsset().entrySet()) {
        out.writeFieldName(each.getKey());
        integer(each.getValue());
      }
      out.writeEndObject();
    }
    Long millionths = tolerance.percentMillionths();
    if (millionths != null) {
      BigDecimal percent = BigDecimal.valueOf(millionths, PERCENT_SCALE);
      out.writeFieldName("percent");
      out.writeNumber(percent.stripTrailingZeros().toPlainString());
    }
    out.writeEndObject();
  }

  private void steps(List<Normalisation> steps) throws IOException {
    out.writeArrayFieldStart("normalise");
    for (Normalisation step : steps) {
      if (step.pattern() == null) {
        out.writeString(step.kind().text());
      } else {
        out.writeStartObject();
        out.writeStringField(step.kind().text(), step.pattern());
        out.writeEndObject();
      }
    }
    out.writeEndArray();
  }

  // ---- expressions

  private void expression(String field, Expression expression) throws IOException {
    out.writeFieldName(field);
    expression(expression);
  }

  private void expression(Expression expression) throws IOException {
    if (expression instanceof Expression.Constant constant) {
      constant(constant.value());
      return;
    }
    out.writeStartObject();
    if (expression instanceof Expression.ColumnOf column) {
      out.writeStringField("column", column.name());
    } else if (expression instanceof Expression.ParameterOf parameter) {
      out.writeStringField("parameter", parameter.name());
    } else if (expression instanceof Expression.Compare compare) {
      subject(compare.left());
      expression(compare.operator().text(), compare.right());
    } else if (expression instanceof Expression.In in) {
      subject(in.value());
      list("in", in.values());
    } else if (expression instanceof Expression.IsNull isNull) {
      subject(isNull.value());
      out.writeBooleanField("is_null", true);
    } else if (expression instanceof Expression.Normalised normalised) {
      subject(normalised.value());
      steps(normalised.steps());
    } else if (expression instanceof Expression.Not not) {
      expression("not", not.value());
    } else if (expression instanceof Expression.And and) {
      list("and", and.values());
    } else if (expression instanceof Expression.Or or) {
      list("or", or.values());
    } else if (expression instanceof Expression.Concatenated texts) {
      list("concatenated", texts.values());
    } else if (expression instanceof Expression.Negated negated) {
      expression("negated", negated.value());
    } else if (expression instanceof Expression.Absolute absolute) {
      expression("absolute", absolute.value());
    } else if (expression instanceof Expression.FirstOf first) {
      list("first_of", first.values());
    }
    out.writeEndObject();
  }

  private void subject(Expression expression) throws IOException {
    if (expression instanceof Expression.ColumnOf column) {
      out.writeStringField("column", column.name());
    } else if (expression instanceof Expression.ParameterOf parameter) {
      out.writeStringField("parameter", parameter.name());
    } else {
      expression("value", expression);
    }
  }

  private void list(String field, List<Expression> expressions) throws IOException {
    out.writeArrayFieldStart(field);
    for (Expression each : expressions) {
      expression(each);
    }
    out.writeEndArray();
  }

  private void constant(Value value) throws IOException {
    switch (value.type()) {
      case TEXT -> out.writeString((String) value.value());
      case INTEGER -> integer((Int128) value.value());
      case BOOLEAN -> out.writeBoolean((Boolean) value.value());
      case DATE, TIME -> {
        out.writeStartObject();
        out.writeStringField(value.type().text(), value.text());
        out.writeEndObject();
      }
    }
  }
}
