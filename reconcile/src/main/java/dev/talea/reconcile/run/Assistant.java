// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Drafts rules from a description of the columns of two sources, somewhere else. An interface,
 * because this room reaches no network; and what comes back is looked at here, like the document of
 * any person.
 */
@FunctionalInterface
public interface Assistant {
  /**
   * Asks for a draft, and waits for it.
   *
   * @param columns of {@code left} and {@code right}: names, types and what their values are like,
   *     without one of them
   * @return {@code rules}, and where wanted {@code description}, and {@code left} and {@code right}
   *     with {@code derived} and {@code filter}
   * @throws NoDraftException if none comes, with the reason
   */
  Map<String, @Nullable Object> draft(Map<String, @Nullable Object> columns)
      throws NoDraftException;

  /** None came; the message is for people, and holds no secret. */
  final class NoDraftException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With the reason. */
    public NoDraftException(String reason) {
      super(reason);
    }
  }
}
