// SPDX-License-Identifier: Apache-2.0
/**
 * What happens to a request: the two listeners, the door, the routes and what answers them, event
 * streams and the API browser. Talks to {@link dev.talea.ledger.LedgerApi} and knows no store but
 * as a thing that can be asked whether it is well.
 */
@NullMarked
package dev.talea.server.http;

import org.jspecify.annotations.NullMarked;
