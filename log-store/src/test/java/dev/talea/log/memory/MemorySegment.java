// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.memory;

import dev.talea.log.LogEnvironment;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Blocks;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.DurableReader;
import dev.talea.log.format.Head;
import dev.talea.log.format.Segment;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.Segments;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The one segment of a log in memory. Written by the owner of the log, under the monitor of the
 * place; read by any thread, which has heard of the end that it reads to.
 */
final class MemorySegment implements Segment {

  private final Path file;
  private final SegmentHeader header;
  private volatile byte[] bytes;
  private volatile int end = SegmentHeader.BYTES;

  MemorySegment(Path folder, String name, LogEnvironment environment) {
    this.file = folder.resolve("memory");
    this.header =
        new SegmentHeader(
            name,
            environment.random().getAsLong(),
            environment.random().getAsLong(),
            1,
            0,
            1,
            0,
            0,
            environment.clock().micros(),
            new byte[0][]);
    this.bytes = header.encode();
  }

  /** A log as it was left: what to read, and where it goes on. */
  record Found(DurableReader reader, ChainState chain) {}

  Found find() {
    Segments<MemorySegment> segments = new Segments<>(List.of(this), MemorySegment[]::new);
    ChainState chain = ChainState.atStartOf(header, new Blocks(segments));
    int upTo = end;
    for (long at = SegmentHeader.BYTES; at < upTo; ) {
      BlockHeader block = Objects.requireNonNull(Blocks.headerIn(this, at));
      byte[] body = new byte[block.bodyLength()];
      read(at + BlockHeader.BYTES, body, 0, body.length);
      chain.advance(block);
      chain.hash(body, block.count());
      at += block.length();
    }
    Head head = Head.of(chain, upTo == SegmentHeader.BYTES ? 0 : upTo);
    return new Found(new DurableReader(segments, head, chain), chain);
  }

  int end() {
    return end;
  }

  void write(byte[] block) {
    byte[] now = bytes;
    int longer = end + block.length;
    if (longer > now.length) {
      now = Arrays.copyOf(now, Math.max(longer, 2 * now.length));
    }
    System.arraycopy(block, 0, now, end, block.length);
    bytes = now;
    end = longer;
  }

  @Override
  public SegmentHeader header() {
    return header;
  }

  @Override
  public Path file() {
    return file;
  }

  @Override
  public void read(long offset, byte[] target, int at, int length) {
    System.arraycopy(bytes, (int) offset, target, at, length);
  }
}
