// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.document;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the name that was meant by one that does not exist.
 *
 * <p>Stateless; any thread.
 */
public final class Suggestion {
  /** More names than this are not listed. */
  private static final int LISTED_MAX = 16;

  private static final int SHOWN_CHARS_MAX = 64;

  private Suggestion() {}

  /** Words to put behind a complaint: the nearest name, or what there is. */
  public static String of(String name, Collection<String> known) {
    String nearest = nearest(name, known);
    if (nearest != null) {
      return "did you mean \"" + nearest + "\"?";
    }
    if (known.isEmpty()) {
      return "there is none";
    }
    return known.size() <= LISTED_MAX
        ? "there is " + String.join(", ", known)
        : "there are " + known.size() + " others";
  }

  /** A name as it is shown: in quotes, and not longer than a line bears. */
  public static String shown(String name) {
    String cut =
        name.length() <= SHOWN_CHARS_MAX ? name : name.substring(0, SHOWN_CHARS_MAX) + "...";
    return '"' + cut.replaceAll("\\p{Cntrl}", "?") + '"';
  }

  /** The known name that is near enough to have been meant, or null; the first of equals. */
  public static @Nullable String nearest(String name, Collection<String> known) {
    String plain = plain(name);
    String nearest = null;
    int least = Math.max(1, plain.length() / 3) + 1;
    for (String each : known) {
      int distance = distance(plain, plain(each));
      if (distance < least) {
        least = distance;
        nearest = each;
      }
    }
    return nearest;
  }

  /** Without what is spelled differently by habit. */
  private static String plain(String name) {
    String cut = name.length() <= SHOWN_CHARS_MAX ? name : name.substring(0, SHOWN_CHARS_MAX);
    return cut.toLowerCase(Locale.ROOT).replaceAll("[-_ .]", "");
  }

  /** Letters to insert, delete, change, or swap with their neighbour. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int change = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(change, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
