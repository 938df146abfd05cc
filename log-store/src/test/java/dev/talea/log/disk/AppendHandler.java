// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.LogReader;
import dev.talea.log.LogUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The handler of the tests: appends what it is told, and checks how it is called. */
public class AppendHandler implements CommitHandler<Append> {

  /** Called before a request is handled; a place to hold the writer up. */
  volatile Consumer<Append> beforeHandling = request -> {};

  /** (first, last) of every group published. */
  final List<long[]> published = new ArrayList<>();

  volatile long lastPublished;

  @Override
  public int handle(Append request, BlockBuilder block) {
    beforeHandling.accept(request);
    if (request.atomic && request.seqs.isEmpty()) {
      int needed = 0;
      for (byte[] payload : request.payloads) {
        needed += BlockBuilder.bytesFor(payload.length);
      }
      if (needed > block.remaining()) {
        return needed;
      }
    }
    while (request.seqs.size() < request.payloads.size()) {
      byte[] payload = request.payloads.get(request.seqs.size());
      if (BlockBuilder.bytesFor(payload.length) > block.remaining()) {
        return BlockBuilder.bytesFor(payload.length);
      }
      request.seqs.add(block.nextSeq());
      request.positions.add(block.nextPosition());
      request.times.add(block.commitTime());
      block.begin(payload.length).put(payload);
      block.end(provenBytes(payload));
    }
    return DONE;
  }

  /** Of each payload: the last quarter is local. */
  static int provenBytes(byte[] payload) {
    return payload.length - payload.length / 4;
  }

  @Override
  public void publish(long firstSeq, long lastSeq) {
    if (firstSeq != lastPublished + 1) {
      throw new IllegalStateException("published " + firstSeq + " after " + lastPublished);
    }
    published.add(new long[] {firstSeq, lastSeq});
    lastPublished = lastSeq;
  }

  @Override
  public void committed(Append request) {
    request.done.complete(request.acknowledged());
  }

  @Override
  public void refused(Append request, LogUnavailableException why) {
    request.done.completeExceptionally(why);
  }

  /** A handler that goes on behind what the log holds already. */
  public static AppendHandler goingOn(LogReader reader) {
    AppendHandler handler = new AppendHandler();
    handler.lastPublished = reader.durableSeq();
    return handler;
  }
}
