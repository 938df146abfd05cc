// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Timestamps;
import dev.talea.projections.ProjectionStatus;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Projections, as answers spell them. Stateless; any thread. */
final class ProjectionJson {
  /**
   * A projection with what its last verification has found.
   *
   * @param verify null if there was none, or it is under way
   */
  record Told(ProjectionStatus status, @Nullable String verify) {}

  private ProjectionJson() {}

  /** All of them: a page that has no next. */
  static byte[] page(List<Told> all) {
    return ProjectionAnswers.bytes(
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("items");
          for (Told told : all) {
            write(out, told);
          }
          out.writeEndArray();
          out.writeNullField("next");
          out.writeEndObject();
        });
  }

  static byte[] write(Told told) {
    return ProjectionAnswers.bytes(out -> write(out, told));
  }

  private static void write(JsonGenerator out, Told told) throws IOException {
    ProjectionStatus status = told.status;
    out.writeStartObject();
    out.writeStringField("name", status.name());
    out.writeNumberField("version", status.version());
    out.writeStringField("state", status.state().word());
    out.writeNumberField("lag_events", status.lagEvents());
    out.writeNumberField("lag_seconds", Math.round(status.lagSeconds() * 1000) / 1000.0);
    out.writeArrayFieldStart("positions");
    for (ProjectionStatus.Position position : status.positions()) {
      out.writeStartObject();
      out.writeStringField("book", position.book());
      out.writeNumberField("seq", position.seq());
      out.writeStringField("state", position.state().word());
      out.writeStringField("error", position.error());
      if (position.errorSeq() > 0) {
        out.writeNumberField("error_seq", position.errorSeq());
      } else {
        out.writeNullField("error_seq");
      }
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeStringField("error", status.error());
    out.writeStringField("owner", status.owner());
    out.writeStringField(
        "heartbeat_at",
        status.heartbeatAt() == null ? null : Timestamps.format(status.heartbeatAt()));
    out.writeStringField("verify", told.verify);
    out.writeEndObject();
  }
}
