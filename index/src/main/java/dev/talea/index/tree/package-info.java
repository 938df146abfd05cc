// SPDX-License-Identifier: Apache-2.0
/**
 * The hash tree of a book, quick to look into: roots of its complete subtrees in a derived file, so
 * that a proof reads a few hundred records and not all of them.
 */
@NullMarked
package dev.talea.index.tree;

import org.jspecify.annotations.NullMarked;
