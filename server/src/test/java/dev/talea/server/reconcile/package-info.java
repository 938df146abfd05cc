// SPDX-License-Identifier: Apache-2.0
/** What this process does about reconciliation on its own. */
@NullMarked
package dev.talea.server.reconcile;

import org.jspecify.annotations.NullMarked;
