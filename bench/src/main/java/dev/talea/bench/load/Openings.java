// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** Traffic that opens the accounts of all books, each once, and again what was not answered. */
final class Openings implements Traffic {
  private final Books books;
  private final Expected expected;
  private final RequestHeads heads;
  private final Deque<Long> again = new ArrayDeque<>();
  private final long end;
  private long next;
  private long opened;
  private String firstRefusal = "";

  Openings(Books books, Expected expected, RequestHeads heads) {
    this.books = books;
    this.expected = expected;
    this.heads = heads;
    this.end = (long) books.count() * books.accounts();
  }

  /**
   * All are open.
   *
   * @throws IOException if not, with the server's reason
   */
  void checkComplete() throws IOException {
    if (opened != end) {
      throw new IOException(
          "only " + opened + " of " + end + " accounts could be opened: " + firstRefusal);
    }
  }

  boolean isComplete() {
    return next == end && again.isEmpty();
  }

  @Override
  public long next(ByteBuf out) {
    Long repeated = again.poll();
    if (repeated == null && next == end) {
      return NOTHING;
    }
    long account = repeated == null ? next++ : repeated;
    String json =
        "{\"book\":\""
            + books.name((int) (account / books.accounts()))
            + "\",\"path\":\""
            + Books.account((int) (account % books.accounts()))
            + "\",\"asset\":\""
            + Books.ASSET
            + "\",\"kind\":\"asset\"}";
    out.writeBytes(heads.post("/v1/accounts", json.getBytes(StandardCharsets.US_ASCII)));
    return account;
  }

  @Override
  public int answered(long account, Answer answer, Tally tally) {
    if (answer.status() == 204) {
      expected.opened((int) (account / books.accounts()));
      opened++;
      return 1;
    }
    if (answer.status() == 429 || answer.status() == 503 || answer.status() == 408) {
      again.add(account);
    } else if (firstRefusal.isEmpty()) {
      firstRefusal = answer.status() + " " + answer.bodyText();
    }
    return 0;
  }

  @Override
  public void lost(long account) {
    again.add(account);
  }

  @Override
  public String kind(long account) {
    return "open";
  }
}
