// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random requests made from the schemas of the API document, and from nothing else: what is valid
 * by the document is not refused for its shape, and what is answered is what the document says.
 * {@code -Dtalea.seed=N} repeats.
 *
 * <p>Helped along where a schema has no words: names are often ones that exist, postings often
 * balance, lengths are in bytes, and the drafts of an atomic batch are for one book.
 */
@Tag("slow")
class DocumentFuzzTest {
  private static final int REQUESTS = 600;
  private static final long SEED = Long.getLong("talea.seed", 20_261_127L);
  private static final String STRINGS = "application/json; amounts=string";

  private static final String ALPHABET = "abz:/\\._-%?# '\"é€\u2028\uD83D\uDE00{}";

  private final Random random = new Random(SEED);
  private final List<String> known =
      new ArrayList<>(List.of("USD", "b", "cash", "income", "k", "_b", ""));
  private final List<String> transactions = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();

  /** Where pages of statements have ended. */
  private final List<String> places = new ArrayList<>();

  private final Map<String, List<String>> existing =
      Map.of(
          "book", List.of("b"),
          "path", List.of("cash", "income"),
          "id", List.of("USD"),
          "name", List.of("postings", "daily-balances", "prefix-totals"),
          "idempotency_key", keys);

  private Map<String, Object> document = Map.of();

  @TempDir private Path directory;

  private record Operation(String method, String path, Map<String, Object> says) {}

  @Test
  void whatIsValidByTheDocumentIsAnsweredAsTheDocumentSays() {
    Map<Integer, Integer> statuses = new TreeMap<>();
    Map<String, Integer> succeeded = new HashMap<>();
    Path ledger = directory.resolve("ledger");
    TestDaemon.onLog(ledger).withBook("b").close(); // which writes the anchor that a proof wants
    try (TestDaemon daemon = TestDaemon.onLog(ledger, "TALEA_PROJECTIONS", "all")) {
      document = JsonTree.object(daemon.get("/openapi.json").body());
      List<Operation> operations = operations();
      for (int i = 0; i < REQUESTS; i++) {
        Operation operation = operations.get(i % operations.size());
        String target = target(operation);
        @Nullable String body = body(operation, target.endsWith("atomic=true"));
        Answer answer = daemon.ask(operation.method, target, body, "Accept: " + STRINGS);
        String what =
            "-Dtalea.seed="
                + SEED
                + " "
                + operation.method
                + " "
                + target
                + " "
                + body
                + " is "
                + answer;
        assertTrue(answer.status() < 500 || isStale(answer), what);
        check(operation, answer, what);
        statuses.merge(answer.status(), 1, Integer::sum);
        if (answer.status() < 300) {
          succeeded.merge(operation.method + " " + operation.path, 1, Integer::sum);
          learn(answer, body);
        }
      }
      for (Operation operation : operations) {
        String name = operation.method + " " + operation.path;
        assertTrue(
            succeeded.containsKey(name) || name.equals("GET /"),
            () -> name + " never succeeded: " + succeeded + " " + statuses);
      }
    }
  }

  /** Tables may be asked for what no post has brought yet. */
  private static boolean isStale(Answer answer) {
    return answer.status() == 503 && answer.body().startsWith("{\"error\":\"stale\"");
  }

  /**
   * All but the stream of many books, which does not end (that of one is asked for a page), the
   * dropping of projections, after which their tables are not there, webhooks, which write to
   * others, and reconciliation, which starts processes.
   */
  private List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    JsonTree.object(document.get("paths"))
        .forEach(
            (path, methods) -> {
              for (String method : JsonTree.object(methods).keySet()) {
                Map<String, Object> says = JsonTree.object(JsonTree.object(methods).get(method));
                if (!path.equals("/v1/events")
                    && !path.endsWith("/drop")
                    && !List.of("webhooks").equals(says.get("tags"))
                    && !List.of("reconciliation").equals(says.get("tags"))) {
                  operations.add(new Operation(method.equals("get") ? "GET" : "POST", path, says));
                }
              }
            });
    return operations;
  }

  private void learn(Answer answer, @Nullable String body) {
    if (body != null && answer.body().startsWith("{\"tx_id\":")) {
      transactions.add(answer.body().substring(10, 46));
      keys.add("" + JsonTree.object(body).get("idempotency_key"));
    }
    if (answer.body().contains("\"lines\":")
        && JsonTree.object(answer.body()).get("next") instanceof String next) {
      places.add(next);
    }
  }

  // ---- what is asked

  private String target(Operation operation) {
    String target = operation.path;
    StringBuilder query = new StringBuilder();
    if (operation.says.get("parameters") instanceof Collection<?> list) {
      for (Object each : list) {
        Map<String, Object> parameter = JsonTree.object(each);
        String name = "" + parameter.get("name");
        boolean inPath = "path".equals(parameter.get("in"));
        Map<String, Object> schema = JsonTree.object(parameter.get("schema"));
        boolean needed = Boolean.TRUE.equals(parameter.get("required"));
        List<String> there = inPath ? existing.get(name) : words(name, schema);
        boolean wanted =
            (!inPath && there != null) ? !there.isEmpty() : needed || random.nextBoolean();
        if (wanted) {
          String value =
              encoded(
                  there != null && !there.isEmpty() && (!inPath || random.nextBoolean())
                      ? there.get(random.nextInt(there.size()))
                      : "" + made(schema, 0));
          if (inPath) {
            target = target.replace("{" + name + "}", value);
          } else {
            query.append(query.isEmpty() ? '?' : '&').append(name).append('=').append(value);
          }
        }
      }
    }
    return target + query;
  }

  /**
   * What goes into the query where a schema cannot say what goes together, or what a pattern's text
   * has to name: the days of a period are in order, what is waited for is of a book, and not waited
   * for long. Empty: nothing, this time; null: what the schema says.
   */
  private @Nullable List<String> words(String name, Map<String, Object> schema) {
    boolean day = "date".equals(schema.get("format"));
    return switch (name) {
      case "from" -> day ? List.of("1970-01-01", "2026-02-28") : null;
      case "to" -> day ? List.of("2026-02-28", "2400-02-29") : null;
      case "zone" -> List.of("UTC", "Europe/Prague", "+05:45", "Etc/GMT-14");
      case "min_seq" -> List.of("0", "1", "3", "999999");
      case "wait" -> List.of("0s", "20ms", "000001ms");
      case "book" -> List.of("b");
      case "after" -> schema.containsKey("pattern") ? places : null;
      default -> null;
    };
  }

  private static String encoded(String text) {
    String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    // A client takes a segment of dots for a step in the path.
    return encoded.matches("\\.{1,2}") ? encoded.replace(".", "%2E") : encoded;
  }

  private @Nullable String body(Operation operation, boolean atomic) {
    Object body = operation.says.get("requestBody");
    if (body == null) {
      return operation.method.equals("POST") ? "" : null;
    }
    Object content = JsonTree.object(JsonTree.object(body).get("content")).get("application/json");
    Object value = made(JsonTree.object(JsonTree.object(content).get("schema")), 0);
    List<Object> drafts = new ArrayList<>();
    if (value instanceof Collection<?> many) {
      drafts.addAll(many);
    } else {
      drafts.add(value);
    }
    String book = random.nextBoolean() ? "b" : "c";
    int number = 0;
    for (Object draft : drafts) {
      Map<String, Object> fields = JsonTree.object(draft);
      if (fields.get("postings") instanceof List<?> postings && random.nextInt(4) > 0) {
        Map<String, Object> posting = JsonTree.object(postings.get(0));
        if (random.nextBoolean()) {
          fields.put("book", "b");
          posting.put("account", "cash");
          JsonTree.object(posting.get("amount")).put("asset", "USD");
        }
        Map<String, Object> other = new LinkedHashMap<>(posting);
        other.put("direction", "debit".equals(posting.get("direction")) ? "credit" : "debit");
        fields.put("postings", List.of(posting, other));
      }
      if (atomic) {
        fields.put("book", book);
        fields.put("idempotency_key", "key " + number++);
      }
    }
    return spelled(value);
  }

  /** A value that is valid by the schema. */
  private @Nullable Object made(Map<String, Object> schema, int depth) {
    Map<String, Object> rules = resolved(schema);
    if (rules.get("oneOf") instanceof List<?> choices) {
      return made(JsonTree.object(choices.get(random.nextInt(choices.size()))), depth);
    }
    if (rules.containsKey("const")) {
      return rules.get("const");
    }
    if (rules.get("enum") instanceof List<?> words) {
      return words.get(random.nextInt(words.size()));
    }
    Object type = rules.get("type");
    if (type instanceof List<?> types) {
      type = types.get(random.nextInt(types.size()));
    }
    if (type == null) {
      return any(depth);
    }
    return switch ("" + type) {
      case "object" -> object(rules, depth);
      case "array" -> array(rules, depth);
      case "string" -> string(rules);
      case "integer" -> integer(rules);
      case "boolean" -> random.nextBoolean();
      case "null" -> null;
      default -> throw new AssertionError("the document has a type " + type);
    };
  }

  private Map<String, Object> resolved(Map<String, Object> schema) {
    Object reference = schema.get("$ref");
    if (reference == null) {
      return schema;
    }
    Object at = document;
    for (String step : ("" + reference).substring(2).split("/", -1)) {
      at = JsonTree.object(at).get(step);
    }
    return resolved(JsonTree.object(at));
  }

  private Map<String, Object> object(Map<String, Object> rules, int depth) {
    Map<String, Object> object = new LinkedHashMap<>();
    Map<String, Object> properties = new LinkedHashMap<>(JsonTree.object(rules.get("properties")));
    Set<Object> required = new HashSet<>();
    if (rules.get("required") instanceof Collection<?> names) {
      required.addAll(names);
    }
    if (rules.get("if") instanceof Map<?, ?> condition) {
      // What the condition looks at is made first.
      for (String name : JsonTree.object(JsonTree.object(condition).get("properties")).keySet()) {
        put(object, name, made(JsonTree.object(properties.remove(name)), depth + 1));
      }
      Object branch = rules.get(valid(JsonTree.object(condition), object) ? "then" : "else");
      JsonTree.object(JsonTree.object(branch).get("properties"))
          .forEach(
              (name, more) -> {
                Map<String, Object> both =
                    new LinkedHashMap<>(JsonTree.object(properties.get(name)));
                both.putAll(JsonTree.object(more));
                properties.put(name, both);
              });
      if (JsonTree.object(branch).get("required") instanceof Collection<?> names) {
        required.addAll(names);
      }
    }
    properties.forEach(
        (name, schema) -> {
          if (required.contains(name) || random.nextBoolean()) {
            put(object, name, made(JsonTree.object(schema), depth + 1));
          }
        });
    return object;
  }

  @SuppressWarnings("NullAway") // JSON has nulls, and JsonTree keeps them in such maps.
  private static void put(Map<String, Object> object, String name, @Nullable Object value) {
    object.put(name, value);
  }

  private List<@Nullable Object> array(Map<String, Object> rules, int depth) {
    int min = number(rules, "minItems", 0);
    int size = min + random.nextInt(Math.min(4, number(rules, "maxItems", 4) - min + 1));
    List<@Nullable Object> array = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      array.add(made(JsonTree.object(rules.get("items")), depth + 1));
    }
    return array;
  }

  private String string(Map<String, Object> rules) {
    if ("uuid".equals(rules.get("format"))) {
      return !transactions.isEmpty() && random.nextBoolean()
          ? transactions.get(random.nextInt(transactions.size()))
          : new UUID(random.nextLong(), random.nextLong()).toString();
    }
    if ("date-time".equals(rules.get("format"))) {
      return moment();
    }
    while (true) {
      String text =
          switch (random.nextInt(4)) {
            case 0, 1 -> known.get(random.nextInt(known.size()));
            case 2 -> (random.nextBoolean() ? "" : "-") + digits(1 + random.nextInt(39));
            default -> text(number(rules, "maxLength", 40));
          };
      if (validText(rules, text)) {
        return text;
      }
    }
  }

  private String text(int bytesMax) {
    int max = random.nextInt(4) == 0 ? bytesMax : Math.min(8, bytesMax);
    StringBuilder text = new StringBuilder();
    int[] letters = ALPHABET.codePoints().toArray();
    for (int i = random.nextInt(max + 1); i > 0; i--) {
      text.appendCodePoint(letters[random.nextInt(letters.length)]);
      if (text.toString().getBytes(StandardCharsets.UTF_8).length > bytesMax) {
        return text.substring(0, text.offsetByCodePoints(text.length(), -1));
      }
    }
    return text.toString();
  }

  private String digits(int count) {
    StringBuilder digits = new StringBuilder();
    for (int i = 0; i < count; i++) {
      digits.append(random.nextInt(10));
    }
    return digits.toString();
  }

  /** RFC 3339 in all its spellings, but for leap seconds and the first and last day of all. */
  private String moment() {
    String offset =
        random.nextBoolean()
            ? random.nextBoolean() ? "Z" : "z"
            : String.format(
                "%s%02d:%02d",
                random.nextBoolean() ? "+" : "-", random.nextInt(24), random.nextInt(60));
    return String.format(
            "%04d-%02d-%02d%s%02d:%02d:%02d",
            1 + random.nextInt(9998),
            1 + random.nextInt(12),
            1 + random.nextInt(28),
            random.nextBoolean() ? "T" : "t",
            random.nextInt(24),
            random.nextInt(60),
            random.nextInt(60))
        + (random.nextBoolean() ? "" : "." + digits(1 + random.nextInt(12)))
        + offset;
  }

  private BigInteger integer(Map<String, Object> rules) {
    boolean wide = "int64".equals(rules.get("format"));
    BigInteger min = big(rules, "minimum", wide ? Long.MIN_VALUE : Integer.MIN_VALUE);
    BigInteger max = big(rules, "maximum", wide ? Long.MAX_VALUE : Integer.MAX_VALUE);
    return switch (random.nextInt(4)) {
      case 0 -> min;
      case 1 -> max;
      case 2 -> min.max(BigInteger.valueOf(random.nextInt(12))).min(max);
      default -> min.add(new BigInteger(80, random).mod(max.subtract(min).add(BigInteger.ONE)));
    };
  }

  private static BigInteger big(Map<String, Object> rules, String name, long otherwise) {
    return rules.get(name) instanceof BigInteger value ? value : BigInteger.valueOf(otherwise);
  }

  private static int number(Map<String, Object> rules, String name, int otherwise) {
    return rules.get(name) instanceof BigInteger value ? value.intValueExact() : otherwise;
  }

  private @Nullable Object any(int depth) {
    return switch (random.nextInt(depth > 5 ? 4 : 6)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> new BigInteger(100, random).negate();
      case 3 -> text(40);
      case 4 -> List.of("" + any(depth + 1), text(9));
      default -> Map.of("minor", text(4), "metadata", List.of(random.nextInt()), text(9), "x");
    };
  }

  private static String spelled(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      List<String> fields = new ArrayList<>();
      map.forEach((name, field) -> fields.add(quoted("" + name) + ":" + spelled(field)));
      return "{" + String.join(",", fields) + "}";
    }
    if (value instanceof Collection<?> list) {
      return "[" + String.join(",", list.stream().map(DocumentFuzzTest::spelled).toList()) + "]";
    }
    return value instanceof String text ? quoted(text) : "" + value;
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  // ---- what is answered

  private void check(Operation operation, Answer answer, String what) {
    Object response = JsonTree.object(operation.says.get("responses")).get("" + answer.status());
    assertTrue(response != null, () -> "undocumented status: " + what);
    Object content = resolved(JsonTree.object(response)).get("content");
    if (content == null) {
      assertTrue(
          answer.body().isEmpty() || operation.path.equals("/docs/{file}"),
          () -> "undocumented body: " + what);
      return;
    }
    String type = "" + answer.header("Content-Type");
    String media = type.equals(STRINGS) ? type : type.replaceFirst(";.*", "");
    Object form = JsonTree.object(content).get(media);
    assertTrue(form != null, () -> "undocumented content type: " + what);
    if (media.startsWith("application/json")) {
      Object value = JsonTree.object("{\"value\":" + answer.body() + "}").get("value");
      Map<String, Object> schema = JsonTree.object(JsonTree.object(form).get("schema"));
      assertTrue(valid(schema, value), () -> "not as the document says: " + what);
      if (value instanceof Map<?, ?> && answer.status() == 400) {
        assertTrue(isUnforeseen(JsonTree.object(value)), what);
      } else if (value instanceof Collection<?> slots) {
        for (Object slot : slots) {
          Map<String, Object> fields = JsonTree.object(slot);
          assertTrue(!"invalid_draft".equals(fields.get("error")), what);
          assertTrue(fields.get("amount") == null || isUnforeseen(fields), what);
        }
      }
    }
  }

  /** Refused for what no schema can foresee: sums, what accounts hold, what is going on. */
  private static boolean isUnforeseen(Map<String, Object> error) {
    if ("projection".equals(error.get("field"))) {
      return true; // it is being verified, and cannot be rebuilt meanwhile
    }
    // An amount of 0 is refused for itself, one above it only for what it adds up to.
    return error.get("amount") instanceof String amount
        ? new BigInteger(amount).signum() > 0
        : Set.of("unbalanced", "asset_mismatch").contains("" + error.get("error"));
  }

  private boolean valid(Map<String, Object> schema, @Nullable Object value) {
    Map<String, Object> rules = resolved(schema);
    if (rules.get("oneOf") instanceof List<?> choices) {
      return choices.stream().filter(each -> valid(JsonTree.object(each), value)).count() == 1;
    }
    if (rules.containsKey("const") && !Objects.equals(rules.get("const"), value)) {
      return false;
    }
    if (rules.get("enum") instanceof List<?> words && !words.contains(value)) {
      return false;
    }
    Object type = rules.get("type");
    if (type instanceof List<?> types
        ? types.stream().noneMatch(each -> isOf("" + each, value))
        : type != null && !isOf("" + type, value)) {
      return false;
    }
    if (value instanceof String text) {
      return validText(rules, text);
    }
    if (value instanceof BigInteger number) {
      boolean wide = !"int32".equals(rules.get("format"));
      return rules.get("format") == null
          || (number.compareTo(big(rules, "minimum", wide ? Long.MIN_VALUE : Integer.MIN_VALUE))
                  >= 0
              && number.compareTo(big(rules, "maximum", wide ? Long.MAX_VALUE : Integer.MAX_VALUE))
                  <= 0);
    }
    if (value instanceof List<?> list && rules.get("items") instanceof Map<?, ?> items) {
      return list.stream().allMatch(each -> valid(JsonTree.object(items), each));
    }
    return !(value instanceof Map<?, ?>) || validFields(rules, JsonTree.object(value));
  }

  private boolean validFields(Map<String, Object> rules, Map<String, Object> object) {
    if (rules.get("required") instanceof Collection<?> required
        && !object.keySet().containsAll(required)) {
      return false;
    }
    if (!(rules.get("properties") instanceof Map<?, ?> properties)) {
      return true;
    }
    boolean open =
        Boolean.TRUE.equals(rules.get("additionalProperties")) || rules.get("required") == null;
    return (open || properties.keySet().containsAll(object.keySet()))
        && properties.entrySet().stream()
            .allMatch(
                each ->
                    !object.containsKey("" + each.getKey())
                        || valid(JsonTree.object(each.getValue()), object.get("" + each.getKey())));
  }

  private static boolean isOf(String type, @Nullable Object value) {
    return switch (type) {
      case "object" -> value instanceof Map<?, ?>;
      case "array" -> value instanceof List<?>;
      case "string" -> value instanceof String;
      case "integer" -> value instanceof BigInteger;
      case "number" -> value instanceof Number;
      case "boolean" -> value instanceof Boolean;
      default -> value == null;
    };
  }

  private static boolean validText(Map<String, Object> rules, String text) {
    return text.length() >= number(rules, "minLength", 0)
        && text.getBytes(StandardCharsets.UTF_8).length
            <= number(rules, "maxLength", Integer.MAX_VALUE)
        && (!(rules.get("pattern") instanceof String pattern)
            || Pattern.compile(pattern).matcher(text).find());
  }
}
