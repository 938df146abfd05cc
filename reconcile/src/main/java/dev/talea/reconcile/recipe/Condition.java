// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has to hold between a column of the left row and one of the right.
 *
 * @param left column of the left side
 * @param right column of the right side, of the same type
 * @param normalise what is done to both values before, texts only
 * @param threshold of {@link Comparison#SIMILAR}: above 0, at most 1; else null
 */
public record Condition(
    String left,
    Comparison comparison,
    String right,
    List<Normalisation> normalise,
    @Nullable BigDecimal threshold) {
  /** Copies the list; 0.90 and 0.9 are one threshold. */
  public Condition {
    normalise = List.copyOf(normalise);
    threshold = threshold == null ? null : threshold.stripTrailingZeros();
  }
}
