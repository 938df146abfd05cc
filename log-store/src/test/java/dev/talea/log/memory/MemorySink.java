// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.memory;

import dev.talea.log.thread.BlockSink;
import dev.talea.log.thread.SinkException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Puts blocks into memory, if their writer still owns the place. Owned by the writer thread. */
final class MemorySink implements BlockSink {

  private static final int BODY_BYTES = 1 << 20;

  /** Does something if the place is still the caller's. */
  interface Owner {
    void keep(Runnable write) throws SinkException;
  }

  private final MemorySegment segment;
  private final Owner owner;
  private byte @Nullable [] appended;

  MemorySink(MemorySegment segment, Owner owner) {
    this.segment = segment;
    this.owner = owner;
  }

  @Override
  public Path folder() {
    return segment.file().resolveSibling(".").normalize();
  }

  @Override
  public int reserve(int bodyBytes) throws SinkException {
    owner.keep(() -> {});
    return Math.max(BODY_BYTES, bodyBytes);
  }

  @Override
  public long salt() {
    return segment.header().salt();
  }

  @Override
  public long position() {
    return segment.end();
  }

  @Override
  public void append(ByteBuffer block) {
    byte[] copy = new byte[block.remaining()];
    block.get(copy);
    appended = copy;
  }

  @Override
  public void sync() throws SinkException {
    byte[] block = appended;
    if (block == null) {
      throw new IllegalStateException("nothing was appended");
    }
    owner.keep(() -> segment.write(block));
    appended = null;
  }

  @Override
  public void confirm() {}

  @Override
  public long end() {
    return segment.end();
  }

  @Override
  public void lookAhead() {}

  @Override
  public void marked() {}

  @Override
  public void release() {}

  @Override
  public void close() {}
}
