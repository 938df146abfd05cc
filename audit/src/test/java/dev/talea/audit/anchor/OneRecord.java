// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.LogUnavailableException;

/** Writes requests as records, as they are. */
public final class OneRecord implements CommitHandler<byte[]> {
  @Override
  public int handle(byte[] request, BlockBuilder block) {
    if (block.remaining() < BlockBuilder.bytesFor(request.length)) {
      return BlockBuilder.bytesFor(request.length);
    }
    block.begin(request.length).put(request);
    block.end();
    return DONE;
  }

  @Override
  public void publish(long firstSeq, long lastSeq) {}

  @Override
  public void committed(byte[] request) {}

  @Override
  public void refused(byte[] request, LogUnavailableException why) {
    throw why;
  }
}
