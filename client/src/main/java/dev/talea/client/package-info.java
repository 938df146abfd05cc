// SPDX-License-Identifier: Apache-2.0
/**
 * The Java SDK: {@link dev.talea.client.TaleaClient} is the {@link dev.talea.ledger.LedgerApi} of a
 * ledger on the other end of a connection, with retries that are always safe and subscriptions that
 * do not break.
 *
 * <p>Knows the wire and the words of the ledger; knows nothing of the server's classes.
 */
@NullMarked
package dev.talea.client;

import org.jspecify.annotations.NullMarked;
