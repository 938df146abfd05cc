// SPDX-License-Identifier: Apache-2.0
/** What makes rows of two sources the same thing: a document that people write and keep. */
@NullMarked
package dev.talea.reconcile.recipe;

import org.jspecify.annotations.NullMarked;
