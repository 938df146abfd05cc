// SPDX-License-Identifier: Apache-2.0
/**
 * The load generator: what people run as {@code ./talea bench}. Sends prepared requests over HTTP
 * in a closed or an open loop, keeps account of what was acknowledged, and asks the ledger
 * afterwards whether that is what it holds.
 */
@NullMarked
package dev.talea.bench.load;

import org.jspecify.annotations.NullMarked;
