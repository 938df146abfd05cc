// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Traffic that posts transactions, one or a batch a request, and keeps account of each of them: it
 * is acknowledged, refused, or its outcome is unknown until it is {@linkplain #retries asked for
 * again} with the same key.
 *
 * <p>A request's number is that of its first draft, so all about it can be told from the number.
 * Lives as long as the run of a whole scenario, over several measurements, so that no key comes
 * twice.
 */
final class Posts implements Traffic {
  private final Books books;
  private final Expected expected;
  private final Samples samples;
  private final DraftBytes bytes;
  private final DraftBytes single;
  private final Slots slots = new Slots();
  private final Deque<Long> unknown = new ArrayDeque<>();
  private final long end;
  private long next;

  /**
   * @param first number of the first draft
   * @param count of drafts, a multiple of those in a request; 0 for no end
   */
  Posts(
      Books books,
      Expected expected,
      Samples samples,
      RequestHeads heads,
      int batch,
      long first,
      long count) {
    this.books = books;
    this.expected = expected;
    this.samples = samples;
    this.bytes = new DraftBytes(books, heads, batch);
    this.single = new DraftBytes(books, heads, 1);
    this.next = first;
    this.end = count == 0 ? Long.MAX_VALUE : first + count;
  }

  /** Number of the first draft that was not sent. */
  long nextDraft() {
    return next;
  }

  /** Takes a number that no draft has had. */
  long takeDraft() {
    return next++;
  }

  /** Drafts of which it is unknown whether they are committed. */
  int unknown() {
    return unknown.size();
  }

  @Override
  public long next(ByteBuf out) {
    if (next >= end) {
      return NOTHING;
    }
    long first = next;
    bytes.write(first, out);
    next += bytes.drafts();
    return first;
  }

  @Override
  public int answered(long request, Answer answer, Tally tally) {
    if (answer.status() == 200) {
      return receipts(request, answer, tally);
    }
    if (isUnknown(answer)) {
      lost(request);
    }
    return 0;
  }

  /**
   * After 408 and 500 the commit may have happened or may still happen. After a 503 as well, unless
   * it was turned away at the door: {@code unavailable} says that nothing was acknowledged, which
   * is less than that nothing was written.
   */
  private boolean isUnknown(Answer answer) {
    return switch (answer.status()) {
      case 408, 500 -> true;
      case 503 -> {
        slots.over(answer);
        yield !slots.next() || isUnknown(slots.refusal());
      }
      default -> false;
    };
  }

  private int receipts(long request, Answer answer, Tally tally) {
    int well = 0;
    int seen = 0;
    slots.over(answer);
    while (seen < bytes.drafts() && slots.next()) {
      long draft = request + seen;
      seen++;
      if (slots.isReceipt()) {
        acknowledged(draft);
        well++;
      } else {
        String code = slots.refusal();
        tally.count("slot " + code);
        if (isUnknown(code)) {
          unknown.add(draft);
        }
      }
    }
    if (seen < bytes.drafts()) {
      // Never seen; if a server does it, the rest must not be taken for committed.
      tally.count("slot missing", bytes.drafts() - seen);
      for (int i = seen; i < bytes.drafts(); i++) {
        unknown.add(request + i);
      }
    }
    return well;
  }

  private static boolean isUnknown(String code) {
    return switch (code) {
      case "timeout", "internal", "unavailable", "not understood" -> true;
      default -> false;
    };
  }

  private void acknowledged(long draft) {
    int book = books.bookOf(draft);
    expected.committed(book, books.minorOf(draft));
    if (samples.wants()) {
      samples.add(book, slots.txId(), slots.committedAt());
    }
  }

  @Override
  public void lost(long request) {
    for (int i = 0; i < bytes.drafts(); i++) {
      unknown.add(request + i);
    }
  }

  @Override
  public String kind(long request) {
    return bytes.drafts() == 1 ? "post" : "batch";
  }

  /** Sends those of unknown outcome again, one by one, until every outcome is known. */
  Traffic retries() {
    return new Retries();
  }

  private final class Retries implements Traffic {
    @Override
    public long next(ByteBuf out) {
      Long draft = unknown.poll();
      if (draft == null) {
        return NOTHING;
      }
      single.write(draft, out);
      return draft;
    }

    @Override
    public int answered(long draft, Answer answer, Tally tally) {
      if (answer.status() == 200) {
        slots.over(answer);
        if (slots.next() && slots.isReceipt()) {
          acknowledged(draft);
          return 1;
        }
      }
      if (isUnknown(answer) || isTemporary(answer.status())) {
        unknown.add(draft);
      }
      return 0;
    }

    /** A 200 that holds no receipt is no answer either. */
    private static boolean isTemporary(int status) {
      return status == 429 || status == 503 || status == 200;
    }

    @Override
    public void lost(long draft) {
      unknown.add(draft);
    }

    @Override
    public String kind(long draft) {
      return "retry";
    }
  }
}
