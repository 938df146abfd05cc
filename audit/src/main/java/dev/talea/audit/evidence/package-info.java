// SPDX-License-Identifier: Apache-2.0
/**
 * What is handed out about one transaction: its proof, the proof that the head it leads to was
 * anchored, and the proofs of the records that say which accounts it is about. Making them takes
 * the ledger's files, checking them takes nothing but theirs.
 */
@NullMarked
package dev.talea.audit.evidence;

import org.jspecify.annotations.NullMarked;
