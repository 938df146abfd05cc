// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One side of a recipe.
 *
 * @param filter which rows take part; those that do not are counted as filtered, and nothing more
 *     is done about them. Null for all
 * @param derived in the order they are computed in; a filter may use them
 */
public record SideSpec(SourceRef source, List<Derived> derived, @Nullable Expression filter) {
  /** Copies the list. */
  public SideSpec {
    derived = List.copyOf(derived);
  }
}
