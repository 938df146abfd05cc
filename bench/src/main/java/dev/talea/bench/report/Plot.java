// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A plot as inline SVG, for a page that needs nothing from anywhere else. Colours come from the
 * page's style, so that they suit a light and a dark one. For one thread.
 */
final class Plot {
  static final double WIDTH = 500;
  static final double HEIGHT = 300;
  private static final double LEFT = 76;
  private static final double RIGHT = 14;
  private static final double TOP = 12;
  private static final double BOTTOM = 44;

  /** Below this, in units of the picture, labels of ticks would touch. */
  private static final double LABEL_WIDTH = 44;

  /** Colours that the page's style knows. */
  static final int COLOURS = 10;

  private final String title;
  private final Axis x;
  private final Axis y;
  private final StringBuilder marks = new StringBuilder();
  private final List<String> legend = new ArrayList<>();

  /** A point with what is shown when the mouse is over it; empty for nothing. */
  record Point(double x, double y, String note) {
    Point(double x, double y) {
      this(x, y, "");
    }
  }

  Plot(String title, Axis x, Axis y) {
    this.title = title;
    this.x = x;
    this.y = y;
  }

  private double left(double value) {
    return LEFT + x.place(value) * (WIDTH - LEFT - RIGHT);
  }

  private double top(double value) {
    return HEIGHT - BOTTOM - y.place(value) * (HEIGHT - TOP - BOTTOM);
  }

  /** Adds a line in the next colour. */
  void line(String name, List<Point> points) {
    int colour = legend.size() % COLOURS;
    legend.add(name);
    StringBuilder path = new StringBuilder();
    StringBuilder dots = new StringBuilder();
    for (Point point : points) {
      path.append(path.length() == 0 ? 'M' : 'L').append(pair(left(point.x()), top(point.y())));
      if (!point.note().isEmpty()) {
        dots.append(
            String.format(
                Locale.ROOT,
                "<circle class=\"c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>%s</title></circle>",
                colour,
                left(point.x()),
                top(point.y()),
                Html.text(point.note())));
      }
    }
    marks
        .append("<path class=\"line s")
        .append(colour)
        .append("\" d=\"")
        .append(path)
        .append("\"/>")
        .append(dots);
  }

  /** Adds a band over the whole height, from one x to another, at least a hair wide. */
  void band(double from, double to, String note) {
    double start = left(from);
    marks.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"band\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\""
                + " height=\"%.1f\"><title>%s</title></rect>",
            start,
            TOP,
            Math.max(1, left(to) - start),
            HEIGHT - TOP - BOTTOM,
            Html.text(note)));
  }

  private static String pair(double left, double top) {
    return String.format(Locale.ROOT, "%.1f %.1f", left, top);
  }

  /** The picture with its title and legend. */
  String figure() {
    StringBuilder html = new StringBuilder("<figure><figcaption>");
    html.append(Html.text(title)).append("</figcaption>");
    html.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">",
            WIDTH,
            HEIGHT,
            Html.text(title)));
    xTicks(html);
    yTicks(html);
    html.append(marks).append("</svg>");
    if (legend.size() > 1) {
      html.append("<ul class=\"legend\">");
      for (int i = 0; i < legend.size(); i++) {
        html.append("<li><i class=\"b").append(i % COLOURS).append("\"></i>");
        html.append(Html.text(legend.get(i))).append("</li>");
      }
      html.append("</ul>");
    }
    return html.append("</figure>\n").toString();
  }

  private void xTicks(StringBuilder html) {
    double lastLabel = Double.NEGATIVE_INFINITY;
    for (double tick : x.ticks()) {
      double at = left(tick);
      html.append(
          String.format(
              Locale.ROOT,
              "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>",
              at,
              TOP,
              HEIGHT - BOTTOM));
      if (at - lastLabel >= LABEL_WIDTH) {
        lastLabel = at;
        boolean atEdge = at > WIDTH - RIGHT - LABEL_WIDTH / 2;
        double anchor = atEdge ? WIDTH - 2 : at;
        html.append(
            label(anchor, HEIGHT - BOTTOM + 16, atEdge ? "end" : "middle", x.words().apply(tick)));
      }
    }
    html.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "middle", x.label()));
  }

  private void yTicks(StringBuilder html) {
    for (double tick : y.ticks()) {
      double at = top(tick);
      html.append(
          String.format(
              Locale.ROOT,
              "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>",
              LEFT,
              at,
              WIDTH - RIGHT));
      html.append(label(LEFT - 6, at + 4, "end", y.words().apply(tick)));
    }
    html.append(
        String.format(
            Locale.ROOT,
            "<text transform=\"rotate(-90)\" x=\"%.1f\" y=\"12\" text-anchor=\"middle\">%s</text>",
            -(TOP + HEIGHT - BOTTOM) / 2,
            Html.text(y.label())));
  }

  private static String label(double left, double top, String anchor, String text) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
        left,
        top,
        anchor,
        Html.text(text));
  }
}
