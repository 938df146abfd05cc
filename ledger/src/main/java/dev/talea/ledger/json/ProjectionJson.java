// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Page;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/**
 * How projections are, as answers spell it, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class ProjectionJson {
  /** Of a number that is never below 0, and not boxed: this room has no Double. */
  private static final double MISSING = -1;

  private ProjectionJson() {}

  /** One of them. */
  public static byte[] write(ProjectionStatus status) {
    return Json.bytes(out -> write(out, status));
  }

  /** All of them: a page that has no next. */
  public static byte[] page(List<ProjectionStatus> all) {
    return Answer.page(new Page<ProjectionStatus, String>(all, null), ProjectionJson::write);
  }

  /** One of them. */
  public static ProjectionStatus read(byte[] json) {
    return Answer.read(json, ProjectionJson::read);
  }

  /** All of them. */
  public static List<ProjectionStatus> readPage(byte[] json) {
    return Answer.readPage(json, ProjectionJson::read, JsonIn::text).items();
  }

  private static void write(JsonGenerator out, ProjectionStatus status) throws IOException {
    out.writeStartObject();
    Json.text(out, "name", status.name());
    out.writeNumberField("version", status.version());
    out.writeStringField("state", status.state().word());
    out.writeNumberField("lag_events", status.lagEvents());
    out.writeNumberField("lag_seconds", Math.round(status.lagSeconds() * 1000) / 1000.0);
    out.writeArrayFieldStart("positions");
    for (ProjectionStatus.Position position : status.positions()) {
      out.writeStartObject();
      Json.text(out, "book", position.book());
      out.writeNumberField("seq", position.seq());
      out.writeStringField("state", position.state().word());
      Json.text(out, "error", position.error());
      if (position.errorSeq() > 0) {
        out.writeNumberField("error_seq", position.errorSeq());
      } else {
        out.writeNullField("error_seq");
      }
      out.writeEndObject();
    }
    out.writeEndArray();
    Json.text(out, "error", status.error());
    Json.text(out, "owner", status.owner());
    Json.moment(out, "heartbeat_at", status.heartbeatAt());
    Json.text(out, "verify", status.verify());
    out.writeEndObject();
  }

  private static ProjectionStatus read(JsonIn in) throws IOException {
    String name = null;
    Integer version = null;
    ProjectionState state = null;
    Long lagEvents = null;
    double lagSeconds = MISSING;
    List<ProjectionStatus.Position> positions = null;
    String error = null;
    String owner = null;
    Instant heartbeatAt = null;
    String verify = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "name" -> name = in.text();
        case "version" -> version = in.int32();
        case "state" -> state = state(in);
        case "lag_events" -> lagEvents = in.int64();
        case "lag_seconds" -> lagSeconds = in.number();
        case "positions" -> positions = Answer.list(in, ProjectionJson::position);
        case "error" -> error = in.textOrNull();
        case "owner" -> owner = in.textOrNull();
        case "heartbeat_at" -> heartbeatAt = in.momentOrNull();
        case "verify" -> verify = in.textOrNull();
        default -> in.skip();
      }
    }
    if (lagSeconds < 0) {
      throw in.fail("the field lag_seconds is missing, or below 0");
    }
    return new ProjectionStatus(
        in.required(name, "name"),
        in.required(version, "version"),
        in.required(state, "state"),
        in.required(lagEvents, "lag_events"),
        lagSeconds,
        in.required(positions, "positions"),
        error,
        owner,
        heartbeatAt,
        verify);
  }

  private static ProjectionStatus.Position position(JsonIn in) throws IOException {
    String book = null;
    Long seq = null;
    ProjectionState state = null;
    String error = null;
    long errorSeq = 0;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "book" -> book = in.text();
        case "seq" -> seq = in.int64();
        case "state" -> state = state(in);
        case "error" -> error = in.textOrNull();
        case "error_seq" -> errorSeq = in.isNull() ? 0 : in.int64();
        default -> in.skip();
      }
    }
    return new ProjectionStatus.Position(
        in.required(book, "book"),
        in.required(seq, "seq"),
        in.required(state, "state"),
        error,
        errorSeq);
  }

  private static ProjectionState state(JsonIn in) throws IOException {
    return in.word(ProjectionState.values(), ProjectionState::word);
  }
}
