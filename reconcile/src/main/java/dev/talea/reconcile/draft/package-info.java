// SPDX-License-Identifier: Apache-2.0
/** Recipes that are made of something else: of samples, or of recipes written for others. */
@NullMarked
package dev.talea.reconcile.draft;

import org.jspecify.annotations.NullMarked;
