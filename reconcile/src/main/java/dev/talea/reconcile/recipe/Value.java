// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import dev.talea.reconcile.row.ColumnType;

/**
 * A constant of a recipe, or what a run gave for a parameter.
 *
 * @param value of the class that the type names
 */
public record Value(ColumnType type, Object value) {}
