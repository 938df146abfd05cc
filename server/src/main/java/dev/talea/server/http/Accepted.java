// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.util.List;
import java.util.Locale;

/**
 * Reads {@code Accept}: for the few routes that have two kinds of answer, which of them is wanted;
 * for all, whether amounts are wanted as strings.
 *
 * <p>Of a route with both, the stream was there first and stays the answer to everybody who does
 * not clearly want the other: JSON has to be named with a higher weight than the stream's, or with
 * the same weight but more precisely, as by those who name JSON and add a wildcard, or name it with
 * {@code amounts=string}.
 *
 * <p>Amounts are strings where {@code amounts=string} is a parameter of the type of the answer.
 * Those who name the type both ways get what they gave the higher weight, strings if it is the
 * same. Other values of the parameter count as none.
 *
 * <p>Stateless.
 */
final class Accepted {
  static final String JSON = "application/json";
  static final String STREAM = "text/event-stream";
  static final String TEXT = "text/plain";
  static final String CSV = "text/csv";

  private static final String PARAMETER = "amounts";

  /** Any answer, with amounts as integers or as strings. */
  private static final int ANY = 0;

  private static final int INTEGERS = 1;
  private static final int STRINGS = 2;

  private Accepted() {}

  /**
   * @param fields the values of all {@code Accept} headers
   */
  static boolean prefersJson(List<String> fields) {
    int json = rank(fields, JSON, ANY);
    return json > 0 && json > rank(fields, STREAM, ANY);
  }

  /**
   * Whether text is clearly wanted, of a route that has it beside JSON.
   *
   * @param fields the values of all {@code Accept} headers
   */
  static boolean prefersText(List<String> fields) {
    return prefersToJson(fields, TEXT);
  }

  /** As {@link #prefersText}, for routes that have CSV. */
  static boolean prefersCsv(List<String> fields) {
    return prefersToJson(fields, CSV);
  }

  private static boolean prefersToJson(List<String> fields, String type) {
    int other = rank(fields, type, ANY);
    return other > 0 && other > rank(fields, JSON, ANY);
  }

  /**
   * Whether amounts are wanted as strings in an answer of this type. Nearly always not, and then
   * looking costs no more than the length of the header.
   *
   * @param fields the values of all {@code Accept} headers
   */
  static boolean amountsAsStrings(List<String> fields, String type) {
    for (String field : fields) {
      if (mentionsAmounts(field)) {
        int strings = rank(fields, type, STRINGS);
        return strings > 0 && strings / 8 >= rank(fields, type, INTEGERS) / 8;
      }
    }
    return false;
  }

  private static boolean mentionsAmounts(String field) {
    int last = field.length() - PARAMETER.length();
    for (int i = field.indexOf(';'); i >= 0 && i <= last; i++) {
      if (field.regionMatches(true, i, PARAMETER, 0, PARAMETER.length())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Thousandths of weight times eight, plus how precisely the type is named: 3 is by its name, 4
   * with our parameter.
   */
  private static int rank(List<String> fields, String type, int amounts) {
    int rank = 0;
    int precision = 0;
    for (String field : fields) {
      for (String range : field.split(",", -1)) {
        String[] parts = range.strip().toLowerCase(Locale.ROOT).split(";", -1);
        int named = precision(parts[0].strip(), type);
        // A wildcard has no parameters of ours: they belong to a type.
        boolean strings = named == 3 && asksForStrings(parts);
        if (amounts != ANY && strings != (amounts == STRINGS)) {
          continue;
        }
        named += strings ? 1 : 0;
        // The most precise range that fits decides, whatever weight the wider ones have.
        if (named > precision) {
          precision = named;
          int weight = weight(parts);
          rank = weight == 0 ? 0 : 8 * weight + named;
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

  private static boolean asksForStrings(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip();
      if (parameter.startsWith(PARAMETER + "=")) {
        String value = parameter.substring(PARAMETER.length() + 1);
        return value.equals("string") || value.equals("\"string\"");
      }
    }
    return false;
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
