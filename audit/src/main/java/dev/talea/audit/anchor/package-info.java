// SPDX-License-Identifier: Apache-2.0
/**
 * The log {@code _anchors} of a ledger: the heads that all its books had, minute by minute, so that
 * a book that vanishes or is exchanged is noticed, and one signature is enough for all of them.
 * What writes it is {@link dev.talea.audit.anchor.Anchorer}.
 */
@NullMarked
package dev.talea.audit.anchor;

import org.jspecify.annotations.NullMarked;
