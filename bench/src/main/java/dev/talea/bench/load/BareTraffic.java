// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.buffer.ByteBuf;

/**
 * Sends what some other traffic sends, to a server that knows nothing of it: any 200 is an
 * operation, whatever it says.
 */
final class BareTraffic implements Traffic {
  private final Traffic sent;
  private final int operations;

  /**
   * @param operations that an answer stands for
   */
  BareTraffic(Traffic sent, int operations) {
    this.sent = sent;
    this.operations = operations;
  }

  @Override
  public long next(ByteBuf out) {
    return sent.next(out);
  }

  @Override
  public int answered(long request, Answer answer, Tally tally) {
    return answer.status() == 200 ? operations : 0;
  }

  @Override
  public void lost(long request) {
    // Nothing depends on it.
  }

  @Override
  public String kind(long request) {
    return sent.kind(request);
  }
}
