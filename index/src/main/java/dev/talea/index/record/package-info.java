// SPDX-License-Identifier: Apache-2.0
/**
 * A book's records as they lie in the log: their layout, views of their bytes, and the chains that
 * lead from each to the one before it of the same account or asset. Knows no file and no state but
 * what a record holds; {@code docs/log-format.md} describes it for other languages.
 */
@NullMarked
package dev.talea.index.record;

import org.jspecify.annotations.NullMarked;
