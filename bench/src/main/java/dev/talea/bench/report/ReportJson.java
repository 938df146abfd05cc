// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Reports as JSON files, so that figures outlive the run and pages can be made of several runs.
 * Stateless; any thread may call.
 *
 * <p>A histogram is there twice: whole, in HdrHistogram's own compressed form, and as the
 * percentiles that a person or a script looks for. Only the first is read back.
 */
public final class ReportJson {
  /** Goes up when a reader of the old form would misread the new one. */
  private static final int VERSION = 1;

  /** Far above the histogram of an hour at three digits, which is tens of kilobytes. */
  private static final int STRING_CHARS_MAX = 16 * 1024 * 1024;

  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};
  private static final String[] PERCENTILE_NAMES = {
    "p50_ns", "p90_ns", "p99_ns", "p99.9_ns", "p99.99_ns"
  };

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(STRING_CHARS_MAX).build())
          .build();

  private ReportJson() {}

  /** Writes a report, replacing what was there. */
  public static void write(Report report, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      write(report, out);
    }
  }

  /**
   * Reads a report.
   *
   * @throws IOException naming the file and the field, if it is not a report of this version
   */
  public static Report read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in);
    } catch (IOException e) {
      throw new IOException(file + " is not a readable report: " + e.getMessage(), e);
    }
  }

  static void write(Report report, OutputStream out) throws IOException {
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeNumberField("talea_bench", VERSION);
      json.writeStringField("title", report.title());
      machine(json, report.machine());
      json.writeArrayFieldStart("targets");
      for (Target target : report.targets()) {
        target(json, target);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("results");
      for (Result result : report.results()) {
        result(json, result);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void machine(JsonGenerator json, Machine machine) throws IOException {
    json.writeObjectFieldStart("machine");
    json.writeStringField("processor", machine.processor());
    json.writeNumberField("cores", machine.cores());
    json.writeNumberField("memory_bytes", machine.memoryBytes());
    json.writeStringField("kernel", machine.kernel());
    json.writeStringField("jdk", machine.jdk());
    json.writeStringField("file_system", machine.fileSystem());
    json.writeStringField("disk", machine.disk());
    json.writeStringField("commit", machine.commit());
    json.writeStringField("date", machine.date().toString());
    json.writeEndObject();
  }

  private static void target(JsonGenerator json, Target target) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", target.name());
    json.writeStringField("asks", target.asks());
    json.writeStringField("measured", target.measured());
    json.writeStringField("baseline", target.baseline());
    Double ratio = target.ratio();
    if (ratio == null) {
      json.writeNullField("ratio");
    } else {
      json.writeNumberField("ratio", ratio);
    }
    json.writeStringField("verdict", target.verdict().toString());
    json.writeStringField("note", target.note());
    json.writeEndObject();
  }

  private static void result(JsonGenerator json, Result result) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", result.name());
    json.writeStringField("scenario", result.scenario());
    json.writeObjectFieldStart("parameters");
    for (Map.Entry<String, String> parameter : result.parameters().entrySet()) {
      json.writeStringField(parameter.getKey(), parameter.getValue());
    }
    json.writeEndObject();
    json.writeStringField("unit", result.unit());
    json.writeNumberField("operations", result.operations());
    json.writeNumberField("seconds", result.seconds());
    json.writeNumberField("per_second", result.perSecond());
    json.writeObjectFieldStart("errors");
    for (Map.Entry<String, Long> error : result.errors().entrySet()) {
      json.writeNumberField(error.getKey(), error.getValue());
    }
    json.writeEndObject();
    latency(json, result.latency());
    json.writeArrayFieldStart("figures");
    for (Figure figure : result.figures()) {
      json.writeStartObject();
      json.writeStringField("name", figure.name());
      json.writeNumberField("value", figure.value());
      json.writeStringField("unit", figure.unit());
      json.writeEndObject();
    }
    json.writeEndArray();
    verification(json, result.verification());
    times(json, result);
    json.writeEndObject();
  }

  private static void latency(JsonGenerator json, @Nullable Histogram latency) throws IOException {
    if (latency == null) {
      json.writeNullField("latency");
      return;
    }
    json.writeObjectFieldStart("latency");
    json.writeNumberField("count", latency.getTotalCount());
    for (int i = 0; i < PERCENTILES.length; i++) {
      json.writeNumberField(PERCENTILE_NAMES[i], latency.getValueAtPercentile(PERCENTILES[i]));
    }
    json.writeNumberField("max_ns", latency.getMaxValue());
    ByteBuffer encoded = ByteBuffer.allocate(latency.getNeededByteBufferCapacity());
    int length = latency.encodeIntoCompressedByteBuffer(encoded);
    byte[] bytes = new byte[length];
    encoded.flip().get(bytes);
    json.writeStringField("histogram", Base64.getEncoder().encodeToString(bytes));
    json.writeEndObject();
  }

  private static void verification(JsonGenerator json, @Nullable Verification verification)
      throws IOException {
    if (verification == null) {
      json.writeNullField("verification");
      return;
    }
    json.writeObjectFieldStart("verification");
    json.writeBooleanField("passed", verification.passed());
    json.writeStringField("checked", verification.checked());
    json.writeArrayFieldStart("findings");
    for (String finding : verification.findings()) {
      json.writeString(finding);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void times(JsonGenerator json, Result result) throws IOException {
    json.writeArrayFieldStart("slowest");
    for (Slow slow : result.slowest()) {
      json.writeStartObject();
      json.writeStringField("intended", slow.intended().toString());
      json.writeNumberField("start_s", slow.startSeconds());
      json.writeNumberField("latency_ns", slow.latencyNanos());
      json.writeNumberField("unsent_ns", slow.unsentNanos());
      json.writeStringField("what", slow.what());
      json.writeNumberField("status", slow.status());
      json.writeStringField("waited_for", slow.waitedFor());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("waits");
    for (Waits waits : result.waits()) {
      waits(json, waits);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("pauses");
    for (Pause pause : result.pauses()) {
      json.writeStartObject();
      json.writeNumberField("start_s", pause.startSeconds());
      json.writeNumberField("ns", pause.nanos());
      json.writeStringField("reason", pause.reason());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("series");
    for (Interval interval : result.series()) {
      json.writeStartObject();
      json.writeNumberField("start_s", interval.startSeconds());
      json.writeNumberField("seconds", interval.seconds());
      json.writeNumberField("operations", interval.operations());
      json.writeNumberField("errors", interval.errors());
      json.writeNumberField("p50_ns", interval.p50Nanos());
      json.writeNumberField("p99_ns", interval.p99Nanos());
      json.writeNumberField("max_ns", interval.maxNanos());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void waits(JsonGenerator json, Waits waits) throws IOException {
    json.writeStartObject();
    json.writeNumberField("percentile", waits.percentile());
    json.writeNumberField("bound_ns", waits.boundNanos());
    json.writeNumberField("requests", waits.requests());
    json.writeArrayFieldStart("causes");
    for (Waits.Wait wait : waits.causes()) {
      json.writeStartObject();
      json.writeStringField("cause", wait.cause());
      json.writeNumberField("requests", wait.requests());
      json.writeNumberField("share", wait.share());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  static Report read(InputStream in) throws IOException {
    JsonFields root = JsonFields.parse(FACTORY.createParser(in));
    long version = root.whole("talea_bench");
    if (version != VERSION) {
      throw new IOException("talea_bench is " + version + ", this program reads " + VERSION);
    }
    return new Report(
        root.text("title"),
        machine(root.fields("machine")),
        root.list("results", ReportJson::result),
        root.list("targets", ReportJson::target));
  }

  private static Machine machine(JsonFields json) throws IOException {
    return new Machine(
        json.text("processor"),
        Math.toIntExact(json.whole("cores")),
        json.whole("memory_bytes"),
        json.text("kernel"),
        json.text("jdk"),
        json.text("file_system"),
        json.text("disk"),
        json.textOrNull("commit"),
        Instant.parse(json.text("date")));
  }

  private static Target target(JsonFields json) throws IOException {
    String words = json.text("verdict");
    for (Target.Verdict verdict : Target.Verdict.values()) {
      if (verdict.toString().equals(words)) {
        return new Target(
            json.text("name"),
            json.text("asks"),
            json.text("measured"),
            json.textOrNull("baseline"),
            json.isNull("ratio") ? null : json.number("ratio"),
            verdict,
            json.textOrNull("note"));
      }
    }
    throw new IOException("verdict '" + words + "' is none of " + List.of(Target.Verdict.values()));
  }

  private static Result result(JsonFields json) throws IOException {
    Result.Builder result =
        Result.named(json.text("name"), json.text("scenario"))
            .throughput(json.whole("operations"), json.text("unit"), json.number("seconds"))
            .slowest(json.list("slowest", ReportJson::slow))
            .pauses(json.list("pauses", ReportJson::pause))
            .series(json.list("series", ReportJson::interval));
    if (json.names().contains("waits")) { // reports of earlier versions have none
      result.waits(json.list("waits", ReportJson::waits));
    }
    JsonFields parameters = json.fields("parameters");
    for (String parameter : parameters.names()) {
      result.parameter(parameter, parameters.text(parameter));
    }
    JsonFields errors = json.fields("errors");
    for (String status : errors.names()) {
      result.errors(status, errors.whole(status));
    }
    for (Figure figure : json.list("figures", ReportJson::figure)) {
      result.figure(figure.name(), figure.value(), figure.unit());
    }
    if (!json.isNull("latency")) {
      result.latency(histogram(json.fields("latency").text("histogram")));
    }
    if (!json.isNull("verification")) {
      JsonFields verification = json.fields("verification");
      result.verification(
          new Verification(
              verification.flag("passed"),
              verification.text("checked"),
              verification.texts("findings")));
    }
    return result.build();
  }

  private static Histogram histogram(String base64) throws IOException {
    try {
      return Histogram.decodeFromCompressedByteBuffer(
          ByteBuffer.wrap(Base64.getDecoder().decode(base64)), 0);
    } catch (DataFormatException | IllegalArgumentException e) {
      throw new IOException("histogram cannot be decoded: " + e.getMessage(), e);
    }
  }

  private static Figure figure(JsonFields json) throws IOException {
    return new Figure(json.text("name"), json.number("value"), json.text("unit"));
  }

  private static Slow slow(JsonFields json) throws IOException {
    return new Slow(
        Instant.parse(json.text("intended")),
        json.number("start_s"),
        json.whole("latency_ns"),
        json.whole("unsent_ns"),
        json.text("what"),
        Math.toIntExact(json.whole("status")),
        json.text("waited_for"));
  }

  private static Waits waits(JsonFields json) throws IOException {
    return new Waits(
        json.number("percentile"),
        json.whole("bound_ns"),
        json.whole("requests"),
        json.list(
            "causes",
            wait ->
                new Waits.Wait(wait.text("cause"), wait.whole("requests"), wait.number("share"))));
  }

  private static Pause pause(JsonFields json) throws IOException {
    return new Pause(json.number("start_s"), json.whole("ns"), json.text("reason"));
  }

  private static Interval interval(JsonFields json) throws IOException {
    return new Interval(
        json.number("start_s"),
        json.number("seconds"),
        json.whole("operations"),
        json.whole("errors"),
        json.whole("p50_ns"),
        json.whole("p99_ns"),
        json.whole("max_ns"));
  }
}
