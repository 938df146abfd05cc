// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

/**
 * One consistent view of the durable end of a log, published as a whole.
 *
 * @param lastSeq of the last durable record, 0 if none
 * @param time commit time of the last durable block, 0 if none
 * @param end position behind the last durable block
 * @param lastBlock position of that block, 0 if none
 * @param blocks its number
 */
public record Head(long lastSeq, long time, long end, long lastBlock, long blocks) {

  public static Head of(ChainState chain, long end) {
    return new Head(
        chain.nextSeq() - 1,
        chain.lastTime(),
        end,
        chain.lastBlockPosition(),
        chain.nextBlock() - 1);
  }
}
