// SPDX-License-Identifier: Apache-2.0
/**
 * The ledger's words as JSON: the bodies of requests and answers, both directions of each, and the
 * events on one line.
 *
 * <p>Answers are written and read in one class per kind of answer, so that a field is spelled in
 * one place and a new answer changes no other: {@link dev.talea.ledger.json.BalanceJson} and the
 * like for what can be read, {@link dev.talea.ledger.json.EventJson} for events, {@link
 * dev.talea.ledger.json.ResultJson} for receipts and errors. They are one line of UTF-8 without
 * insignificant white space, every field there, null spelled out; what cannot be read is a {@link
 * dev.talea.ledger.LedgerException} of {@link dev.talea.ledger.LedgerError.Internal}. Drafts are
 * read by {@link dev.talea.ledger.json.DraftReader} under the limits that a server needs, and
 * written by {@link dev.talea.ledger.json.DraftWriter}. Streaming only: bytes to domain objects and
 * back without a tree in between, and never through a floating-point number.
 */
@NullMarked
package dev.talea.ledger.json;

import org.jspecify.annotations.NullMarked;
