// SPDX-License-Identifier: Apache-2.0
/**
 * What files beside the segments have in common, whose content follows from the log: their header
 * and names, and how a damaged one is told from one that cannot be read at the moment. The kinds
 * are above it: checkpoints and runs of keys.
 */
@NullMarked
package dev.talea.index.derived;

import org.jspecify.annotations.NullMarked;
