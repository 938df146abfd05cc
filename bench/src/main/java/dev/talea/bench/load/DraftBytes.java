// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Requests that post drafts, prepared once and patched for each: all that differs has a fixed
 * width, so a request is a few digits written and one copy. For one thread.
 */
final class DraftBytes {
  private static final int KEY_DIGITS = 16;
  private static final int BOOK_DIGITS = 6;
  private static final int ACCOUNT_DIGITS = 7;
  private static final int MINOR_DIGITS = 6;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final Books books;
  private final int drafts;
  private final byte[] request;
  private final int firstDraft;
  private final int stride;
  private final int bookAt;
  private final int keyAt;
  private final int debitAt;
  private final int debitMinorAt;
  private final int creditAt;
  private final int creditMinorAt;

  /**
   * @param drafts in a request; more than 1 makes it a batch
   */
  DraftBytes(Books books, RequestHeads heads, int drafts) {
    this.books = books;
    this.drafts = drafts;
    StringBuilder draft = new StringBuilder("{\"book\":\"").append(books.name(0));
    bookAt = draft.length() - BOOK_DIGITS;
    keyAt = draft.append("\",\"idempotency_key\":\"").length();
    draft.append("0".repeat(KEY_DIGITS)).append("\",\"postings\":[{\"account\":\"");
    debitAt = draft.append(Books.account(0)).length() - ACCOUNT_DIGITS;
    debitMinorAt = draft.append("\",\"amount\":{\"minor\":").length();
    draft.append(Books.MINOR_MIN).append(",\"asset\":\"").append(Books.ASSET);
    draft.append("\"},\"direction\":\"debit\"},{\"account\":\"");
    creditAt = draft.append(Books.account(0)).length() - ACCOUNT_DIGITS;
    creditMinorAt = draft.append("\",\"amount\":{\"minor\":").length();
    draft.append(Books.MINOR_MIN).append(",\"asset\":\"").append(Books.ASSET);
    draft.append("\"},\"direction\":\"credit\"}]}");
    boolean batch = drafts > 1;
    String one = draft.toString();
    String body = batch ? "[" + (one + ",").repeat(drafts - 1) + one + "]" : one;
    String target = batch ? "/v1/transactions/batch" : "/v1/transactions";
    request = heads.post(target, body.getBytes(StandardCharsets.US_ASCII));
    firstDraft = request.length - body.length() + (batch ? 1 : 0);
    stride = one.length() + 1;
  }

  int drafts() {
    return drafts;
  }

  /** Appends the request whose first draft this is; the others follow it. */
  void write(long first, ByteBuf out) {
    for (int i = 0; i < drafts; i++) {
      patch(firstDraft + i * stride, first + i);
    }
    out.writeBytes(request);
  }

  private void patch(int at, long draft) {
    digits(at + bookAt, BOOK_DIGITS, books.bookOf(draft));
    for (int i = 0; i < KEY_DIGITS; i++) {
      request[at + keyAt + i] = HEX[(int) (draft >>> (60 - 4 * i)) & 15];
    }
    int minor = books.minorOf(draft);
    digits(at + debitAt, ACCOUNT_DIGITS, books.debitOf(draft));
    digits(at + debitMinorAt, MINOR_DIGITS, minor);
    digits(at + creditAt, ACCOUNT_DIGITS, books.creditOf(draft));
    digits(at + creditMinorAt, MINOR_DIGITS, minor);
  }

  private void digits(int at, int count, int number) {
    int left = number;
    for (int i = at + count - 1; i >= at; i--) {
      request[i] = (byte) ('0' + left % 10);
      left /= 10;
    }
  }
}
