// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Timestamps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON document strictly, value by value, and says where it went wrong. Everything that
 * is the same for drafts and answers: the bytes are UTF-8 without a byte order mark, there is one
 * value and nothing behind it, no key twice, integers are integer tokens, texts have a UTF-8 form.
 *
 * <p>A fault names its place as a path of the contract's own field names with line and column. It
 * never repeats what was sent: the reason goes back to the caller and into logs, and the body may
 * hold anything.
 *
 * <p>One thread, for the length of one {@link #read}.
 */
final class JsonIn {
  /** The names a path may show. Others come from the sender and are shown as {@code *}. */
  static final Set<String> FIELDS =
      Set.of(
          "account",
          "amount",
          "as_of",
          "asset",
          "at",
          "balance",
          "book",
          "books",
          "cfg",
          "class",
          "credits",
          "crypto",
          "debits",
          "deduplicated",
          "def",
          "direction",
          "error",
          "external_refs",
          "id",
          "idempotency_key",
          "items",
          "kind",
          "kinds",
          "lines",
          "metadata",
          "min_balance",
          "minor",
          "name",
          "native_id",
          "network",
          "next",
          "normal_side",
          "occurred_at",
          "path",
          "payload",
          "positions",
          "postings",
          "precision",
          "prefixes",
          "seq",
          "signature",
          "tx_id",
          "updated_seq",
          "url",
          "value");

  private static final int LONG_DIGITS_SAFE = 18;

  /** Reads the document; the parser stands on its first token. */
  interface Body<T> {
    T read(JsonIn in) throws IOException;
  }

  private final JsonParser parser;
  private final SeenNames names = new SeenNames();
  private final byte[] bytes;
  private final int offset;
  private final Function<String, LedgerException> failure;

  private JsonIn(
      JsonParser parser, byte[] bytes, int offset, Function<String, LedgerException> failure) {
    this.parser = parser;
    this.bytes = bytes;
    this.offset = offset;
    this.failure = failure;
  }

  /**
   * Reads a whole document.
   *
   * @param failure makes the exception from the reason
   */
  static <T> T read(
      JsonFactory factory,
      byte[] bytes,
      int offset,
      int length,
      Function<String, LedgerException> failure,
      Body<T> body) {
    int malformed = Utf8.firstFault(bytes, offset, length);
    if (malformed >= 0) {
      throw failure.apply("is not UTF-8 at byte " + (malformed - offset));
    }
    if (length >= 3 && bytes[offset] == (byte) 0xef && bytes[offset + 1] == (byte) 0xbb) {
      throw failure.apply("starts with a byte order mark, send the JSON without it");
    }
    try (JsonParser parser = factory.createParser(bytes, offset, length)) {
      return new JsonIn(parser, bytes, offset, failure).document(body);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: reading JSON from memory failed", e);
    }
  }

  private <T> T document(Body<T> body) throws IOException {
    try {
      if (next() == null) {
        throw failure.apply("is empty, a JSON document is expected");
      }
      T result = body.read(this);
      if (next() != null) {
        throw fail("something follows the JSON document");
      }
      return result;
    } catch (JsonProcessingException e) {
      throw unreadable(e);
    }
  }

  private LedgerException unreadable(JsonProcessingException e) {
    if (e instanceof StreamConstraintsException) {
      return failAt(
          parser.currentLocation(),
          "too large to read: nested too deep, or a string, name or number too long");
    }
    JsonLocation where = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
    if (e instanceof JsonEOFException) {
      return failAt(where, "the JSON ends too early");
    }
    return failAt(where, "malformed JSON");
  }

  /** A fault at the current token. */
  LedgerException fail(String reason) {
    return failAt(parser.currentTokenLocation(), reason);
  }

  private LedgerException failAt(JsonLocation where, String reason) {
    String path = path();
    String position = "line " + where.getLineNr() + ", column " + where.getColumnNr();
    return failure.apply(
        path.isEmpty() ? position + ": " + reason : path + " (" + position + "): " + reason);
  }

  /** Where the parser stands, such as {@code postings[2].amount.minor}; empty at the top. */
  private String path() {
    Deque<String> steps = new ArrayDeque<>();
    JsonStreamContext context = parser.getParsingContext();
    for (; context != null && !context.inRoot(); context = context.getParent()) {
      if (context.inArray() && context.hasCurrentIndex()) {
        steps.push("[" + context.getCurrentIndex() + "]");
      } else if (context.inObject() && context.getCurrentName() != null) {
        String name = context.getCurrentName();
        steps.push("." + (FIELDS.contains(name) ? name : "*"));
      }
    }
    String path = String.join("", steps);
    return path.startsWith(".") ? path.substring(1) : path;
  }

  // ---- structure

  /** The next token, whatever it is, with the names of objects looked at as they come. */
  private @Nullable JsonToken next() throws IOException {
    JsonToken token = parser.nextToken();
    if (token == JsonToken.START_OBJECT) {
      names.open();
    } else if (token == JsonToken.END_OBJECT) {
      names.close();
    } else if (token == JsonToken.FIELD_NAME) {
      once(parser.currentName());
    }
    return token;
  }

  private void once(String name) {
    if (!names.add(name)) {
      throw fail("a key appears twice in one object");
    }
  }

  /** Steps into an object. */
  void object() throws IOException {
    expect(JsonToken.START_OBJECT, "an object");
  }

  /**
   * The next field of the object stepped into, with the parser on its value; null at the end, with
   * the object left.
   */
  @Nullable String field() throws IOException {
    String name = parser.nextFieldName();
    if (name == null) {
      names.close();
    } else {
      once(name);
      next();
    }
    return name;
  }

  /** Steps into an array. */
  void array() throws IOException {
    expect(JsonToken.START_ARRAY, "an array");
  }

  /** Steps to the next element of the array stepped into; false at the end, with it left. */
  boolean element() throws IOException {
    return next() != JsonToken.END_ARRAY;
  }

  /** Passes over the value, which only has to be well-formed. */
  void skip() throws IOException {
    int depth = 0;
    for (JsonToken token = parser.currentToken(); token != null; token = next()) {
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (depth == 0) {
        break;
      }
    }
    // A string is only scanned when its value is asked for, or by the step to the next token.
    parser.finishToken();
  }

  boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  boolean isText() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  /** The value of a required field, after its object has been read. */
  <T> T required(@Nullable T value, String field) {
    if (value == null) {
      throw fail("the field " + field + " is missing");
    }
    return value;
  }

  private void expect(JsonToken wanted, String what) {
    if (parser.currentToken() != wanted) {
      throw fail("must be " + what + ", is " + found());
    }
  }

  /** What kind of value the parser stands on. */
  private String found() {
    JsonToken token = parser.currentToken();
    if (token == null) {
      return "nothing";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "an integer";
      case VALUE_NUMBER_FLOAT -> "a number with a fraction or an exponent";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      default -> "something else";
    };
  }

  // ---- values

  String text() throws IOException {
    expect(JsonToken.VALUE_STRING, "a string");
    String text = parser.getText();
    if (!Json.isWellFormed(text)) {
      throw fail("holds half of a surrogate pair, which is no character");
    }
    return text;
  }

  @Nullable String textOrNull() throws IOException {
    return isNull() ? null : text();
  }

  /** The text; null, with the value passed over, if it is something else. */
  @Nullable String textIfAny() throws IOException {
    if (isText()) {
      return text();
    }
    skip();
    return null;
  }

  /** The integer; null, with the value passed over, if it is something else or out of range. */
  @Nullable Int128 integerIfAny() throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
      return Int128.parse(parser.getText());
    }
    skip();
    return null;
  }

  boolean bool() throws IOException {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
      throw fail("must be true or false, is " + found());
    }
    return token == JsonToken.VALUE_TRUE;
  }

  /** One of the words of an enumeration. */
  <E extends Enum<E>> E word(E[] values, Function<E, String> word) throws IOException {
    String text = text();
    for (E value : values) {
      if (word.apply(value).equals(text)) {
        return value;
      }
    }
    StringBuilder words = new StringBuilder();
    for (E value : values) {
      words.append(words.isEmpty() ? "" : ", ").append(word.apply(value));
    }
    throw fail("is not one of " + words);
  }

  int int32() throws IOException {
    long value = int64();
    if (value != (int) value) {
      throw fail("is out of range");
    }
    return (int) value;
  }

  long int64() throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, "an integer");
    if (parser.getTextLength() <= LONG_DIGITS_SAFE) {
      return parser.getLongValue();
    }
    Int128 wide = Int128.parse(parser.getText());
    if (wide == null || !wide.fitsLong()) {
      throw fail("is out of range");
    }
    return wide.toLong();
  }

  /**
   * An amount or a balance: an integer, or its digits as a string for senders whose numbers are too
   * short for it.
   *
   * @param signAllowed whether the string may start with {@code -}; the integer always may
   */
  Int128 int128(boolean signAllowed) throws IOException {
    boolean string = isText();
    if (!string && parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw fail("must be an integer or a string of digits, is " + found());
    }
    if (!string && parser.getTextLength() <= LONG_DIGITS_SAFE) {
      return Int128.of(parser.getLongValue());
    }
    String text = parser.getText();
    if (string && !isDigits(text, signAllowed)) {
      throw fail("must be an integer or a string of digits, is another string");
    }
    Int128 value = Int128.parse(text);
    if (value == null) {
      throw fail("is out of range, 2^127-1 is the largest");
    }
    return value;
  }

  private static boolean isDigits(String text, boolean signAllowed) {
    int start = signAllowed && text.startsWith("-") ? 1 : 0;
    for (int i = start; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return text.length() > start;
  }

  BigInteger bigInteger() throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, "an integer");
    return parser.getBigIntegerValue();
  }

  /** A number that may have a fraction, for measures; amounts are never read so. */
  double number() throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_FLOAT) {
      expect(JsonToken.VALUE_NUMBER_INT, "a number");
    }
    return parser.getDoubleValue();
  }

  LocalDate date() throws IOException {
    try {
      return LocalDate.parse(text());
    } catch (DateTimeException e) {
      throw fail("is not a date such as 2026-01-31");
    }
  }

  ZoneId zone() throws IOException {
    try {
      return ZoneId.of(text());
    } catch (DateTimeException e) {
      throw fail("is not a time zone such as Europe/Prague");
    }
  }

  Instant moment() throws IOException {
    Instant moment = Timestamps.parse(text());
    if (moment == null) {
      throw fail("is not an RFC 3339 timestamp such as 2026-01-31T23:59:59.250Z");
    }
    return moment;
  }

  @Nullable Instant momentOrNull() throws IOException {
    return isNull() ? null : moment();
  }

  UUID uuid() throws IOException {
    UUID id = uuidOrNull(text());
    if (id == null) {
      throw fail("is not a UUID");
    }
    return id;
  }

  /** A UUID in its canonical spelling, in any case. */
  static @Nullable UUID uuidOrNull(String text) {
    if (text.length() != 36) {
      return null;
    }
    try {
      UUID id = UUID.fromString(text);
      return id.toString().equalsIgnoreCase(text) ? id : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Any value, as it is spelled: the bytes of the document less the white space between tokens.
   * Nothing is decoded, so nothing can come out differently.
   */
  @Nullable String json() throws IOException {
    if (isNull()) {
      return null;
    }
    int start = position(parser.currentTokenLocation());
    skip();
    int end = position(parser.currentLocation());
    return compact(start, end);
  }

  private int position(JsonLocation location) {
    return offset + Math.toIntExact(location.getByteOffset());
  }

  private String compact(int start, int end) {
    byte[] kept = new byte[end - start];
    int size = 0;
    boolean inString = false;
    for (int i = start; i < end; i++) {
      byte b = bytes[i];
      if (inString) {
        if (b == '\\') {
          kept[size++] = b;
          b = bytes[++i];
        } else if (b == '"') {
          inString = false;
        }
      } else if (b == '"') {
        inString = true;
      } else if (b == ' ' || b == '\t' || b == '\n' || b == '\r') {
        continue;
      }
      kept[size++] = b;
    }
    return new String(kept, 0, size, StandardCharsets.UTF_8);
  }
}
