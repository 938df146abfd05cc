// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import dev.talea.reconcile.row.ColumnType;
import org.jspecify.annotations.Nullable;

/**
 * What a run is told.
 *
 * @param name as a column's
 * @param preset what is taken when the run does not say, or null when it has to
 */
public record Parameter(String name, ColumnType type, @Nullable Value preset) {}
