// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a regular expression means the same to Java and to RE2, the engine's: what only one
 * of them understands is refused, so that a rule does not find other rows on another engine.
 *
 * <p>Stateless; any thread.
 */
final class CapturePattern {
  /** Look-around, atomic and inline groups but (?: and (?i); back references; possessive. */
  private static final Pattern NOT_RE2 =
      Pattern.compile(
          "\\(\\?(?!:|i\\)|i:)|\\\\[1-9kGZXRhHvVeNcx]|[*+?}]\\+|&&|\\[[^\\]]*\\[|\\\\[pP]\\{..");

  private CapturePattern() {}

  /** What is wrong with it, or null. */
  static @Nullable String fault(String pattern) {
    int groups;
    try {
      groups = Pattern.compile(pattern).matcher("").groupCount();
    } catch (PatternSyntaxException e) {
      return "is no regular expression: " + e.getDescription() + " near index " + e.getIndex();
    }
    if (groups != 1) {
      return "has " + groups + " groups, expected exactly one: INV-([0-9]+); (?:...) makes none";
    }
    // A backslash that is itself escaped begins nothing.
    var odd = NOT_RE2.matcher(pattern.replace("\\\\", "  "));
    if (odd.find()) {
      return "has \""
          + odd.group()
          + "\", which not every engine understands: no look-around, no back references, no"
          + " possessive quantifiers, no classes within classes";
    }
    return null;
  }
}
