// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** The page says what the report says, in the right places, and asks nobody for anything. */
class ReportPageTest {
  private static final double INNER_LEFT = 76;
  private static final double INNER_RIGHT = 486;
  private static final double INNER_TOP = 12;
  private static final double INNER_BOTTOM = 256;

  @Test
  void thePageNeedsNothingFromAnywhere() throws IOException {
    String page = ReportPage.page(Examples.report());
    for (String foreign :
        List.of("http:", "https:", "<script", "<link", "src=", "url(", "@import")) {
      assertFalse(page.contains(foreign), foreign);
    }
  }

  @Test
  void everyPictureIsWellFormed() throws Exception {
    Report report = sweep();
    var pictures =
        Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(ReportPage.page(report));
    int count = 0;
    while (pictures.find()) {
      count++;
      byte[] svg = pictures.group().getBytes(StandardCharsets.UTF_8);
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(new ByteArrayInputStream(svg));
    }
    assertEquals(2, count, "throughput and percentiles");
  }

  @Test
  void namesAreTextAndNotMarkup() throws IOException {
    String page = ReportPage.page(Examples.report());
    assertTrue(page.contains("A processor &lt;with&gt; &amp; marks"), page);
    assertFalse(page.contains("<with>"));
  }

  @Test
  void verdictsAndFailedVerificationsStandOut() throws IOException {
    String page = ReportPage.page(Examples.report());
    assertTrue(page.contains("<tr class=\"met\">"));
    assertTrue(page.contains("<tr class=\"missed\">"));
    assertTrue(page.contains("<tr class=\"open\">"));
    assertTrue(page.contains("<td class=\"bad\">WRONG</td>"));
    assertTrue(page.contains("<p class=\"bad\">expected 3, found 4</p>"));
    assertTrue(page.contains("<details open>"), "what is wrong is not folded away");
  }

  @Test
  void numbersCarryTheirUnits() throws IOException {
    String page = ReportPage.page(Examples.report());
    assertTrue(page.contains("2\u202f500 transactions</td>"), "throughput");
    assertTrue(page.contains("5.00 ms</td>"), "p50 of 1 us to 10 ms");
    assertTrue(page.contains("7 × 429, 1 × cut</td>"), "errors");
    assertTrue(page.contains("<dd>1.50 s</dd>"), "figures");
    assertTrue(page.contains("<h3>What those beyond p99.9 waited for</h3>"), "waits");
    assertTrue(page.contains("<p>10 requests of 5.00 ms and more.</p>"), "how slow they were");
    assertTrue(
        page.contains("<td>a &lt;sync&gt;</td><td class=\"n\">87.5 %</td>"),
        "what they waited for");
  }

  @Test
  void pointsLieWhereTheirNumbersAre() throws IOException {
    String page = ReportPage.page(sweep());
    // 1, 8 and 64 connections on a logarithmic axis: left edge, middle, right edge. 1000, 2000 and
    // 4000 a second on one from 0 to 4000.
    double height = INNER_BOTTOM - INNER_TOP;
    assertCircle(page, INNER_LEFT, INNER_BOTTOM - height / 4);
    assertCircle(page, (INNER_LEFT + INNER_RIGHT) / 2, INNER_BOTTOM - height / 2);
    assertCircle(page, INNER_RIGHT, INNER_TOP);
  }

  @Test
  void percentilesGetARoomOfEqualSizeForEachNine() {
    Histogram latency = new Histogram(5);
    for (int i = 1; i <= 100_000; i++) {
      latency.recordValue(i);
    }
    List<Plot.Point> points = ReportPage.percentilePoints(latency);
    for (Plot.Point point : points) {
      // Uniform values: the share below v is v / 100000, so x is 1 / (1 - v / 100000).
      double share = Math.min(1 - 1e-5, point.y() / 100_000);
      assertEquals(Math.log10(1 / (1 - share)), Math.log10(point.x()), 0.35);
    }
    assertEquals(100_000, points.get(points.size() - 1).x());
    Axis axis = Axis.decades("percentile", 1, 100_000, Double::toString);
    assertEquals(0.2, axis.place(10), 1e-9);
    assertEquals(0.4, axis.place(100), 1e-9);
    assertEquals(0.6, axis.place(1_000), 1e-9);
  }

  @Test
  void axesEndAtRoundNumbers() {
    assertEquals(
        List.of(0.0, 10_000.0, 20_000.0, 30_000.0),
        Axis.fromZero("", 26_457, Double::toString).ticks().stream()
            .map(d -> (double) Math.round(d))
            .toList());
    Axis decades = Axis.decades("", 26_000, 2_500_000, Double::toString);
    assertEquals(10_000, decades.min(), 1e-6);
    assertEquals(10_000_000, decades.max(), 1e-6);
    assertEquals(0, Axis.fromZero("", 5, Double::toString).place(-1), "never outside the picture");
    assertEquals(1, Axis.fromZero("", 5, Double::toString).place(99));
  }

  @Test
  void percentilesAreNamedWithoutRoundingNinesAway() {
    assertEquals("p50", ReportPage.percentileName(50));
    assertEquals("p99.9", ReportPage.percentileName(99.9));
    assertEquals("p99.999", ReportPage.percentileName(100 - 100 / 1e5));
    assertEquals("max", ReportPage.percentileName(100));
  }

  @Test
  void timesAreReadable() {
    assertEquals("950 ns", Html.nanos(950));
    assertEquals("39.7 µs", Html.nanos(39_700));
    assertEquals("1.46 ms", Html.nanos(1_460_000));
    assertEquals("2.00 s", Html.nanos(2_000_000_000));
    assertEquals("100 µs", Html.decade(100_000));
    assertEquals("250k", Html.shortCount(250_000));
    assertEquals("1.5M", Html.shortCount(1_500_000));
  }

  private static Report sweep() {
    return new Report(
        "sweep",
        Examples.report().machine(),
        List.of(
            Examples.result("talea", 1, 4_000),
            Examples.result("talea", 8, 8_000),
            Examples.result("talea", 64, 16_000)),
        List.of());
  }

  private static void assertCircle(String page, double x, double y) {
    String circle = String.format(Locale.ROOT, "cx=\"%.1f\" cy=\"%.1f\"", x, y);
    assertTrue(page.contains(circle), circle);
  }
}
