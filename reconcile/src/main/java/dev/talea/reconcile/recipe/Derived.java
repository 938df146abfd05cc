// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/**
 * A column that is computed from others of the same row.
 *
 * @param name none that the source has, nor one derived before it
 */
public record Derived(String name, Expression expression) {}
