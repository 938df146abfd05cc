// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Timestamps;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The limits under which JSON is read, and the pieces that both writers share.
 *
 * <p>Stateless; any thread.
 */
final class Json {
  /** Levels of nesting in a draft, its own braces included. */
  private static final int DRAFT_DEPTH_MAX = 64;

  /** Levels within metadata: a draft's less its own braces. */
  private static final int METADATA_DEPTH_MAX = DRAFT_DEPTH_MAX - 1;

  /** Twice the metadata that is accepted, so that too long a text is refused for what it is. */
  private static final int STRING_CHARS_MAX = 128 * 1024;

  private static final int NAME_CHARS_MAX = 1024;

  /** Digits of a number in metadata, which is never computed with; amounts have at most 39. */
  private static final int NUMBER_CHARS_MAX = 1000;

  static final JsonFactory DRAFT = factory(DRAFT_DEPTH_MAX);

  /** One level more, so that a draft is not refused for being in a batch. */
  static final JsonFactory BATCH = factory(DRAFT_DEPTH_MAX + 1);

  /** Answers wrap what was accepted in drafts in a few more levels. */
  static final JsonFactory ANSWER = factory(DRAFT_DEPTH_MAX + 8);

  static final JsonFactory METADATA = factory(METADATA_DEPTH_MAX);

  private static final int ANSWER_BYTES_TYPICAL = 256;

  private Json() {}

  private static JsonFactory factory(int depthMax) {
    JsonFactoryBuilder builder = new JsonFactoryBuilder();
    builder
        // UTF-8 is all there is: guessing UTF-16 would be a second way to read the same bytes.
        .disable(JsonFactory.Feature.CHARSET_DETECTION)
        // Interned strings outlive the request, and these are chosen by strangers.
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(depthMax)
                .maxStringLength(STRING_CHARS_MAX)
                .maxNameLength(NAME_CHARS_MAX)
                .maxNumberLength(NUMBER_CHARS_MAX)
                .build());
    return new OwnNamesFactory(builder, JsonIn.FIELDS);
  }

  /** Writes one JSON value. */
  interface Body {
    void write(JsonGenerator out) throws IOException;
  }

  /** The bytes of a value, without white space. */
  static byte[] bytes(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ANSWER_BYTES_TYPICAL);
    try (JsonGenerator out = ANSWER.createGenerator(bytes)) {
      body.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing JSON to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** A text field. Half a surrogate pair, which has no UTF-8 form, becomes U+FFFD. */
  static void text(JsonGenerator out, String field, @Nullable String text) throws IOException {
    if (text == null) {
      out.writeNullField(field);
    } else {
      out.writeStringField(field, wellFormed(text));
    }
  }

  /** An array of texts, as {@link #text} spells them. */
  static void texts(JsonGenerator out, String field, Collection<String> texts) throws IOException {
    out.writeArrayFieldStart(field);
    for (String text : texts) {
      out.writeString(wellFormed(text));
    }
    out.writeEndArray();
  }

  static void moment(JsonGenerator out, String field, @Nullable Instant moment) throws IOException {
    out.writeStringField(field, momentText(moment));
  }

  static @Nullable String momentText(@Nullable Instant moment) {
    return moment == null ? null : Timestamps.format(moment);
  }

  static void integer(JsonGenerator out, String field, @Nullable Int128 value) throws IOException {
    out.writeFieldName(field);
    if (value == null) {
      out.writeNull();
    } else if (value.fitsLong()) {
      out.writeNumber(value.toLong());
    } else {
      out.writeNumber(value.toBigInteger());
    }
  }

  /** A sum, which may be beyond what one amount can be. */
  static void integer(JsonGenerator out, String field, @Nullable BigInteger value)
      throws IOException {
    out.writeFieldName(field);
    if (value == null) {
      out.writeNull();
    } else {
      out.writeNumber(value);
    }
  }

  static void amount(JsonGenerator out, Int128 minor, String asset) throws IOException {
    out.writeObjectFieldStart("amount");
    integer(out, "minor", minor);
    text(out, "asset", asset);
    out.writeEndObject();
  }

  static void externalRefs(JsonGenerator out, List<ExternalRef> refs) throws IOException {
    out.writeArrayFieldStart("external_refs");
    for (ExternalRef ref : refs) {
      out.writeStartObject();
      text(out, "kind", ref.kind());
      text(out, "value", ref.value());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  static void metadata(JsonGenerator out, @Nullable JsonText metadata) throws IOException {
    out.writeFieldName("metadata");
    if (metadata == null) {
      out.writeNull();
    } else {
      out.writeRawValue(metadata.text());
    }
  }

  /** Whether every surrogate in the text is one of a pair, so that the text has a UTF-8 form. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!isPairAt(text, i)) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  private static boolean isPairAt(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        && i + 1 < text.length()
        && Character.isLowSurrogate(text.charAt(i + 1));
  }

  static String wellFormed(String text) {
    if (isWellFormed(text)) {
      return text;
    }
    StringBuilder repaired = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (isPairAt(text, i)) {
          i++;
        } else {
          repaired.setCharAt(i, '\uFFFD');
        }
      }
    }
    return repaired.toString();
  }
}
