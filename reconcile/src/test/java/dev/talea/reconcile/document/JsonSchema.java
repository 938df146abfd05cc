// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.document;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds JSON against a schema of draft 2020-12, as far as our schemas use it: a keyword that it
 * does not know is an error, so that nothing in a schema goes without being looked at. A library
 * would bring jackson-databind, which the build refuses.
 */
public final class JsonSchema {
  private final Map<String, Object> root;

  /**
   * @param schema its bytes
   */
  @SuppressWarnings("unchecked") // a schema is an object
  public JsonSchema(byte[] schema) {
    root = (Map<String, Object>) Objects.requireNonNull(JsonTree.parse(schema));
  }

  /** What the schema has against a document; empty if nothing. */
  public List<String> faults(byte[] json) {
    List<String> faults = new ArrayList<>();
    check(root, JsonTree.parse(json), "", faults);
    return faults;
  }

  private boolean fits(Object schema, @Nullable Object value) {
    List<String> faults = new ArrayList<>();
    check(schema, value, "", faults);
    return faults.isEmpty();
  }

  @SuppressWarnings("unchecked") // by the keyword it is known what stands behind it
  private void check(Object schema, @Nullable Object value, String path, List<String> faults) {
    Map<String, Object> all = (Map<String, Object>) schema;
    for (Map.Entry<String, Object> each : all.entrySet()) {
      Object is = each.getValue();
      boolean ok =
          switch (each.getKey()) {
            case "$schema", "title", "description", "$defs" -> true;
            case "$ref" -> {
              check(definition((String) is), value, path, faults);
              yield true;
            }
            case "type" ->
                (is instanceof List<?> types ? types : List.of(is))
                    .stream().anyMatch(type -> isType(value, (String) type));
            case "const" -> is.equals(value);
            case "enum" -> ((List<Object>) is).contains(value);
            case "required" ->
                !(value instanceof Map<?, ?> object)
                    || object.keySet().containsAll((List<Object>) is);
            case "properties", "additionalProperties" -> {
              if (value instanceof Map<?, ?> object
                  && each.getKey().equals("additionalProperties")) {
                properties(all, object, path, faults);
              }
              yield true;
            }
            case "items" -> {
              if (value instanceof List<?> array) {
                for (int i = 0; i < array.size(); i++) {
                  check(is, array.get(i), path + "[" + i + "]", faults);
                }
              }
              yield true;
            }
            case "anyOf" -> ((List<Object>) is).stream().anyMatch(one -> fits(one, value));
            case "oneOf" ->
                ((List<Object>) is).stream().filter(one -> fits(one, value)).count() == 1;
            case "minItems" -> !(value instanceof List<?> array) || array.size() >= number(is);
            case "maxItems" -> !(value instanceof List<?> array) || array.size() <= number(is);
            case "minProperties" -> !(value instanceof Map<?, ?> map) || map.size() >= number(is);
            case "maxProperties" -> !(value instanceof Map<?, ?> map) || map.size() <= number(is);
            case "minLength" -> !(value instanceof String text) || text.length() >= number(is);
            case "maxLength" -> !(value instanceof String text) || text.length() <= number(is);
            case "pattern" ->
                !(value instanceof String text)
                    || Pattern.compile((String) is).matcher(text).find();
            case "minimum" -> compared(value, is) >= 0;
            case "maximum" -> !(value instanceof Number) || compared(value, is) <= 0;
            case "exclusiveMinimum" -> !(value instanceof Number) || compared(value, is) > 0;
            default -> throw new IllegalArgumentException("keyword not known: " + each.getKey());
          };
      if (!ok) {
        faults.add(path + ": " + each.getKey() + " " + is + ", is " + value);
      }
    }
  }

  @SuppressWarnings("unchecked") // as in check
  private void properties(
      Map<String, Object> schema, Map<?, ?> object, String path, List<String> faults) {
    Map<String, Object> known = (Map<String, Object>) schema.getOrDefault("properties", Map.of());
    Object others = schema.get("additionalProperties");
    for (Map.Entry<?, ?> field : object.entrySet()) {
      String name = (String) field.getKey();
      Object own = known.get(name);
      if (own != null) {
        check(own, field.getValue(), path + "." + name, faults);
      } else if (others instanceof Map<?, ?>) {
        check(others, field.getValue(), path + "." + name, faults);
      } else if (Boolean.FALSE.equals(others)) {
        faults.add(path + ": additional property " + name);
      }
    }
  }

  @SuppressWarnings("unchecked") // $defs is an object of schemas
  private Object definition(String ref) {
    String name = ref.substring("#/$defs/".length());
    Map<String, Object> all = (Map<String, Object>) Objects.requireNonNull(root.get("$defs"));
    return Objects.requireNonNull(all.get(name), ref);
  }

  private static boolean isType(@Nullable Object value, String type) {
    return switch (type) {
      case "object" -> value instanceof Map<?, ?>;
      case "array" -> value instanceof List<?>;
      case "string" -> value instanceof String;
      case "integer" -> value instanceof BigInteger;
      case "number" -> value instanceof Number;
      case "boolean" -> value instanceof Boolean;
      case "null" -> value == null;
      default -> throw new IllegalArgumentException("type not known: " + type);
    };
  }

  private static int number(Object value) {
    return ((BigInteger) value).intValueExact();
  }

  private static int compared(@Nullable Object value, Object bound) {
    return value instanceof Number
        ? new BigDecimal(value.toString()).compareTo(new BigDecimal(bound.toString()))
        : 0;
  }
}
