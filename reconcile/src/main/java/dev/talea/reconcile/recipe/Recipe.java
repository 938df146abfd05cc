// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import dev.talea.reconcile.row.MatchSide;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What makes rows of two sources the same thing. Rules are tried in their order, and what one has
 * put together is out for the next.
 *
 * @param name 1 to 64 characters of {@code [a-z0-9-]}
 * @param anchor the side whose open rows are what the run is about, or null for both
 */
public record Recipe(
    String name,
    String description,
    List<Parameter> parameters,
    SideSpec left,
    SideSpec right,
    @Nullable MatchSide anchor,
    List<Rule> rules) {
  /** Copies the lists. */
  public Recipe {
    parameters = List.copyOf(parameters);
    rules = List.copyOf(rules);
  }

  /** One side. */
  public SideSpec side(MatchSide side) {
    return side == MatchSide.LEFT ? left : right;
  }
}
