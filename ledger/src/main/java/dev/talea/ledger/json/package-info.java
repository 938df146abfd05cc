/**
 * The ledger's words as JSON: the bodies of requests and answers, both directions of each, and the
 * events on one line.
 *
 * <p>{@link dev.talea.ledger.json.DraftReader} and {@link dev.talea.ledger.json.AnswerWriter} are
 * the server's pair, {@link dev.talea.ledger.json.DraftWriter} and {@link
 * dev.talea.ledger.json.AnswerReader} the client's. Streaming only: bytes to domain objects and
 * back without a tree in between, and never through a floating-point number.
 */
@NullMarked
package dev.talea.ledger.json;

import org.jspecify.annotations.NullMarked;
