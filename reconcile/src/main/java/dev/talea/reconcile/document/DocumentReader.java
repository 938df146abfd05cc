// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.document;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import dev.talea.ledger.Int128;
import dev.talea.ledger.json.JsonTexts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON document that a person wrote, value by value and strictly: UTF-8, one value, no
 * field twice, no field that is not known, numbers as they are spelled. Separate from the reader of
 * the wire, which passes over fields that a newer client may send and repeats nothing of what it
 * was sent: here a name with a slip of the finger has to be shown, with the one that was meant.
 *
 * <p>One thread, for the length of one {@link #read}.
 */
public final class DocumentReader {
  /** Of a whole document: a recipe with a hundred rules has about a tenth of that. */
  public static final int BYTES_MAX = 256 * 1024;

  private static final int DEPTH_MAX = 32;
  private static final int NAME_CHARS_MAX = 1_024;
  private static final int NUMBER_CHARS_MAX = 64;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          // Names come from strangers, and the tables they would be kept in are shared.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxStringLength(BYTES_MAX)
                  .maxNameLength(NAME_CHARS_MAX)
                  .maxNumberLength(NUMBER_CHARS_MAX)
                  .build())
          .build();

  /** Reads the document; the reader stands on its first value. */
  @FunctionalInterface
  public interface Body<T> {
    /** What the document says. */
    T read(DocumentReader in) throws IOException;
  }

  /** An object that is being read: which fields it may have, and which it has had. */
  private record Frame(@Nullable List<String> known, Set<String> seen) {}

  private final String what;
  private final JsonParser parser;
  private final Deque<Frame> frames = new ArrayDeque<>();

  private DocumentReader(String what, JsonParser parser) {
    this.what = what;
    this.parser = parser;
  }

  /**
   * Reads a whole document.
   *
   * @param what it is, as {@code recipe}
   * @throws DocumentException if it is not what it has to be
   */
  public static <T> T read(String what, byte[] json, Body<T> body) {
    if (json.length > BYTES_MAX) {
      throw new DocumentException(
          what,
          List.of(
              new Fault("", "is " + json.length + " bytes long, at most " + BYTES_MAX + " fit")));
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException e) {
      throw new DocumentException(
          what, List.of(new Fault("", "is not UTF-8, save it in that encoding")));
    }
    String bare = text.startsWith("\uFEFF") ? text.substring(1) : text;
    try (JsonParser parser = FACTORY.createParser(bare)) {
      return new DocumentReader(what, parser).document(body);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: reading JSON from memory failed", e);
    }
  }

  private <T> T document(Body<T> body) throws IOException {
    try {
      if (parser.nextToken() == null) {
        throw fail("is empty, expected a JSON object");
      }
      T result = body.read(this);
      if (parser.nextToken() != null) {
        throw fail("something follows the JSON document");
      }
      return result;
    } catch (JsonEOFException e) {
      throw failAt(path(), parser.currentLocation(), "the JSON ends too early");
    } catch (StreamConstraintsException e) {
      throw failAt(
          path(),
          parser.currentLocation(),
          "is too large: at most "
              + DEPTH_MAX
              + " levels, "
              + NAME_CHARS_MAX
              + " characters of a name and "
              + NUMBER_CHARS_MAX
              + " of a number");
    } catch (JsonProcessingException e) {
      JsonLocation where = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
      throw failAt(path(), where, "is no JSON: " + e.getOriginalMessage());
    }
  }

  // ---- faults

  /** A fault at the current value. */
  public DocumentException fail(String text) {
    return failAt(path(), parser.currentTokenLocation(), text);
  }

  /** A fault of a field of the object that has just been read. */
  public DocumentException failField(String field, String text) {
    String here = path();
    return failAt(here.isEmpty() ? field : here + '.' + field, parser.currentTokenLocation(), text);
  }

  private DocumentException failAt(String path, JsonLocation where, String text) {
    String place = " (line " + where.getLineNr() + ", column " + where.getColumnNr() + ")";
    return new DocumentException(what, List.of(new Fault(path, text + place)));
  }

  private String path() {
    Deque<String> steps = new ArrayDeque<>();
    JsonStreamContext context = parser.getParsingContext();
    for (; context != null && !context.inRoot(); context = context.getParent()) {
      if (context.inArray() && context.hasCurrentIndex()) {
        steps.push("[" + context.getCurrentIndex() + "]");
      } else if (context.inObject() && context.getCurrentName() != null) {
        String name = context.getCurrentName();
        steps.push(
            name.matches("[A-Za-z0-9_]{1,64}") ? "." + name : "[" + Suggestion.shown(name) + "]");
      }
    }
    String path = String.join("", steps);
    return path.startsWith(".") ? path.substring(1) : path;
  }

  // ---- structure

  /** Steps into an object that may have these fields. */
  public void object(String... known) throws IOException {
    expect(JsonToken.START_OBJECT, "an object");
    frames.push(new Frame(List.of(known), new HashSet<>()));
  }

  /** Steps into an object whose fields the document names. */
  public void map() throws IOException {
    expect(JsonToken.START_OBJECT, "an object");
    frames.push(new Frame(null, new HashSet<>()));
  }

  /** The next field, with the reader on its value; null at the end, with the object left. */
  public @Nullable String field() throws IOException {
    Frame frame = frames.element();
    if (parser.nextToken() == JsonToken.END_OBJECT) {
      frames.pop();
      return null;
    }
    String name = parser.currentName();
    List<String> known = frame.known();
    if (known != null && !known.contains(name)) {
      throw fail("is no field here; " + Suggestion.of(name, known));
    }
    if (!frame.seen().add(name)) {
      throw fail("appears twice in one object");
    }
    parser.nextToken();
    return name;
  }

  /** The elements of an array, each read by the body. */
  public <T> List<T> list(int max, Body<T> element) throws IOException {
    expect(JsonToken.START_ARRAY, "an array");
    List<T> list = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (list.size() == max) {
        throw fail("has more than " + max + " elements, which is the limit");
      }
      list.add(element.read(this));
    }
    return list;
  }

  /** The value of a field that has to be there, after its object has been read. */
  public <T> T required(@Nullable T value, String field) {
    if (value == null) {
      throw failField(field, "is missing");
    }
    return value;
  }

  private void expect(JsonToken wanted, String expected) {
    if (parser.currentToken() != wanted) {
      throw fail("must be " + expected + ", is " + found());
    }
  }

  /** What kind of value the reader stands on, in words. */
  public String found() {
    JsonToken token = parser.currentToken();
    if (token == null) {
      return "nothing";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "a whole number";
      case VALUE_NUMBER_FLOAT -> "a number with a fraction or an exponent";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      case VALUE_NULL -> "null";
      default -> "something else";
    };
  }

  // ---- values

  /** Whether the reader stands on a string. */
  public boolean isText() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  /** Whether the reader stands on a whole number. */
  public boolean isInteger() {
    return parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
  }

  /** Whether the reader stands on true or false. */
  public boolean isBool() {
    JsonToken token = parser.currentToken();
    return token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE;
  }

  /** Whether the reader stands on an object. */
  public boolean isObject() {
    return parser.currentToken() == JsonToken.START_OBJECT;
  }

  /** A string, not longer than this. */
  public String text(int charsMax) throws IOException {
    expect(JsonToken.VALUE_STRING, "a string");
    String text = parser.getText();
    if (text.length() > charsMax) {
      throw fail("is " + text.length() + " characters long, at most " + charsMax + " fit");
    }
    if (!JsonTexts.hasUtf8Form(text)) {
      throw fail("holds half of a surrogate pair, which is no character");
    }
    return text;
  }

  /** A string that has to fit an expression. */
  public String text(int charsMax, String expression, String expected) throws IOException {
    String text = text(charsMax);
    if (!text.matches(expression)) {
      throw fail("is " + Suggestion.shown(text) + ", expected " + expected);
    }
    return text;
  }

  /** True or false. */
  public boolean bool() {
    if (!isBool()) {
      throw fail("must be true or false, is " + found());
    }
    return parser.currentToken() == JsonToken.VALUE_TRUE;
  }

  /** A whole number between two others, inclusive. */
  public int integer(int min, int max) throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, "a whole number");
    Int128 value = Int128.parse(parser.getText());
    if (value == null || !value.fitsLong() || value.toLong() < min || value.toLong() > max) {
      throw fail("is " + parser.getText() + ", expected " + min + " to " + max);
    }
    return (int) value.toLong();
  }

  /** A whole number of up to 127 bits, or its digits as a string. */
  public Int128 int128() throws IOException {
    if (!isText()) {
      expect(JsonToken.VALUE_NUMBER_INT, "a whole number or a string of digits");
    }
    String text = parser.getText();
    Int128 value = Int128.parse(text);
    if (value == null) {
      throw fail("is " + Suggestion.shown(text) + ", expected a whole number of at most 2^127-1");
    }
    return value;
  }

  /** A decimal number as it is spelled, a number or a string, with at most this many decimals. */
  public BigDecimal decimal(int decimalsMax) throws IOException {
    if (!isText() && !isInteger()) {
      expect(JsonToken.VALUE_NUMBER_FLOAT, "a number");
    }
    String text = parser.getText();
    if (!text.matches("-?[0-9]{1,20}(\\.[0-9]{1,20})?")) {
      throw fail("is " + Suggestion.shown(text) + ", expected a number such as 0.5");
    }
    BigDecimal value = new BigDecimal(text).stripTrailingZeros();
    if (value.scale() > decimalsMax) {
      throw fail("is " + text + ", at most " + decimalsMax + " decimals are kept");
    }
    return value;
  }

  /** One of the words of an enumeration. */
  public <E extends Enum<E>> E word(E[] values, Function<E, String> text) throws IOException {
    String word = text(NAME_CHARS_MAX);
    List<String> known = new ArrayList<>();
    for (E value : values) {
      if (text.apply(value).equals(word)) {
        return value;
      }
      known.add(text.apply(value));
    }
    String nearest = Suggestion.nearest(word, known);
    throw fail(
        "is "
            + Suggestion.shown(word)
            + ", expected one of "
            + String.join(", ", known)
            + (nearest == null ? "" : "; did you mean \"" + nearest + "\"?"));
  }
}
