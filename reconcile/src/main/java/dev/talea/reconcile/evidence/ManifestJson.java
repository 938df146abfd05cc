// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.evidence;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.talea.ledger.Int128;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.SourceFacts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A manifest as JSON. Amounts are text of digits, as everywhere on the wire.
 *
 * <p>Reading takes only what writing makes: the bytes are written anew and compared, so that there
 * are no two spellings of one manifest. Stateless.
 */
final class ManifestJson {
  private static final String FORMAT = "talea-reconcile/1";

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private ManifestJson() {}

  static byte[] write(Manifest manifest) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      DefaultIndenter lines = new DefaultIndenter("  ", "\n");
      out.setPrettyPrinter(
          new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines));
      out.writeStartObject();
      out.writeStringField("format", FORMAT);
      out.writeStringField("recipe_sha256", EvidenceFile.sha256(manifest.recipe()));
      out.writeStringField("recipe", manifest.recipe());
      out.writeStringField("engine", manifest.engine());
      out.writeStringField("engine_version", manifest.engineVersion());
      out.writeObjectFieldStart("parameters");
      for (Map.Entry<String, Value> each : manifest.parameters().entrySet()) {
        out.writeObjectFieldStart(each.getKey());
        out.writeStringField("type", each.getValue().type().text());
        out.writeStringField("value", each.getValue().value().toString());
        out.writeEndObject();
      }
      out.writeEndObject();
      out.writeArrayFieldStart("inputs");
      for (RunInput input : manifest.inputs()) {
        out.writeStartObject();
        out.writeStringField("side", input.side().text());
        out.writeStringField("origin", input.origin().text());
        out.writeStringField("kind", input.facts().kind());
        out.writeObjectFieldStart("facts");
        for (Map.Entry<String, String> fact : input.facts().facts().entrySet()) {
          out.writeStringField(fact.getKey(), fact.getValue());
        }
        out.writeEndObject();
        out.writeEndObject();
      }
      out.writeEndArray();
      side(out, "left", manifest.outcome().left());
      side(out, "right", manifest.outcome().right());
      out.writeArrayFieldStart("rules");
      for (Outcome.RuleTotals rule : manifest.outcome().rules()) {
        out.writeStartObject();
        out.writeStringField("rule", rule.rule());
        out.writeNumberField("groups", rule.groups());
        out.writeNumberField("left_rows", rule.leftRows());
        out.writeNumberField("right_rows", rule.rightRows());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeArrayFieldStart("remarks");
      for (String remark : manifest.outcome().remarks()) {
        out.writeString(remark);
      }
      out.writeEndArray();
      out.writeArrayFieldStart("files");
      for (EvidenceFile file : manifest.files()) {
        out.writeStartObject();
        out.writeStringField("name", file.name());
        out.writeNumberField("bytes", file.bytes());
        out.writeStringField("sha256", file.sha256());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
      out.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  private static void side(JsonGenerator out, String name, Outcome.SideTotals side)
      throws IOException {
    out.writeObjectFieldStart(name);
    out.writeNumberField("read", side.read());
    out.writeNumberField("filtered", side.filtered());
    out.writeNumberField("matched", side.matched());
    out.writeNumberField("suggested", side.suggested());
    out.writeNumberField("unmatched", side.unmatched());
    out.writeNumberField("rejected", side.rejected());
    out.writeObjectFieldStart("sums");
    for (Map.Entry<String, Outcome.Sums> each : side.sums().entrySet()) {
      Outcome.Sums sums = each.getValue();
      out.writeObjectFieldStart(each.getKey());
      out.writeStringField("read", sums.read().toString());
      out.writeStringField("filtered", sums.filtered().toString());
      out.writeStringField("matched", sums.matched().toString());
      out.writeStringField("suggested", sums.suggested().toString());
      out.writeStringField("unmatched", sums.unmatched().toString());
      out.writeStringField("rejected", sums.rejected().toString());
      out.writeEndObject();
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  static Manifest read(byte[] bytes) throws IOException {
    Manifest manifest;
    try (JsonParser in = JSON.createParser(bytes)) {
      in.nextToken();
      Node root = new Node("manifest", value(in));
      String format = root.text("format");
      if (!format.equals(FORMAT)) {
        throw new IOException("the manifest has format " + format + ", and not " + FORMAT);
      }
      manifest = manifest(root);
    } catch (DateTimeException e) {
      throw new IOException("a parameter of the manifest has no such day or time", e);
    }
    if (!Arrays.equals(bytes, write(manifest))) {
      throw new IOException("the manifest is not as it was written: it holds something else, too");
    }
    return manifest;
  }

  private static Manifest manifest(Node root) throws IOException {
    SortedMap<String, Value> parameters = new TreeMap<>();
    for (Map.Entry<String, Node> each : root.object("parameters").entrySet()) {
      ColumnType type = type(each.getValue().text("type"));
      parameters.put(each.getKey(), new Value(type, constant(type, each.getValue().text("value"))));
    }
    List<RunInput> inputs = new ArrayList<>();
    for (Node input : root.array("inputs")) {
      SortedMap<String, String> facts = new TreeMap<>();
      for (Map.Entry<String, Node> fact : input.object("facts").entrySet()) {
        facts.put(fact.getKey(), fact.getValue().text());
      }
      inputs.add(
          new RunInput(
              input.text("side").equals("left") ? MatchSide.LEFT : MatchSide.RIGHT,
              input.text("origin").equals("carried") ? Origin.CARRIED : Origin.SOURCE,
              new SourceFacts(input.text("kind"), facts)));
    }
    List<Outcome.RuleTotals> rules = new ArrayList<>();
    for (Node rule : root.array("rules")) {
      rules.add(
          new Outcome.RuleTotals(
              rule.text("rule"),
              rule.number("groups"),
              rule.number("left_rows"),
              rule.number("right_rows")));
    }
    List<String> remarks = new ArrayList<>();
    for (Node remark : root.array("remarks")) {
      remarks.add(remark.text());
    }
    List<EvidenceFile> files = new ArrayList<>();
    for (Node file : root.array("files")) {
      files.add(new EvidenceFile(file.text("name"), file.number("bytes"), file.text("sha256")));
    }
    return new Manifest(
        root.text("recipe"),
        parameters,
        root.text("engine"),
        root.text("engine_version"),
        inputs,
        new Outcome(side(root.node("left")), side(root.node("right")), rules, remarks),
        files);
  }

  private static Outcome.SideTotals side(Node side) throws IOException {
    SortedMap<String, Outcome.Sums> sums = new TreeMap<>();
    for (Map.Entry<String, Node> each : side.object("sums").entrySet()) {
      Node of = each.getValue();
      sums.put(
          each.getKey(),
          new Outcome.Sums(
              of.amount("read"),
              of.amount("filtered"),
              of.amount("matched"),
              of.amount("suggested"),
              of.amount("unmatched"),
              of.amount("rejected")));
    }
    return new Outcome.SideTotals(
        side.number("read"),
        side.number("filtered"),
        side.number("matched"),
        side.number("suggested"),
        side.number("unmatched"),
        side.number("rejected"),
        sums);
  }

  private static ColumnType type(String text) throws IOException {
    ColumnType type = ColumnType.of(text);
    if (type == null) {
      throw new IOException("there is no type " + text);
    }
    return type;
  }

  private static Object constant(ColumnType type, String text) throws IOException {
    return switch (type) {
      case TEXT -> text;
      case INTEGER -> {
        Int128 value = Int128.parse(text);
        if (value == null) {
          throw new IOException("a parameter is no whole number: " + text);
        }
        yield value;
      }
      case DATE -> LocalDate.parse(text);
      case TIME -> Instant.parse(text);
      case BOOLEAN -> Boolean.valueOf(text);
    };
  }

  /** Objects as maps, arrays as lists, texts, and whole numbers. */
  private static Object value(JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Map<String, Object> fields = new LinkedHashMap<>();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        in.nextToken();
        fields.put(name, value(in));
      }
      return fields;
    } else if (token == JsonToken.START_ARRAY) {
      List<Object> values = new ArrayList<>();
      while (in.nextToken() != JsonToken.END_ARRAY) {
        values.add(value(in));
      }
      return values;
    } else if (token == JsonToken.VALUE_STRING) {
      return in.getText();
    } else if (token == JsonToken.VALUE_NUMBER_INT) {
      return in.getLongValue();
    }
    throw new IOException("the manifest holds a " + token + ", which none of ours does");
  }

  /** A value and where it stands, so that what is missing can be named. */
  private record Node(String name, @Nullable Object value) {
    Node node(String field) throws IOException {
      Map<?, ?> fields = of(Map.class, "an object");
      return new Node(name + "." + field, fields.get(field));
    }

    Map<String, Node> object(String field) throws IOException {
      Node node = node(field);
      Map<String, Node> nodes = new LinkedHashMap<>();
      Map<?, ?> fields = node.of(Map.class, "an object");
      for (Map.Entry<?, ?> each : fields.entrySet()) {
        String key = Objects.toString(each.getKey());
        nodes.put(key, new Node(node.name + "." + key, each.getValue()));
      }
      return nodes;
    }

    List<Node> array(String field) throws IOException {
      Node node = node(field);
      List<Node> nodes = new ArrayList<>();
      List<?> values = node.of(List.class, "an array");
      for (Object each : values) {
        nodes.add(new Node(node.name, each));
      }
      return nodes;
    }

    String text() throws IOException {
      return of(String.class, "a text");
    }

    String text(String field) throws IOException {
      return node(field).text();
    }

    long number(String field) throws IOException {
      return node(field).of(Long.class, "a whole number");
    }

    Int128 amount(String field) throws IOException {
      Int128 amount = Int128.parse(text(field));
      if (amount == null) {
        throw new IOException(name + "." + field + " is no amount");
      }
      return amount;
    }

    private <T> T of(Class<T> type, String words) throws IOException {
      if (!type.isInstance(value)) {
        throw new IOException(name + " is missing, or is not " + words);
      }
      return type.cast(value);
    }
  }
}
