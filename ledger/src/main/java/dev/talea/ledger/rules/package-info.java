// SPDX-License-Identifier: Apache-2.0
/**
 * What makes a group of drafts acceptable, given the book as it stands: the one place where it is
 * decided, for every store. {@link dev.talea.ledger.rules.GroupRules} decides drafts, on their own
 * or all or nothing; {@link dev.talea.ledger.rules.PostingRules} one draft whose key is new, {@link
 * dev.talea.ledger.rules.NarrowRules} the same of plain ones by numbers alone; {@link
 * dev.talea.ledger.rules.DefinitionRules} what is defined a second time.
 *
 * <p>Knows the words of the ledger and the JDK's collections, and nothing else. What can be said of
 * a draft alone is {@link dev.talea.ledger.DraftRules}', which stands with the words because it
 * reads JSON.
 */
@NullMarked
package dev.talea.ledger.rules;

import org.jspecify.annotations.NullMarked;
