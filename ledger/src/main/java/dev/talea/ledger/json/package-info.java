// SPDX-License-Identifier: Apache-2.0
/**
 * The ledger's words as JSON: the bodies of requests and answers, both directions of each, and the
 * events on one line.
 *
 * <p>Answers are written and read in one class per subject, so that a field is spelled in one
 * place: {@link dev.talea.ledger.json.ViewJson} for what can be read, {@link
 * dev.talea.ledger.json.EventJson} for events, {@link dev.talea.ledger.json.ResultJson} for
 * receipts and errors. Drafts are read by {@link dev.talea.ledger.json.DraftReader} under the
 * limits that a server needs, and written by {@link dev.talea.ledger.json.DraftWriter}. Streaming
 * only: bytes to domain objects and back without a tree in between, and never through a
 * floating-point number.
 */
@NullMarked
package dev.talea.ledger.json;

import org.jspecify.annotations.NullMarked;
