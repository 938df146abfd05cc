// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.buffer.ByteBuf;

/**
 * What is sent in a {@link LoadRun}, and what its answers mean. Apart from the run because that one
 * knows time and connections and this one the ledger.
 *
 * <p>Called on the run's event loop only, so whatever it does costs the generator's speed.
 */
public interface Traffic {
  /** There is nothing left to send. */
  long NOTHING = -1;

  /**
   * Appends the next request, whole.
   *
   * @return a number of at least 0 by which the request is known from now on, or {@link #NOTHING}
   */
  long next(ByteBuf out);

  /**
   * The answer to a request.
   *
   * @param answer valid during the call only
   * @param tally for what went wrong inside of an answer that is well as a whole
   * @return how many operations it completed well; 0 makes the run count the answer's status as an
   *     error
   */
  int answered(long request, Answer answer, Tally tally);

  /** There will be no answer: it is unknown whether the request was carried out. */
  void lost(long request);

  /** What kind of request it is, a word or two. */
  String kind(long request);
}
