// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.nio.charset.StandardCharsets;

/**
 * Reads the receipts of a post or a batch without building anything: they are flat objects, so each
 * opening brace is one, and its first field tells whether it is a receipt or a refusal. For one
 * thread.
 */
final class Slots {
  private static final byte[] RECEIPT = "{\"tx_id\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] REFUSAL = "{\"error\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] AT = "\"at\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final int TX_ID_CHARS = 36;

  private byte[] bytes = new byte[0];
  private int at;
  private int end;

  void over(Answer answer) {
    bytes = answer.bytes();
    at = answer.bodyStart() - 1;
    end = answer.bodyEnd();
  }

  /** Goes to the next slot; false if there is none. */
  boolean next() {
    do {
      at++;
    } while (at < end && bytes[at] != '{');
    return at < end;
  }

  boolean isReceipt() {
    return is(RECEIPT, at);
  }

  /** The error code of a slot that is no receipt. */
  String refusal() {
    if (!is(REFUSAL, at)) {
      return "not understood";
    }
    return untilQuote(at + REFUSAL.length);
  }

  /** The id in a receipt. */
  String txId() {
    return new String(bytes, at + RECEIPT.length, TX_ID_CHARS, StandardCharsets.US_ASCII);
  }

  /** The commit time in a receipt. */
  String committedAt() {
    int field = at;
    while (field < end && !is(AT, field)) {
      field++;
    }
    return untilQuote(field + AT.length);
  }

  private String untilQuote(int from) {
    int quote = from;
    while (quote < end && bytes[quote] != '"') {
      quote++;
    }
    return new String(bytes, from, Math.max(0, quote - from), StandardCharsets.US_ASCII);
  }

  private boolean is(byte[] text, int from) {
    if (from + text.length > end) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (bytes[from + i] != text[i]) {
        return false;
      }
    }
    return true;
  }
}
