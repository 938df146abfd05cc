// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.draft;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.talea.ledger.Int128;
import dev.talea.reconcile.document.DocumentException;
import dev.talea.reconcile.document.DocumentReader;
import dev.talea.reconcile.document.Fault;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.RecipeCheck;
import dev.talea.reconcile.recipe.RecipeLimits;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.SideSpec;
import dev.talea.reconcile.recipe.SignRule;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.source.ProfileJson;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes a recipe of one that was written for Kalla, in either of the forms that are in use: with
 * {@code match_sql}, or with {@code match_rules}. What has an exact counterpart is mapped; anything
 * else is refused by name, because a rule that does almost the same finds other rows.
 *
 * <p>Amounts there are numbers with a fraction, here they are whole minor units: a tolerance of
 * 0.01 becomes 1 at a scale of 2.
 *
 * <p>One thread, for one document.
 */
public final class KallaImport {
  /** Levels, as deep as the older form goes twice. */
  private static final int DEPTH_MAX = 16;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxStringLength(RecipeLimits.SQL_CHARS_MAX)
                  .build())
          .build();

  private static final String WHAT = "Kalla recipe";

  /**
   * A recipe that came out.
   *
   * @param remarks what a person has to do or to know before it can run
   */
  public record Imported(Recipe recipe, List<String> remarks) {
    /** Copies the list. */
    public Imported {
      remarks = List.copyOf(remarks);
    }
  }

  private final int scale;
  private final List<Fault> faults = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  private KallaImport(int scale) {
    this.scale = scale;
  }

  /**
   * Imports one.
   *
   * @param scale fraction digits of a minor unit of the amounts that are compared, 0 to 38
   * @throws DocumentException naming everything that has no counterpart
   */
  public static Imported read(byte[] json, int scale) {
    if (scale < 0 || scale > ProfileJson.SCALE_MAX) {
      throw new IllegalArgumentException(
          "scale is " + scale + ", expected 0 to " + ProfileJson.SCALE_MAX);
    }
    if (json.length > DocumentReader.BYTES_MAX) {
      throw new DocumentException(
          WHAT,
          List.of(
              new Fault(
                  "",
                  "is "
                      + json.length
                      + " bytes long, at most "
                      + DocumentReader.BYTES_MAX
                      + " fit")));
    }
    KallaImport reader = new KallaImport(scale);
    Recipe recipe = reader.recipe(parsed(json));
    DocumentException.throwIfAny(WHAT, reader.faults);
    DocumentException.throwIfAny(WHAT, RecipeCheck.alone(recipe));
    return new Imported(recipe, reader.remarks);
  }

  // ---- JSON

  private static Map<String, @Nullable Object> parsed(byte[] json) {
    try (JsonParser parser = FACTORY.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new DocumentException(WHAT, List.of(new Fault("", "is no JSON object")));
      }
      Map<String, @Nullable Object> object = object(parser);
      if (parser.nextToken() != null) {
        throw new DocumentException(
            WHAT, List.of(new Fault("", "something follows the JSON document")));
      }
      return object;
    } catch (IOException e) {
      throw new DocumentException(WHAT, List.of(new Fault("", "is no JSON: " + e.getMessage())));
    }
  }

  private static Map<String, @Nullable Object> object(JsonParser parser) throws IOException {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      object.put(name, value(parser));
    }
    return object;
  }

  private static @Nullable Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> {
        List<@Nullable Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private void fault(String path, String text) {
    faults.add(new Fault(path, text));
  }

  private static String field(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private void onlyKnown(Map<String, @Nullable Object> object, String path, String... known) {
    for (String name : object.keySet()) {
      if (!List.of(known).contains(name)) {
        fault(field(path, name), "has no counterpart here");
      }
    }
  }

  private @Nullable String text(Map<String, @Nullable Object> object, String name, String path) {
    Object value = object.get(name);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    fault(field(path, name), "is no text");
    return null;
  }

  @SuppressWarnings("unchecked") // only made by object()
  private @Nullable Map<String, @Nullable Object> child(
      Map<String, @Nullable Object> object, String name, String path) {
    Object value = object.get(name);
    if (value instanceof Map<?, ?>) {
      return (Map<String, @Nullable Object>) value;
    }
    fault(field(path, name), "is missing, or no object");
    return null;
  }

  // ---- both forms

  private Recipe recipe(Map<String, @Nullable Object> object) {
    onlyKnown(
        object,
        "",
        "recipe_id",
        "name",
        "description",
        "match_sql",
        "match_description",
        "match_rules",
        "sources",
        "version");
    String title = Objects.requireNonNullElse(text(object, "name", ""), "");
    String id = Objects.requireNonNullElse(text(object, "recipe_id", ""), title);
    String description =
        joined(
            title.equals(id) ? null : title,
            text(object, "description", ""),
            text(object, "match_description", ""));
    SideSpec left = side(object, "left");
    SideSpec right = side(object, "right");
    boolean sql = object.get("match_sql") != null;
    if (sql == (object.get("match_rules") != null)) {
      fault("", "has " + (sql ? "both" : "neither") + " match_sql and match_rules, expected one");
    }
    List<Rule> rules = sql ? sqlRules(object) : rules(object);
    remarks.add(
        "Amounts are whole minor units here: the profiles of both sides need scale "
            + scale
            + " and name the column that has the amount.");
    return new Recipe(
        name(id),
        description.length() > RecipeLimits.DESCRIPTION_CHARS_MAX
            ? description.substring(0, RecipeLimits.DESCRIPTION_CHARS_MAX)
            : description,
        List.of(),
        left,
        right,
        null,
        rules);
  }

  private static String name(String text) {
    String name =
        text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    String cut = name.substring(0, Math.min(name.length(), RecipeLimits.NAME_CHARS_MAX));
    return cut.isEmpty() ? "imported" : cut;
  }

  /** A source there says where it lies, with its secrets; here it is a name. */
  private SideSpec side(Map<String, @Nullable Object> object, String side) {
    SourceRef none = new SourceRef.File("imported-" + side);
    Map<String, @Nullable Object> sources =
        object.get("sources") == null ? null : child(object, "sources", "");
    if (sources == null) {
      remarks.add(
          "The recipe names no "
              + side
              + " source: give the run a file, with the profile imported-"
              + side
              + ".");
      return new SideSpec(none, List.of(), null);
    }
    Map<String, @Nullable Object> source = child(sources, side, "sources");
    if (source == null) {
      return new SideSpec(none, List.of(), null);
    }
    String path = "sources." + side;
    onlyKnown(source, path, "alias", "type", "uri", "schema", "primary_key");
    String alias =
        name(Objects.requireNonNullElse(text(source, "alias", path), "imported-" + side));
    String type = Objects.requireNonNullElse(text(source, "type", path), "");
    String uri = Objects.requireNonNullElse(text(source, "uri", path), "");
    Object key = source.get("primary_key");
    String keyText = key == null ? "" : ", with the key " + key;
    switch (type.toLowerCase(Locale.ROOT)) {
      case "postgres", "postgresql", "sqlite" -> {
        String table = table(uri, path);
        remarks.add(
            "Add a JDBC source '"
                + alias
                + "' to the file of TALEA_RECONCILE_SOURCES (its URL is"
                + " not taken over, as it may hold a password) and a profile '"
                + alias
                + "' over the columns of table "
                + table
                + keyText
                + ".");
        return new SideSpec(
            new SourceRef.Sql(alias, "SELECT * FROM " + table, alias), List.of(), null);
      }
      case "csv", "file", "csv_file" -> {
        remarks.add(
            "Make a profile '" + alias + "' of the file" + keyText + "; the run names the file.");
        return new SideSpec(new SourceRef.File(alias), List.of(), null);
      }
      default -> fault(path + ".type", "is \"" + type + "\", expected postgres, sqlite or csv");
    }
    return new SideSpec(none, List.of(), null);
  }

  /** The table in {@code ?table=T}, each part of its name in quotes. */
  private String table(String uri, String path) {
    int query = uri.indexOf('?');
    if (query >= 0) {
      for (String part : uri.substring(query + 1).split("&", -1)) {
        if (part.startsWith("table=")) {
          String name = part.substring("table=".length());
          if (name.matches("[A-Za-z0-9_$]+(\\.[A-Za-z0-9_$]+)?")) {
            return "\"" + name.replace(".", "\".\"") + "\"";
          }
        }
      }
    }
    fault(path + ".uri", "has no ?table=T with the name of a table");
    return "\"unknown\"";
  }

  // ---- match_sql

  private List<Rule> sqlRules(Map<String, @Nullable Object> object) {
    String sql = text(object, "match_sql", "");
    if (sql == null) {
      return List.of();
    }
    KallaSql.Result result = KallaSql.of(sql, scale);
    if (result.fault() != null) {
      fault("match_sql", result.fault());
      return List.of();
    }
    remarks.addAll(result.remarks());
    return result.rule() == null ? List.of() : List.of(result.rule());
  }

  // ---- match_rules

  @SuppressWarnings("unchecked") // only made by object()
  private List<Rule> rules(Map<String, @Nullable Object> object) {
    List<Map.Entry<BigDecimal, Rule>> rules = new ArrayList<>();
    Map<String, Integer> names = new HashMap<>();
    if (!(object.get("match_rules") instanceof List<?> list)) {
      fault("match_rules", "is missing, or no array");
      return List.of();
    }
    for (int i = 0; i < list.size(); i++) {
      String path = "match_rules[" + i + "]";
      if (!(list.get(i) instanceof Map<?, ?> each)) {
        fault(path, "is no object");
        continue;
      }
      Map<String, @Nullable Object> source = (Map<String, @Nullable Object>) each;
      Rule rule = rule(source, path, names);
      BigDecimal priority =
          source.get("priority") instanceof BigDecimal number ? number : BigDecimal.valueOf(i);
      if (rule != null) {
        rules.add(Map.entry(priority, rule));
      }
    }
    // Kalla tries the smallest number first, and of equals the one that stands first.
    rules.sort(Comparator.comparing(Map.Entry::getKey));
    return rules.stream().map(Map.Entry::getValue).toList();
  }

  @SuppressWarnings("unchecked") // only made by object()
  private @Nullable Rule rule(
      Map<String, @Nullable Object> source, String path, Map<String, Integer> names) {
    onlyKnown(source, path, "name", "pattern", "priority", "conditions");
    String name = Objects.requireNonNullElse(text(source, "name", path), "rule");
    name = name.strip();
    name = name.substring(0, Math.min(name.length(), RecipeLimits.NAME_CHARS_MAX - 4));
    int before = names.merge(name, 1, Integer::sum);
    String unique = before == 1 ? name : name + " " + before;
    String pattern = Objects.requireNonNullElse(text(source, "pattern", path), "1:1");
    Cardinality cardinality = null;
    for (Cardinality each : Cardinality.values()) {
      String known = each.text();
      cardinality = pattern.equalsIgnoreCase(known.replace('M', 'N')) ? each : cardinality;
      cardinality = pattern.equalsIgnoreCase(known) ? each : cardinality;
    }
    if (cardinality == null) {
      fault(path + ".pattern", "is \"" + pattern + "\", expected 1:1, 1:N, N:1 or N:M");
      return null;
    }
    List<Condition> conditions = new ArrayList<>();
    Tolerance tolerance = Tolerance.NONE;
    boolean amounts = false;
    if (source.get("conditions") instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        String at = path + ".conditions[" + i + "]";
        if (!(list.get(i) instanceof Map<?, ?> each)) {
          fault(at, "is no object");
          continue;
        }
        Map<String, @Nullable Object> condition = (Map<String, @Nullable Object>) each;
        onlyKnown(condition, at, "left", "op", "right", "threshold");
        String op = Objects.requireNonNullElse(text(condition, "op", at), "eq");
        boolean money = isAmount(condition, at);
        if (op.equals("tolerance")) {
          Int128 minor = tolerance(condition, at, !tolerance.equals(Tolerance.NONE));
          tolerance = minor == null ? tolerance : Tolerance.of(minor);
          amounts = true;
        } else if (money && op.equals("eq")) {
          amounts = true;
        } else {
          Condition mapped = condition(condition, op, at);
          if (mapped != null) {
            conditions.add(mapped);
          }
        }
      }
    } else {
      fault(path + ".conditions", "is missing, or no array");
    }
    if (!amounts) {
      fault(
          path,
          "has no condition on the amounts, which always have to agree here; give it an \"eq\" or"
              + " \"tolerance\" on the column amount of both sides");
    }
    if (cardinality != Cardinality.ONE_TO_ONE) {
      remarks.add(
          "Rule '"
              + unique
              + "': Kalla joined rows for "
              + pattern
              + " and checked no sum; here the"
              + " sums of a group have to agree.");
    }
    return rule(unique, cardinality, conditions, tolerance);
  }

  /** A rule that compares amounts as well; where it compares nothing else, it has to say so. */
  static Rule rule(
      String name, Cardinality cardinality, List<Condition> conditions, Tolerance tolerance) {
    return new Rule(
        name,
        cardinality,
        conditions,
        SignRule.EQUAL,
        conditions.isEmpty() && tolerance.equals(Tolerance.NONE)
            ? Tolerance.of(Int128.ZERO)
            : tolerance,
        null,
        cardinality == Cardinality.ONE_TO_ONE ? null : Grouping.WHOLE,
        0,
        Effect.MATCH,
        null);
  }

  private boolean isAmount(Map<String, @Nullable Object> condition, String path) {
    return "amount".equals(text(condition, "left", path))
        && "amount".equals(text(condition, "right", path));
  }

  private @Nullable Int128 tolerance(
      Map<String, @Nullable Object> condition, String path, boolean known) {
    if (known) {
      fault(path, "is a second tolerance, there is one amount for each row here");
    }
    amountRemarks(text(condition, "left", path), text(condition, "right", path), remarks);
    if (!(condition.get("threshold") instanceof BigDecimal threshold)) {
      fault(path + ".threshold", "is missing, or no number");
      return null;
    }
    Int128 minor = KallaSql.minor(threshold, scale);
    if (minor == null) {
      fault(
          path + ".threshold",
          "is " + threshold.toPlainString() + ", no whole number of minor units at scale " + scale);
    }
    return minor;
  }

  /** What the profiles have to read the amount from, where it has another name there. */
  static void amountRemarks(@Nullable String left, @Nullable String right, List<String> remarks) {
    if (left != null && !left.equals("amount")) {
      remarks.add("The profile of the left side has to read the amount from column " + left + ".");
    }
    if (right != null && !right.equals("amount")) {
      remarks.add(
          "The profile of the right side has to read the amount from column " + right + ".");
    }
  }

  private @Nullable Condition condition(
      Map<String, @Nullable Object> condition, String op, String path) {
    Comparison comparison =
        switch (op) {
          case "eq" -> Comparison.EQUAL;
          case "gt" -> Comparison.GREATER;
          case "gte" -> Comparison.GREATER_OR_EQUAL;
          case "lt" -> Comparison.LESS;
          case "lte" -> Comparison.LESS_OR_EQUAL;
          case "contains" -> Comparison.CONTAINS;
          case "startswith" -> Comparison.PREFIX;
          case "endswith" -> Comparison.SUFFIX;
          default -> null;
        };
    if (comparison == null) {
      fault(
          path + ".op",
          "is \""
              + op
              + "\", expected eq, tolerance, gt, lt, gte, lte, contains, startswith or endswith");
      return null;
    }
    if (condition.get("threshold") != null) {
      fault(path + ".threshold", "has no counterpart with op \"" + op + "\"");
    }
    UnaryOperator<@Nullable String> column =
        text -> text == null ? null : text.toLowerCase(Locale.ROOT);
    String left = column.apply(text(condition, "left", path));
    String right = column.apply(text(condition, "right", path));
    if (left == null || right == null || !isColumn(left) || !isColumn(right)) {
      fault(path, "names no column of either side, expected " + RecipeLimits.COLUMN_NAME_WORDS);
      return null;
    }
    return new Condition(left, comparison, right, List.of(), null);
  }

  static boolean isColumn(String name) {
    return name.matches(RecipeLimits.COLUMN_NAME);
  }

  /** What there is of these, one sentence behind the other. */
  private static String joined(@Nullable String... texts) {
    StringBuilder joined = new StringBuilder();
    for (String text : texts) {
      if (text != null && !text.isBlank()) {
        joined.append(joined.isEmpty() ? "" : ". ").append(text.strip());
      }
    }
    return joined.toString();
  }
}
