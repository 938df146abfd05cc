// SPDX-License-Identifier: Apache-2.0
/**
 * What every ledger must do, as tests: {@link dev.talea.ledger.conformance.LedgerConformance} for
 * any {@link dev.talea.ledger.LedgerApi}, {@link dev.talea.ledger.conformance.ModelCheck} for
 * random lists of commands, and {@link dev.talea.ledger.conformance.InMemoryStore}, the model they
 * are measured against. Published as a test-jar, for the stores and for the API over HTTP.
 */
@NullMarked
package dev.talea.ledger.conformance;

import org.jspecify.annotations.NullMarked;
