// SPDX-License-Identifier: Apache-2.0
/** Reconciliation in this process: what it is told, when it begins, and when it ends. */
@NullMarked
package dev.talea.server.reconcile;

import org.jspecify.annotations.NullMarked;
