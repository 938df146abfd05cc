// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.talea.reconcile.recipe.Normalisation;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What is done to texts and how they are held against each other, as DuckDB has it. Regular
 * expressions are those of RE2, which find the same there and here, in time that is linear. Pure
 * functions.
 */
final class Texts {
  private static final double PREFIX_COUNTS_ABOVE = 0.7;
  private static final int PREFIX_BYTES_MAX = 4;
  private static final double PREFIX_WEIGHT = 0.1;

  private Texts() {}

  /** Normalisations one after the other, ready to be used. Immutable. */
  static final class Steps implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Normalisation.Kind[] kinds;
    private final @Nullable Pattern[] patterns;

    Steps(List<Normalisation> steps) {
      kinds = new Normalisation.Kind[steps.size()];
      patterns = new Pattern[kinds.length];
      for (int i = 0; i < kinds.length; i++) {
        kinds[i] = steps.get(i).kind();
        String pattern = steps.get(i).pattern();
        patterns[i] = pattern == null ? null : Pattern.compile(pattern);
      }
    }

    /** The value after its changes; a text that is empty then is null. */
    @Nullable Object of(@Nullable Object value) {
      if (kinds.length == 0 || value == null) {
        return value;
      }
      String changed = (String) value;
      for (int i = 0; i < kinds.length; i++) {
        changed =
            switch (kinds[i]) {
              case UPPER -> upper(changed);
              case TRIM -> trim(changed);
              case STRIP_PUNCTUATION -> kept(changed, Steps::isLetterOrDigit);
              case DIGITS -> kept(changed, point -> point >= '0' && point <= '9');
              case STRIP_ZEROS -> stripZeros(changed);
              case CAPTURE -> captured(Objects.requireNonNull(patterns[i]), changed);
            };
      }
      return changed.isEmpty() ? null : changed;
    }

    private static boolean isLetterOrDigit(int point) {
      return Character.isLetter(point)
          || Character.getType(point) == Character.DECIMAL_DIGIT_NUMBER;
    }
  }

  private static String captured(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    String group = matcher.find() ? matcher.group(1) : null;
    return group == null ? "" : group;
  }

  private static String upper(String text) {
    StringBuilder upper = new StringBuilder(text.length());
    text.codePoints()
        // Of a sharp s the capital one: letter by letter means that a text keeps its length.
        .map(point -> point == 0xDF ? 0x1E9E : Character.toUpperCase(point))
        .forEach(upper::appendCodePoint);
    return upper.toString();
  }

  private static String kept(String text, IntPredicate which) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints().filter(which).forEach(kept::appendCodePoint);
    return kept.toString();
  }

  private static String stripZeros(String text) {
    int from = 0;
    while (from < text.length() && text.charAt(from) == '0') {
      from++;
    }
    return text.substring(from);
  }

  private static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /** What counts as white space: none of it lies beyond the first 65,536 characters. */
  private static boolean isSpace(char c) {
    return (c >= 0x09 && c <= 0x0D)
        || c == 0x20
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }

  /** The order of code points, which is that of the bytes of UTF-8. */
  static int order(String left, String right) {
    int length = Math.min(left.length(), right.length());
    for (int i = 0; i < length; i++) {
      char l = left.charAt(i);
      char r = right.charAt(i);
      if (l != r) {
        // Both halves of a pair are less than what follows them in the table, and mean more.
        boolean pairs = Character.isSurrogate(l) != Character.isSurrogate(r);
        return pairs ? (Character.isSurrogate(l) ? 1 : -1) : Character.compare(l, r);
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  /** The similarity of Jaro and Winkler, over the bytes of UTF-8; 0 where one is empty. */
  static double similarity(String left, String right) {
    byte[] a = left.getBytes(StandardCharsets.UTF_8);
    byte[] b = right.getBytes(StandardCharsets.UTF_8);
    if (a.length == 0 || b.length == 0) {
      return 0;
    }
    boolean[] inA = new boolean[a.length];
    boolean[] inB = new boolean[b.length];
    int common = common(a, b, inA, inB);
    if (common == 0) {
      return 0;
    }
    int moved = 0;
    int at = 0;
    for (int i = 0; i < a.length; i++) {
      if (inA[i]) {
        while (!inB[at]) {
          at++;
        }
        if (a[i] != b[at++]) {
          moved++;
        }
      }
    }
    int swapped = moved / 2;
    double same = common;
    double jaro = (same / a.length + same / b.length + (same - swapped) / same) / 3;
    if (jaro <= PREFIX_COUNTS_ABOVE) {
      return jaro;
    }
    int prefix = 0;
    int most = Math.min(PREFIX_BYTES_MAX, Math.min(a.length, b.length));
    while (prefix < most && a[prefix] == b[prefix]) {
      prefix++;
    }
    return jaro + prefix * PREFIX_WEIGHT * (1 - jaro);
  }

  /** Bytes that both have, not too far from each other; each is counted once. */
  private static int common(byte[] a, byte[] b, boolean[] inA, boolean[] inB) {
    int reach = Math.max(0, Math.max(a.length, b.length) / 2 - 1);
    int common = 0;
    for (int i = 0; i < a.length; i++) {
      int last = Math.min(b.length - 1, i + reach);
      for (int j = Math.max(0, i - reach); j <= last && !inA[i]; j++) {
        if (!inB[j] && a[i] == b[j]) {
          inA[i] = true;
          inB[j] = true;
          common++;
        }
      }
    }
    return common;
  }
}
