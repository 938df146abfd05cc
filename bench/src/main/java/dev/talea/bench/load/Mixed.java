// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.buffer.ByteBuf;

/** Reads and writes through each other. A request's lowest bit tells which it is. */
final class Mixed implements Traffic {
  private static final int STREAM = 7;

  private final Traffic reads;
  private final Traffic writes;
  private final double writeShare;
  private final long seed;
  private long next;

  /**
   * @param writeShare of the requests, 0 to 1
   */
  Mixed(Traffic reads, Traffic writes, double writeShare, long seed) {
    this.reads = reads;
    this.writes = writes;
    this.writeShare = writeShare;
    this.seed = seed;
  }

  @Override
  public long next(ByteBuf out) {
    boolean write = Random.unit(seed, next++, STREAM) < writeShare;
    long request = (write ? writes : reads).next(out);
    return request == NOTHING ? NOTHING : request << 1 | (write ? 1 : 0);
  }

  private Traffic of(long request) {
    return (request & 1) == 1 ? writes : reads;
  }

  @Override
  public int answered(long request, Answer answer, Tally tally) {
    return of(request).answered(request >> 1, answer, tally);
  }

  @Override
  public void lost(long request) {
    of(request).lost(request >> 1);
  }

  @Override
  public String kind(long request) {
    return of(request).kind(request >> 1);
  }
}
