// SPDX-License-Identifier: Apache-2.0
/** Decides about every row of two sides by a recipe. */
@NullMarked
package dev.talea.reconcile.engine;

import org.jspecify.annotations.NullMarked;
