// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.core.json.UTF8StreamJsonParser;
import com.fasterxml.jackson.core.sym.ByteQuadsCanonicalizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/**
 * Makes parsers that learn nothing from each other. Jackson's own hand every field name they have
 * met back to a table that all parsers of a factory start from; names of one caller that collide in
 * it make the documents of other callers fail. Here all start from the same table of the contract's
 * names, which never changes, and what a document adds goes with its parser.
 *
 * <p>Jackson's switch for this, {@code CANONICALIZE_FIELD_NAMES}, would choose a parser that reads
 * characters and no longer knows at which byte a value stands, which is how metadata is kept as it
 * was spelled.
 *
 * <p>Any thread may call.
 */
final class OwnNamesFactory extends JsonFactory {
  private static final long serialVersionUID = 1L;

  /**
   * @param known names that are looked up instead of made anew
   */
  OwnNamesFactory(JsonFactoryBuilder builder, Collection<String> known) {
    super(builder);
    String document = "{\"" + String.join("\":0,\"", known) + "\":0}";
    // An ordinary parser, whose names go back to the table when it is done.
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    try (JsonParser parser = learning(bytes)) {
      while (parser.nextToken() != null) {
        parser.currentName();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: the known names are no JSON", e);
    }
  }

  private JsonParser learning(byte[] bytes) {
    IOContext context = _createContext(_createContentReference(bytes), false);
    return new UTF8StreamJsonParser(
        context, _parserFeatures, null, null, names(), bytes, 0, bytes.length, 0, false);
  }

  private ByteQuadsCanonicalizer names() {
    return _byteSymbolCanonicalizer.makeChild(_factoryFeatures);
  }

  @Override
  protected JsonParser _createParser(byte[] data, int offset, int length, IOContext context) {
    return new Forgetful(context, _parserFeatures, names(), data, offset, length);
  }

  /** Keeps the names it has met to itself. */
  private static final class Forgetful extends UTF8StreamJsonParser {
    Forgetful(
        IOContext context,
        int features,
        ByteQuadsCanonicalizer names,
        byte[] data,
        int offset,
        int length) {
      super(context, features, null, null, names, data, offset, offset + length, 0, false);
    }

    /** As the method it replaces, but for the names, and without a buffer of its own to return. */
    @Override
    protected void _releaseBuffers() {
      _textBuffer.releaseBuffers();
      char[] copied = _nameCopyBuffer;
      if (copied != null) {
        _nameCopyBuffer = null;
        _ioContext.releaseNameCopyBuffer(copied);
      }
    }
  }
}
