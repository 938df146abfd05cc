// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import dev.talea.reconcile.recipe.Parameter;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Value;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a run's values are for the parameters of its recipe. Pure functions. */
public final class ParameterValues {
  private ParameterValues() {}

  /** What is wrong with the values that were given, or null. */
  public static @Nullable String fault(Recipe recipe, Map<String, Value> given) {
    for (Parameter parameter : recipe.parameters()) {
      Value value = given.getOrDefault(parameter.name(), parameter.preset());
      if (value == null) {
        return "parameter " + parameter.name() + " has no value; give one with the run";
      }
      if (value.type() != parameter.type()) {
        return "parameter "
            + parameter.name()
            + " is "
            + parameter.type().text()
            + ", and was given as "
            + value.type().text();
      }
    }
    return null;
  }

  /** A value for every parameter that has one. */
  public static Map<String, Value> of(Recipe recipe, Map<String, Value> given) {
    Map<String, Value> values = new HashMap<>();
    for (Parameter parameter : recipe.parameters()) {
      Value value = given.getOrDefault(parameter.name(), parameter.preset());
      if (value != null) {
        values.put(parameter.name(), value);
      }
    }
    return values;
  }
}
