// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.projections.TargetException;
import dev.talea.server.settings.Setting;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What the answers about projections and those from their tables have in common. Stateless; any
 * thread.
 */
final class ProjectionAnswers {
  private static final JsonFactory JSON = new JsonFactory();

  /** Writes one JSON value. */
  interface Body {
    void write(JsonGenerator out) throws IOException;
  }

  private ProjectionAnswers() {}

  static byte[] bytes(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      body.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing JSON to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** The tables are out of reach. */
  static LedgerException unavailable(TargetException e) {
    String words = e.getMessage() + "; see " + Setting.PROJECTION_DB_URL.variable();
    return new LedgerException(new Unavailable(words), e);
  }
}
