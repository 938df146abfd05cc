// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/**
 * How many days may lie between two rows. Of a column of type {@code time} the day in UTC counts.
 *
 * @param left column of the left side, of type {@code date} or {@code time}
 * @param right column of the right side
 * @param daysBefore how many days the right row may be before the left one, 0 to 3,660
 * @param daysAfter how many days it may be after it, 0 to 3,660
 */
public record Window(String left, String right, int daysBefore, int daysAfter) {}
