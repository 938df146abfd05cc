// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes the place where files lie out of a text, for those who only use the log. Stateless.
 *
 * <p>Apart from the exceptions because it has to find the place in whatever text they were given.
 */
final class WithoutPaths {

  /** From the folder of a log up to the directory of all. */
  private static final int LEVELS = 2;

  private WithoutPaths() {}

  /**
   * A text without the place that files lie in: what is left of a path is the part within the
   * directory that a client may see.
   *
   * @param directory that files lie in; what lies beside it or beside its parent is shortened too
   */
  static String of(@Nullable Path directory, String text) {
    String bare = text;
    Path at = directory;
    for (int level = 0; level <= LEVELS && at != null && at.getNameCount() > 0; level++) {
      bare = withoutOne(at.toAbsolutePath(), bare);
      bare = withoutOne(at, bare);
      at = at.getParent();
    }
    return bare;
  }

  private static String withoutOne(Path directory, String text) {
    String quoted = "(?<![\\w./-])" + Pattern.quote(directory.toString());
    String below = Pattern.compile(quoted + "[/\\\\]").matcher(text).replaceAll("");
    return Pattern.compile(quoted + "(?![\\w./\\\\-])")
        .matcher(below)
        .replaceAll(Matcher.quoteReplacement("its folder"));
  }
}
