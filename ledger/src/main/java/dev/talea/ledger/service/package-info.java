// SPDX-License-Identifier: Apache-2.0
/**
 * The ledger in process: {@link dev.talea.ledger.LedgerApi} over a {@link dev.talea.ledger.Store},
 * and the one machinery of all subscriptions.
 *
 * <p>Stands above the words and the rules; neither knows it.
 */
@NullMarked
package dev.talea.ledger.service;

import org.jspecify.annotations.NullMarked;
