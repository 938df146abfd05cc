// SPDX-License-Identifier: Apache-2.0
/**
 * What a ledger in logs was like at an earlier moment, and where two ledgers part, from the files
 * alone.
 */
@NullMarked
package dev.talea.audit.replay;

import org.jspecify.annotations.NullMarked;
