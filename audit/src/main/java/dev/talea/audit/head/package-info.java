// SPDX-License-Identifier: Apache-2.0
/** Heads of the logs of a ledger, and proofs of single records under them, from the files alone. */
@NullMarked
package dev.talea.audit.head;

import org.jspecify.annotations.NullMarked;
