// SPDX-License-Identifier: Apache-2.0
/**
 * What is said about projections and read from them, wherever they are kept: the words that the
 * room that runs them and the client share. How they are run is none of its business.
 */
@NullMarked
package dev.talea.ledger.projection;

import org.jspecify.annotations.NullMarked;
