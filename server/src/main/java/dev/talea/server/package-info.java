// SPDX-License-Identifier: Apache-2.0
/**
 * The daemon {@code talead} as a library: settings, tokens, admission, routes, event streams,
 * metrics, start and stop.
 *
 * <p>What lives here turns requests into calls of {@link dev.talea.ledger.LedgerApi} and answers
 * back into JSON. How a store keeps its bytes is none of its business: {@code Stores} opens one and
 * the other classes see {@link dev.talea.ledger.Store}.
 */
@NullMarked
package dev.talea.server;

import org.jspecify.annotations.NullMarked;
