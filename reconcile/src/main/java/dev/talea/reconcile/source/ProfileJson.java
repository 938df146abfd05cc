// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.log.TreeHash;
import dev.talea.reconcile.document.DocumentException;
import dev.talea.reconcile.document.DocumentReader;
import dev.talea.reconcile.document.Fault;
import dev.talea.reconcile.recipe.RecipeLimits;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.source.FormatProfile.Amount;
import dev.talea.reconcile.source.FormatProfile.AssetFrom;
import dev.talea.reconcile.source.FormatProfile.Dates;
import dev.talea.reconcile.source.FormatProfile.Field;
import dev.talea.reconcile.source.FormatProfile.Format;
import dev.talea.reconcile.source.FormatProfile.Numbers;
import dev.talea.reconcile.source.FormatProfile.Text;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A format profile as a document: read strictly from JSON, checked, and written in one form.
 *
 * <p>Stateless; any thread.
 */
public final class ProfileJson {
  /** Columns of a profile. */
  public static final int FIELDS_MAX = 256;

  /** Fraction digits of a minor unit; more than 2^127-1 has are of no use. */
  public static final int SCALE_MAX = 38;

  private static final int NAME_CHARS_MAX = 64;
  private static final int COLUMN_CHARS_MAX = 256;
  private static final int PATTERNS_MAX = 8;
  private static final int PATTERN_CHARS_MAX = 40;
  private static final int WORDS_MAX = 16;
  private static final int LINES_MAX = 1_000;

  private static final JsonFactory FACTORY = new JsonFactory();

  private final DocumentReader in;

  private ProfileJson(DocumentReader in) {
    this.in = in;
  }

  /**
   * Reads a profile and checks it.
   *
   * @throws DocumentException if it is not what docs/reference-recipes.md shows
   */
  public static FormatProfile read(byte[] json) {
    FormatProfile profile =
        DocumentReader.read("profile", json, in -> new ProfileJson(in).profile());
    DocumentException.throwIfAny("profile", faults(profile));
    return profile;
  }

  /** What is wrong with a profile, whatever is read by it; empty if nothing. */
  public static List<Fault> faults(FormatProfile profile) {
    List<Fault> faults = new ArrayList<>();
    String encoding = profile.text().encoding();
    if (!Encodings.NAMES.contains(encoding)) {
      faults.add(
          new Fault(
              "text.encoding",
              "is \"" + encoding + "\", expected one of " + String.join(", ", Encodings.NAMES)));
    }
    try {
      ZoneId.of(profile.dates().zone());
    } catch (DateTimeException e) {
      faults.add(
          new Fault("dates.zone", "is \"" + profile.dates().zone() + "\", expected Europe/Prague"));
    }
    List<String> patterns = profile.dates().patterns();
    for (int i = 0; i < patterns.size(); i++) {
      String fault = DatePattern.fault(patterns.get(i));
      if (fault != null) {
        faults.add(new Fault("dates.patterns[" + i + "]", fault));
      }
      for (int j = 0; j < i; j++) {
        if (DatePattern.confuse(patterns.get(j), patterns.get(i))
            && DatePattern.isTurned(patterns.get(j), patterns.get(i))) {
          faults.add(
              new Fault(
                  "dates.patterns[" + i + "]",
                  "reads as another day what "
                      + patterns.get(j)
                      + " reads; only one can be right"));
        }
      }
    }
    Numbers numbers = profile.numbers();
    if (numbers.thousands() != null && numbers.thousands() == numbers.decimal()) {
      faults.add(new Fault("numbers.thousands", "is the decimal mark too"));
    }
    Text text = profile.text();
    if (text.quote() != null && text.quote() == text.delimiter()) {
      faults.add(new Fault("text.quote", "is the delimiter too"));
    }
    Set<String> names = new HashSet<>(Set.of(Column.AMOUNT, Column.ASSET));
    for (int i = 0; i < profile.fields().size(); i++) {
      Field field = profile.fields().get(i);
      String path = "fields[" + i + "].name";
      if (!names.add(field.name())) {
        faults.add(new Fault(path, "is \"" + field.name() + "\", which is there already"));
      }
      ColumnType fixed = fixed(field.name());
      if (fixed != null && fixed != field.type()) {
        faults.add(
            new Fault(
                "fields[" + i + "].type",
                "is "
                    + field.type().text()
                    + ", expected "
                    + fixed.text()
                    + " for "
                    + field.name()));
      }
    }
    for (int i = 0; i < profile.key().size(); i++) {
      if (!names.contains(profile.key().get(i))) {
        faults.add(
            new Fault("key[" + i + "]", "is \"" + profile.key().get(i) + "\", no column has it"));
      }
    }
    return faults;
  }

  private static @Nullable ColumnType fixed(String name) {
    return switch (name) {
      case Column.DATE -> ColumnType.DATE;
      case Column.TIME -> ColumnType.TIME;
      case Column.REFERENCE, Column.COUNTERPARTY -> ColumnType.TEXT;
      default -> null;
    };
  }

  // ---- reading

  private FormatProfile profile() throws IOException {
    String name = null;
    Format format = Format.DELIMITED;
    Text text = Text.USUAL;
    Numbers numbers = Numbers.USUAL;
    Dates dates = Dates.USUAL;
    Amount amount = null;
    AssetFrom asset = null;
    List<Field> fields = List.of();
    List<String> key = List.of();
    in.object("name", "format", "text", "numbers", "dates", "amount", "asset", "fields", "key");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "name" ->
            name = in.text(RecipeLimits.NAME_CHARS_MAX, RecipeLimits.NAME, RecipeLimits.NAME_WORDS);
        case "format" -> format = in.word(Format.values(), Format::text);
        case "text" -> text = text();
        case "numbers" -> numbers = numbers();
        case "dates" -> dates = dates();
        case "amount" -> amount = amount();
        case "asset" -> asset = asset();
        case "fields" -> fields = in.list(FIELDS_MAX, unused -> field());
        default -> key = in.list(FIELDS_MAX, unused -> columnName());
      }
    }
    if (Statements.are(format)) {
      if (amount != null || asset != null || !fields.isEmpty()) {
        throw in.failField(
            amount != null ? "amount" : asset != null ? "asset" : "fields",
            "cannot be chosen, the columns of " + format.text() + " are fixed");
      }
      amount = Statements.AMOUNT;
      asset = Statements.ASSET;
      fields = Statements.FIELDS;
    }
    return new FormatProfile(
        in.required(name, "name"),
        format,
        text,
        numbers,
        dates,
        in.required(amount, "amount"),
        in.required(asset, "asset"),
        fields,
        key);
  }

  private Text text() throws IOException {
    String encoding = Text.USUAL.encoding();
    char delimiter = Text.USUAL.delimiter();
    Character quote = Text.USUAL.quote();
    boolean header = true;
    int skipLines = 0;
    int footerRows = 0;
    String footerPrefix = null;
    in.object(
        "encoding", "delimiter", "quote", "header", "skip_lines", "footer_rows", "footer_prefix");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "encoding" -> encoding = in.text(NAME_CHARS_MAX);
        case "delimiter" -> delimiter = in.text(1, "[^\\r\\n\"]", "one character").charAt(0);
        case "quote" -> quote = mark("[^\\r\\n]?");
        case "header" -> header = in.bool();
        case "skip_lines" -> skipLines = in.integer(0, LINES_MAX);
        case "footer_rows" -> footerRows = in.integer(0, LINES_MAX);
        default -> footerPrefix = in.text(COLUMN_CHARS_MAX, ".+", "at least one character");
      }
    }
    return new Text(encoding, delimiter, quote, header, skipLines, footerRows, footerPrefix);
  }

  private @Nullable Character mark(String expression) throws IOException {
    String text = in.text(1, expression, "one character, or none");
    return text.isEmpty() ? null : text.charAt(0);
  }

  private Numbers numbers() throws IOException {
    char decimal = Numbers.USUAL.decimal();
    Character thousands = null;
    int scale = Numbers.USUAL.scale();
    boolean minor = false;
    in.object("decimal", "thousands", "scale", "minor");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "decimal" -> decimal = in.text(1, "[.,]", "\".\" or \",\"").charAt(0);
        case "thousands" -> thousands = mark("[.,' _\u00a0\u2019\u202f]?");
        case "scale" -> scale = in.integer(0, SCALE_MAX);
        default -> minor = in.bool();
      }
    }
    return new Numbers(decimal, thousands, scale, minor);
  }

  private Dates dates() throws IOException {
    List<String> patterns = Dates.USUAL.patterns();
    String zone = Dates.USUAL.zone();
    in.object("patterns", "zone");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "patterns" -> patterns = in.list(PATTERNS_MAX, unused -> in.text(PATTERN_CHARS_MAX));
        default -> zone = in.text(NAME_CHARS_MAX);
      }
    }
    return new Dates(patterns, zone);
  }

  private String column() throws IOException {
    return in.text(COLUMN_CHARS_MAX, "(?s).+", "the name of a column, or # and its number");
  }

  private String columnName() throws IOException {
    return in.text(
        RecipeLimits.NAME_CHARS_MAX, RecipeLimits.COLUMN_NAME, RecipeLimits.COLUMN_NAME_WORDS);
  }

  private Amount amount() throws IOException {
    String column = null;
    boolean negate = false;
    String inColumn = null;
    String outColumn = null;
    String marker = null;
    List<String> inWords = null;
    List<String> outWords = null;
    in.object("column", "negate", "in_column", "out_column", "marker", "in_values", "out_values");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "column" -> column = column();
        case "negate" -> negate = in.bool();
        case "in_column" -> inColumn = column();
        case "out_column" -> outColumn = column();
        case "marker" -> marker = column();
        case "in_values" -> inWords = in.list(WORDS_MAX, unused -> in.text(NAME_CHARS_MAX));
        default -> outWords = in.list(WORDS_MAX, unused -> in.text(NAME_CHARS_MAX));
      }
    }
    if (inColumn != null || outColumn != null) {
      if (column != null || marker != null || inWords != null || outWords != null || negate) {
        throw in.failField(
            "in_column", "stands with \"out_column\" alone: the amount has two columns");
      }
      return new Amount.Split(
          in.required(inColumn, "in_column"), in.required(outColumn, "out_column"));
    }
    String single = in.required(column, "column");
    if (marker != null) {
      if (negate) {
        throw in.failField("negate", "is of no use with a marker: turn its values around");
      }
      return new Amount.Marked(
          single, marker, in.required(inWords, "in_values"), in.required(outWords, "out_values"));
    }
    if (inWords != null || outWords != null) {
      throw in.failField("marker", "is missing, the column that has these values");
    }
    return new Amount.Signed(single, negate);
  }

  private AssetFrom asset() throws IOException {
    if (in.isText()) {
      return new AssetFrom.Fixed(in.text(NAME_CHARS_MAX, "\\S.*", "the name of an asset"));
    }
    String column = null;
    in.object("column");
    while (in.field() != null) {
      column = column();
    }
    return new AssetFrom.Named(in.required(column, "column"));
  }

  private Field field() throws IOException {
    String name = null;
    String column = null;
    ColumnType type = null;
    boolean required = false;
    in.object("name", "column", "type", "required");
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "name" -> name = columnName();
        case "column" -> column = column();
        case "type" -> type = in.word(ColumnType.values(), ColumnType::text);
        default -> required = in.bool();
      }
    }
    String known = in.required(name, "name");
    ColumnType usual = fixed(known);
    return new Field(
        known,
        column == null ? known : column,
        type != null ? type : usual != null ? usual : ColumnType.TEXT,
        required);
  }

  // ---- writing

  /** The profile in one form; {@link #read} makes an equal one of it. */
  public static byte[] write(FormatProfile profile) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeStringField("name", profile.name());
      out.writeStringField("format", profile.format().text());
      write(out, profile.text());
      write(out, profile.numbers());
      out.writeObjectFieldStart("dates");
      strings(out, "patterns", profile.dates().patterns());
      out.writeStringField("zone", profile.dates().zone());
      out.writeEndObject();
      if (!Statements.are(profile.format())) {
        write(out, profile.amount());
        if (profile.asset() instanceof AssetFrom.Fixed fixed) {
          out.writeStringField("asset", fixed.asset());
        } else if (profile.asset() instanceof AssetFrom.Named named) {
          out.writeObjectFieldStart("asset");
          out.writeStringField("column", named.column());
          out.writeEndObject();
        }
        out.writeArrayFieldStart("fields");
        for (Field field : profile.fields()) {
          out.writeStartObject();
          out.writeStringField("name", field.name());
          out.writeStringField("column", field.column());
          out.writeStringField("type", field.type().text());
          out.writeBooleanField("required", field.required());
          out.writeEndObject();
        }
        out.writeEndArray();
      }
      strings(out, "key", profile.key());
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing JSON to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** SHA-256 of that form, in hexadecimal digits. */
  static String sha256(FormatProfile profile) {
    return HexFormat.of().formatHex(TreeHash.sha256().digest(write(profile)));
  }

  private static void write(JsonGenerator out, Text text) throws IOException {
    out.writeObjectFieldStart("text");
    out.writeStringField("encoding", text.encoding());
    out.writeStringField("delimiter", String.valueOf(text.delimiter()));
    out.writeStringField("quote", text.quote() == null ? "" : String.valueOf(text.quote()));
    out.writeBooleanField("header", text.header());
    out.writeNumberField("skip_lines", text.skipLines());
    out.writeNumberField("footer_rows", text.footerRows());
    if (text.footerPrefix() != null) {
      out.writeStringField("footer_prefix", text.footerPrefix());
    }
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, Numbers numbers) throws IOException {
    out.writeObjectFieldStart("numbers");
    out.writeStringField("decimal", String.valueOf(numbers.decimal()));
    out.writeStringField(
        "thousands", numbers.thousands() == null ? "" : String.valueOf(numbers.thousands()));
    out.writeNumberField("scale", numbers.scale());
    out.writeBooleanField("minor", numbers.minor());
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, Amount amount) throws IOException {
    out.writeObjectFieldStart("amount");
    if (amount instanceof Amount.Signed signed) {
      out.writeStringField("column", signed.column());
      out.writeBooleanField("negate", signed.negate());
    } else if (amount instanceof Amount.Split split) {
      out.writeStringField("in_column", split.in());
      out.writeStringField("out_column", split.out());
    } else if (amount instanceof Amount.Marked marked) {
      out.writeStringField("column", marked.column());
      out.writeStringField("marker", marked.marker());
      strings(out, "in_values", marked.in());
      strings(out, "out_values", marked.out());
    }
    out.writeEndObject();
  }

  private static void strings(JsonGenerator out, String field, List<String> values)
      throws IOException {
    out.writeArrayFieldStart(field);
    for (String value : values) {
      out.writeString(value);
    }
    out.writeEndArray();
  }
}
