// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Guesses what was meant by a word that nothing is called by: the name that takes the fewest
 * letters to change, if that is few for its length. A class of its own because variables, commands
 * and options are all mistyped.
 *
 * <p>Stateless.
 */
public final class Nearest {
  /** Beyond it nothing is a typing error any more, and the table below would be large. */
  private static final int LETTERS_MAX = 64;

  /** Fewer letters are the beginning of too much. */
  private static final int HALF_LETTERS_MIN = 4;

  private Nearest() {}

  /** The nearest of these names, or null if none is near. */
  public static @Nullable String to(String word, Collection<String> names) {
    if (word.length() > LETTERS_MAX) {
      return null;
    }
    String typed = word.toLowerCase(Locale.ROOT);
    String nearest = null;
    int fewest = Integer.MAX_VALUE;
    for (String name : names) {
      String known = name.toLowerCase(Locale.ROOT);
      // What was typed halfway is near, however much is left.
      boolean half = typed.length() >= HALF_LETTERS_MIN && known.startsWith(typed);
      int changes = half ? 1 : changes(typed, known);
      if (changes < fewest) {
        fewest = changes;
        nearest = name;
      }
    }
    return nearest != null && fewest <= allowed(Math.max(typed.length(), nearest.length()))
        ? nearest
        : null;
  }

  private static int allowed(int letters) {
    return letters < 4 ? 1 : letters < 8 ? 2 : Math.max(3, letters / 4);
  }

  /** Letters to put in, take out, exchange or swap with their neighbour. */
  private static int changes(String from, String to) {
    int[][] least = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int k = 0; k <= to.length(); k++) {
        if (i == 0 || k == 0) {
          least[i][k] = i + k;
          continue;
        }
        int exchange = from.charAt(i - 1) == to.charAt(k - 1) ? 0 : 1;
        int best = least[i - 1][k - 1] + exchange;
        best = Math.min(best, Math.min(least[i - 1][k], least[i][k - 1]) + 1);
        if (i > 1
            && k > 1
            && from.charAt(i - 1) == to.charAt(k - 2)
            && from.charAt(i - 2) == to.charAt(k - 1)) {
          best = Math.min(best, least[i - 2][k - 2] + 1);
        }
        least[i][k] = best;
      }
    }
    return least[from.length()][to.length()];
  }
}
