// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * The floor under every durable commit: bytes written into a file that was filled with zeros and
 * synced before, then {@code fdatasync}. No checksum, no format, no other thread.
 *
 * <p>One position that moves on with every commit, and back to the start at the end of the file, so
 * the length never changes and no metadata has to be written. For one thread at a time.
 */
public final class RawFile implements AutoCloseable {
  private static final int ZEROS_BYTES = 1 << 20;

  private final FileChannel channel;
  private final long length;
  private long position;

  /**
   * Creates the file and waits until its zeros are on disk.
   *
   * @param file must not exist
   */
  public RawFile(Path file, long lengthBytes) throws IOException {
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    length = lengthBytes;
    ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS_BYTES);
    for (long at = 0; at < lengthBytes; at += zeros.capacity()) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), lengthBytes - at));
      writeAll(zeros, at);
    }
    channel.force(true);
  }

  /** Bytes that no disk can compress away, the same in every run. */
  public static ByteBuffer noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(bytes).nextBytes(noise);
    return ByteBuffer.allocateDirect(bytes).put(noise).flip();
  }

  /** Writes what remains in the buffer, and returns once it is on disk. */
  public void commit(ByteBuffer bytes) throws IOException {
    if (position + bytes.remaining() > length) {
      position = 0;
    }
    position += writeAll(bytes, position);
    channel.force(false);
  }

  /** Commits the same bytes over and over, one at a time. */
  public Measured repeat(int bytes, double warmUpSeconds, double seconds) throws IOException {
    ByteBuffer noise = noise(bytes);
    return OneAtATime.run(
        warmUpSeconds,
        seconds,
        bytes,
        () -> {
          commit(noise.rewind());
          return 1;
        });
  }

  private long writeAll(ByteBuffer bytes, long from) throws IOException {
    long at = from;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
    return at - from;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
