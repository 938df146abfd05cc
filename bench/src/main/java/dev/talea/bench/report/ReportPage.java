// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import dev.talea.bench.report.Plot.Point;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.jspecify.annotations.Nullable;

/**
 * A report as one page that needs nothing else: no script, no font, no picture from anywhere, so it
 * can be mailed, kept, and opened in ten years. Stateless; any thread may call.
 */
public final class ReportPage {
  /** More lines than colours could not be told apart; then each name gets a plot of its own. */
  private static final int LINES_MAX = Plot.COLOURS;

  /** Fewer slices show nothing that the percentiles do not. */
  private static final int SERIES_MIN = 5;

  /** Measurements with this many slices are about time, so theirs is shown at once. */
  private static final int SERIES_OPEN = 60;

  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 100};
  private static final int STEPS_PER_HALVING = 5;

  private ReportPage() {}

  /** Writes it, replacing what was there. */
  public static void write(Report report, Path file) throws IOException {
    Files.writeString(file, page(report));
  }

  static String page(Report report) throws IOException {
    StringBuilder html = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head>");
    html.append("<meta charset=\"utf-8\"><meta name=\"viewport\"");
    html.append(" content=\"width=device-width, initial-scale=1\"><title>");
    html.append(Html.text(report.title())).append("</title><style>").append(style());
    html.append("</style></head><body><main>\n<h1>");
    html.append(Html.text(report.title())).append("</h1>\n");
    machine(html, report.machine());
    if (!report.targets().isEmpty()) {
      targets(html, report.targets());
    }
    for (Map.Entry<String, List<Result>> scenario : byScenario(report.results()).entrySet()) {
      scenario(html, scenario.getKey(), scenario.getValue());
    }
    return html.append("</main></body></html>\n").toString();
  }

  private static String style() throws IOException {
    try (InputStream in = ReportPage.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is missing beside " + ReportPage.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Map<String, List<Result>> byScenario(List<Result> results) {
    Map<String, List<Result>> scenarios = new LinkedHashMap<>();
    for (Result result : results) {
      scenarios.computeIfAbsent(result.scenario(), name -> new ArrayList<>()).add(result);
    }
    return scenarios;
  }

  private static Map<String, List<Result>> byName(List<Result> results) {
    Map<String, List<Result>> names = new LinkedHashMap<>();
    for (Result result : results) {
      names.computeIfAbsent(result.name(), name -> new ArrayList<>()).add(result);
    }
    return names;
  }

  private static void machine(StringBuilder html, Machine machine) {
    html.append("<dl class=\"facts\">");
    fact(
        html,
        "Date",
        DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT)
            .format(machine.date().atOffset(ZoneOffset.UTC)));
    fact(html, "Processor", machine.processor() + ", " + machine.cores() + " cores");
    fact(
        html,
        "Memory",
        String.format(Locale.ROOT, "%.1f GiB", machine.memoryBytes() / (double) (1L << 30)));
    fact(html, "Kernel", machine.kernel());
    fact(html, "JDK", machine.jdk());
    fact(html, "Data on", machine.fileSystem() + ", " + machine.disk());
    String commit = machine.commit();
    fact(html, "Commit", commit == null ? "not in a checkout" : commit);
    html.append("</dl>\n");
  }

  private static void fact(StringBuilder html, String name, String value) {
    html.append("<div><dt>").append(name).append("</dt><dd>");
    html.append(Html.text(value)).append("</dd></div>");
  }

  // Targets.

  private static void targets(StringBuilder html, List<Target> targets) {
    html.append("<h2>Targets</h2><div class=\"wide\"><table class=\"targets\"><thead><tr>");
    for (String head : List.of("what", "target", "measured", "baseline", "ratio", "")) {
      html.append("<th>").append(head).append("</th>");
    }
    html.append("</tr></thead><tbody>");
    for (Target target : targets) {
      String kind =
          switch (target.verdict()) {
            case MET -> "met";
            case MISSED -> "missed";
            case NOT_MEASURED -> "open";
          };
      html.append("<tr class=\"").append(kind).append("\">");
      Double ratio = target.ratio();
      cell(html, target.name());
      cell(html, target.asks());
      cell(html, target.measured());
      cell(html, orEmpty(target.baseline()));
      cell(html, ratio == null ? "" : String.format(Locale.ROOT, "%.2f", ratio));
      html.append("<td><b>").append(target.verdict()).append("</b></td></tr>");
      if (target.note() != null) {
        html.append("<tr class=\"note\"><td colspan=\"6\">");
        html.append(Html.text(orEmpty(target.note()))).append("</td></tr>");
      }
    }
    html.append("</tbody></table></div>\n");
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static void cell(StringBuilder html, String text) {
    html.append("<td>").append(Html.text(text)).append("</td>");
  }

  // A scenario.

  private static void scenario(StringBuilder html, String name, List<Result> results) {
    html.append("<h2>").append(Html.text(name)).append("</h2>\n");
    table(html, results);
    html.append("<div class=\"plots\">");
    throughput(html, results);
    latencies(html, results);
    html.append("</div>\n");
    for (Result result : results) {
      details(html, result);
    }
  }

  private static void table(StringBuilder html, List<Result> results) {
    html.append("<div class=\"wide\"><table><thead><tr><th>what</th><th>callers</th>");
    html.append("<th>per second</th>");
    for (double percentile : PERCENTILES) {
      html.append("<th>").append(percentileName(percentile)).append("</th>");
    }
    html.append("<th>errors</th><th>verified</th></tr></thead><tbody>");
    for (Result result : results) {
      html.append("<tr>");
      cell(html, result.name());
      number(html, result.parameters().getOrDefault(Result.CONNECTIONS, ""));
      number(html, Html.count(result.perSecond()) + " " + result.unit());
      Histogram latency = result.latency();
      for (double percentile : PERCENTILES) {
        number(
            html,
            latency == null || latency.getTotalCount() == 0
                ? ""
                : Html.nanos(latency.getValueAtPercentile(percentile)));
      }
      cell(html, errors(result));
      Verification verification = result.verification();
      html.append(
          verification == null
              ? "<td></td>"
              : verification.passed()
                  ? "<td class=\"good\">yes</td>"
                  : "<td class=\"bad\">WRONG</td>");
      html.append("</tr>");
    }
    html.append("</tbody></table></div>\n");
  }

  private static String errors(Result result) {
    List<String> words = new ArrayList<>();
    result.errors().forEach((status, count) -> words.add(Html.count(count) + " × " + status));
    return words.isEmpty() ? "none" : String.join(", ", words);
  }

  private static void number(StringBuilder html, String text) {
    html.append("<td class=\"n\">").append(Html.text(text)).append("</td>");
  }

  static String percentileName(double percentile) {
    if (percentile == 100) {
      return "max";
    }
    String digits = String.format(Locale.ROOT, "%.6f", percentile).replaceFirst("\\.?0+$", "");
    return "p" + digits;
  }

  private static void throughput(StringBuilder html, List<Result> results) {
    TreeSet<Double> callers = new TreeSet<>();
    double max = 0;
    for (Result result : results) {
      if (callers(result) > 0) {
        callers.add(callers(result));
        max = Math.max(max, result.perSecond());
      }
    }
    if (callers.size() < 2 || max == 0) {
      return;
    }
    Plot plot =
        new Plot(
            "Throughput over concurrency",
            Axis.at("connections", List.copyOf(callers), Html::shortCount),
            Axis.fromZero(results.get(0).unit() + " per second", max, Html::shortCount));
    for (Map.Entry<String, List<Result>> line : byName(results).entrySet()) {
      List<Point> points = new ArrayList<>();
      for (Result result : line.getValue()) {
        if (callers(result) > 0) {
          points.add(
              new Point(
                  callers(result),
                  result.perSecond(),
                  line.getKey()
                      + ", "
                      + Html.count(callers(result))
                      + " connections: "
                      + Html.count(result.perSecond())
                      + " "
                      + result.unit()
                      + "/s"));
        }
      }
      plot.line(line.getKey(), points);
    }
    html.append(plot.figure());
  }

  private static double callers(Result result) {
    String connections = result.parameters().getOrDefault(Result.CONNECTIONS, "");
    return connections.matches("\\d{1,9}") ? Integer.parseInt(connections) : 0;
  }

  private static void latencies(StringBuilder html, List<Result> results) {
    List<Result> measured = new ArrayList<>();
    for (Result result : results) {
      Histogram latency = result.latency();
      if (latency != null && latency.getTotalCount() > 0) {
        measured.add(result);
      }
    }
    if (measured.size() <= LINES_MAX) {
      percentiles(html, "Latency by percentile", measured);
      return;
    }
    for (Map.Entry<String, List<Result>> line : byName(measured).entrySet()) {
      List<Result> rest = line.getValue();
      for (int from = 0; from < rest.size(); from += LINES_MAX) {
        percentiles(
            html,
            "Latency by percentile, " + line.getKey(),
            rest.subList(from, Math.min(rest.size(), from + LINES_MAX)));
      }
    }
  }

  private static void percentiles(StringBuilder html, String title, List<Result> results) {
    double min = Double.MAX_VALUE;
    double max = 0;
    double count = 10;
    for (Result result : results) {
      Histogram latency = result.latency();
      if (latency != null) {
        min = Math.min(min, (double) Math.max(1, latency.getMinValue()));
        max = Math.max(max, (double) latency.getMaxValue());
        count = Math.max(count, (double) latency.getTotalCount());
      }
    }
    if (max == 0) {
      return;
    }
    Plot plot =
        new Plot(
            title,
            Axis.decades("percentile", 1, count, ReportPage::nines),
            Axis.decades("latency", min, max, Html::decade));
    for (Result result : results) {
      Histogram latency = result.latency();
      if (latency != null) {
        plot.line(lineName(result), percentilePoints(latency));
      }
    }
    html.append(plot.figure());
  }

  private static String lineName(Result result) {
    String connections = result.parameters().get(Result.CONNECTIONS);
    return connections == null ? result.name() : result.name() + ", " + connections + " conn.";
  }

  /**
   * On the scale of HdrHistogram: the nth of 10 to the n requests gets as much room as the next.
   */
  static List<Point> percentilePoints(Histogram latency) {
    List<Point> points = new ArrayList<>();
    double last = latency.getTotalCount();
    for (HistogramIterationValue value : latency.percentiles(STEPS_PER_HALVING)) {
      double rest = 1 - value.getPercentileLevelIteratedTo() / 100;
      double x = rest <= 0 ? last : Math.min(last, 1 / rest);
      points.add(new Point(x, Math.max(1, value.getValueIteratedTo())));
    }
    return points;
  }

  /** 1 is the fastest request, 10 is p90, 100 is p99; what would get too long is counted. */
  private static String nines(double x) {
    long nines = Math.round(Math.log10(x));
    if (nines >= 5) {
      return nines % 2 == 1 ? nines + " nines" : "";
    }
    return x <= 1 ? "0" : percentileName(100 - 100 / x).substring(1) + " %";
  }

  // One result.

  private static void details(StringBuilder html, Result result) {
    boolean open = result.series().size() >= SERIES_OPEN;
    Verification verification = result.verification();
    boolean wrong = verification != null && !verification.passed();
    html.append("<details").append(open || wrong ? " open" : "").append("><summary>");
    html.append(Html.text(lineName(result))).append("</summary>\n");
    if (verification != null) {
      html.append("<p class=\"").append(wrong ? "bad" : "good").append("\">");
      html.append(wrong ? "Verification FAILED: " : "Verified: ");
      html.append(Html.text(verification.checked())).append("</p>");
      for (String finding : verification.findings()) {
        html.append("<p class=\"bad\">").append(Html.text(finding)).append("</p>");
      }
    }
    html.append("<dl class=\"facts\">");
    for (Map.Entry<String, String> parameter : result.parameters().entrySet()) {
      fact(html, Html.text(parameter.getKey()), parameter.getValue());
    }
    for (Figure figure : result.figures()) {
      fact(html, Html.text(figure.name()), figureText(figure));
    }
    html.append("</dl>\n");
    if (result.series().size() >= SERIES_MIN) {
      html.append("<div class=\"plots\">");
      series(html, result);
      html.append("</div>\n");
    }
    waits(html, result.waits());
    slowest(html, result.slowest());
    html.append("</details>\n");
  }

  private static String figureText(Figure figure) {
    double value = figure.value();
    String number =
        value == Math.rint(value) && Math.abs(value) < 1e15
            ? Html.count(value)
            : Math.abs(value) >= 1_000
                ? Html.count(value)
                : String.format(Locale.ROOT, "%.2f", value);
    String unit = figure.unit().replaceFirst("^us\\b", "µs");
    return (number + " " + unit).strip();
  }

  private static void series(StringBuilder html, Result result) {
    List<Interval> series = result.series();
    double from = series.get(0).startSeconds();
    Interval last = series.get(series.size() - 1);
    double to = last.startSeconds() + last.seconds();
    double most = 0;
    double min = Double.MAX_VALUE;
    double max = 0;
    List<Point> throughput = new ArrayList<>();
    List<Point> p50 = new ArrayList<>();
    List<Point> p99 = new ArrayList<>();
    List<Point> slowest = new ArrayList<>();
    for (Interval interval : series) {
      double middle = interval.startSeconds() + interval.seconds() / 2;
      double perSecond = interval.seconds() <= 0 ? 0 : interval.operations() / interval.seconds();
      if (interval.seconds() > 0.2) {
        throughput.add(new Point(middle, perSecond));
        most = Math.max(most, perSecond);
      }
      // A second without an answer has no latency; its gap in the throughput tells of it.
      if (interval.maxNanos() > 0) {
        p50.add(new Point(middle, interval.p50Nanos()));
        p99.add(new Point(middle, interval.p99Nanos()));
        slowest.add(new Point(middle, interval.maxNanos()));
        min = Math.min(min, (double) interval.p50Nanos());
        max = Math.max(max, (double) interval.maxNanos());
      }
    }
    if (most == 0 || max == 0) {
      return;
    }
    Axis time = Axis.between("seconds", from, to, Html::shortCount);
    Plot rate =
        new Plot(
            "Throughput by second",
            time,
            Axis.fromZero(result.unit() + " per second", most, Html::shortCount));
    rate.line("throughput", throughput);
    html.append(rate.figure());
    Plot latency =
        new Plot(
            result.pauses().isEmpty()
                ? "Latency by second"
                : "Latency by second; bands are pauses of the server",
            time,
            Axis.decades("latency", Math.max(1, min), max, Html::decade));
    for (Pause pause : result.pauses()) {
      latency.band(
          pause.startSeconds(),
          pause.startSeconds() + pause.nanos() / 1e9,
          pause.reason() + ", " + Html.nanos(pause.nanos()));
    }
    latency.line("p50", p50);
    latency.line("p99", p99);
    latency.line("max", slowest);
    html.append(latency.figure());
  }

  private static void waits(StringBuilder html, List<Waits> all) {
    for (Waits waits : all) {
      html.append("<h3>What those beyond ").append(percentileName(waits.percentile()));
      html.append(" waited for</h3><p>");
      html.append(Html.count((double) waits.requests())).append(" requests of ");
      html.append(Html.nanos(waits.boundNanos())).append(" and more.</p>");
      html.append("<div class=\"wide\"><table><thead><tr><th>cause</th>");
      html.append("<th>share of their time</th><th>mainly this</th></tr></thead><tbody>");
      for (Waits.Wait wait : waits.causes()) {
        html.append("<tr>");
        cell(html, wait.cause());
        number(html, String.format(Locale.ROOT, "%.1f %%", 100 * wait.share()));
        number(html, Html.count((double) wait.requests()) + " requests");
        html.append("</tr>");
      }
      html.append("</tbody></table></div>\n");
    }
  }

  private static void slowest(StringBuilder html, List<Slow> slowest) {
    if (slowest.isEmpty()) {
      return;
    }
    html.append("<h3>The slowest</h3><div class=\"wide\"><table><thead><tr>");
    for (String head :
        List.of("due at", "second", "latency", "of which unsent", "what", "status", "waited for")) {
      html.append("<th>").append(head).append("</th>");
    }
    html.append("</tr></thead><tbody>");
    for (Slow slow : slowest) {
      html.append("<tr>");
      number(html, slow.intended().toString());
      number(html, String.format(Locale.ROOT, "%.3f", slow.startSeconds()));
      number(html, Html.nanos(slow.latencyNanos()));
      number(html, Html.nanos(slow.unsentNanos()));
      cell(html, slow.what());
      cell(html, slow.status() == 0 ? "cut" : Integer.toString(slow.status()));
      cell(html, slow.waitedFor());
      html.append("</tr>");
    }
    html.append("</tbody></table></div>\n");
  }
}
