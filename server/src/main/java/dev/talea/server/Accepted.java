package dev.talea.server;

import java.util.List;
import java.util.Locale;

/**
 * Reads {@code Accept} for the one route that has two kinds of answer.
 *
 * <p>The stream was there first and stays the answer to everybody who does not clearly want the
 * other: JSON has to be named with a higher weight than the stream's, or with the same weight but
 * more precisely, as by those who name JSON and add a wildcard.
 *
 * <p>Stateless.
 */
final class Accepted {
  private static final String JSON = "application/json";
  private static final String STREAM = "text/event-stream";

  private Accepted() {}

  /**
   * @param fields the values of all {@code Accept} headers
   */
  static boolean prefersJson(List<String> fields) {
    int json = rank(fields, JSON);
    return json > 0 && json > rank(fields, STREAM);
  }

  /** Thousandths of weight times four, plus how precisely the type is named: 3 is by its name. */
  private static int rank(List<String> fields, String type) {
    int rank = 0;
    int precision = 0;
    for (String field : fields) {
      for (String range : field.split(",", -1)) {
        String[] parts = range.strip().toLowerCase(Locale.ROOT).split(";", -1);
        int named = precision(parts[0].strip(), type);
        // The most precise range that fits decides, whatever weight the wider ones have.
        if (named > precision) {
          precision = named;
          int weight = weight(parts);
          rank = weight == 0 ? 0 : 4 * weight + named;
        }
      }
    }
    return rank;
  }

  private static int precision(String range, String type) {
    if (range.equals(type)) {
      return 3;
    }
    if (range.equals(type.substring(0, type.indexOf('/') + 1) + "*")) {
      return 2;
    }
    return range.equals("*/*") ? 1 : 0;
  }

  /** In thousandths; a weight that is none counts as if there were none, as 1. */
  private static int weight(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip();
      if (parameter.matches("q=(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?)")) {
        return (int) Math.round(1000 * Double.parseDouble(parameter.substring(2)));
      }
    }
    return 1000;
  }
}
