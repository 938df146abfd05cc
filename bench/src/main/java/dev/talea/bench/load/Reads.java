// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Traffic that reads what was posted before: a mix of kinds of read, each from a pool of requests
 * prepared in advance, so that choosing one is all that is left to do.
 */
final class Reads implements Traffic {
  /** Enough that answers are not always the same bytes of the log. */
  static final int POOL = 16_384;

  /** Rows of a page of history, as a person's screen would ask for. */
  private static final int HISTORY_LIMIT = 20;

  private static final int STREAM_KIND = 4;
  private static final int STREAM_REQUEST = 5;
  private static final int STREAM_POOL = 6;

  /** What can be read. */
  enum Kind {
    BALANCE,
    AS_OF,
    HISTORY,
    TRIAL_BALANCE,
    TRANSACTION;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final long seed;
  private final Kind[] kinds;
  private final double[] shares;
  private final List<byte[][]> pools = new ArrayList<>();
  private long next;

  /**
   * @param mix weight of each kind; those left out are not read
   * @param samples what is there to be read; at least one
   * @param lastSeq of the books, so that pages of history start anywhere
   */
  Reads(
      Books books,
      RequestHeads heads,
      Map<Kind, Integer> mix,
      List<Samples.Sample> samples,
      long lastSeq,
      long seed) {
    this.seed = seed;
    Map<Kind, Integer> wanted = new EnumMap<>(mix);
    wanted.values().removeIf(weight -> weight == 0);
    this.kinds = wanted.keySet().toArray(Kind[]::new);
    this.shares = new double[kinds.length];
    double all = wanted.values().stream().mapToInt(Integer::intValue).sum();
    double sum = 0;
    for (int i = 0; i < kinds.length; i++) {
      sum += wanted.getOrDefault(kinds[i], 0) / all;
      shares[i] = sum;
      pools.add(pool(kinds[i], books, heads, samples, lastSeq));
    }
  }

  private byte[][] pool(
      Kind kind, Books books, RequestHeads heads, List<Samples.Sample> samples, long lastSeq) {
    byte[][] pool = new byte[POOL][];
    for (int i = 0; i < POOL; i++) {
      Samples.Sample sample = samples.get(Random.below(samples.size(), seed, i, STREAM_POOL));
      String book = "/v1/books/" + books.name(sample.book());
      String account =
          book + "/accounts/" + Books.account(Random.below(books.accounts(), seed, i, STREAM_KIND));
      long afterSeq = (long) (Random.unit(seed, i, STREAM_POOL + 1) * lastSeq);
      pool[i] =
          heads.get(
              switch (kind) {
                case BALANCE -> account + "/balance";
                case AS_OF -> account + "/balance?as_of=" + sample.at();
                case HISTORY ->
                    account + "/history?after_seq=" + afterSeq + "&limit=" + HISTORY_LIMIT;
                case TRIAL_BALANCE ->
                    book + "/trial-balance" + (i % 2 == 0 ? "" : "?as_of=" + sample.at());
                case TRANSACTION -> "/v1/transactions/" + sample.txId();
              });
    }
    return pool;
  }

  @Override
  public long next(ByteBuf out) {
    long number = next++;
    int kind = 0;
    double at = Random.unit(seed, number, STREAM_KIND);
    while (kind < kinds.length - 1 && shares[kind] <= at) {
      kind++;
    }
    out.writeBytes(pools.get(kind)[Random.below(POOL, seed, number, STREAM_REQUEST)]);
    return kind;
  }

  @Override
  public int answered(long request, Answer answer, Tally tally) {
    return answer.status() == 200 ? 1 : 0;
  }

  @Override
  public void lost(long request) {
    // A read that got no answer has changed nothing.
  }

  @Override
  public String kind(long request) {
    return kinds[(int) request].toString();
  }
}
