// SPDX-License-Identifier: Apache-2.0
/**
 * Decisions about rows that are the same for every engine: pure code, which knows no database.
 *
 * <p>Not exported, because it promises nothing to users: another engine of this house runs on the
 * class path.
 */
@NullMarked
package dev.talea.reconcile.decide;

import org.jspecify.annotations.NullMarked;
