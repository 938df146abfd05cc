// SPDX-License-Identifier: Apache-2.0
/** What a run leaves behind, and how it is checked by those who do not believe it. */
@NullMarked
package dev.talea.reconcile.evidence;

import org.jspecify.annotations.NullMarked;
