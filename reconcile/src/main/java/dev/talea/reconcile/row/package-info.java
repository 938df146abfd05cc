// SPDX-License-Identifier: Apache-2.0
/** Rows as they were read from a source, before anything is decided about them. */
@NullMarked
package dev.talea.reconcile.row;

import org.jspecify.annotations.NullMarked;
