// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.log.TreeHash;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.zip.GZIPInputStream;

/**
 * The bytes of one file on their way through: counted and hashed as they lie there, unpacked if
 * they are packed with gzip, and no more than the limits let through. Separate from the readers of
 * formats, which all need it.
 *
 * <p>One thread.
 */
final class FileBytes extends InputStream {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final Counted counted;
  private final InputStream bytes;
  private final boolean packed;
  private final SourceLimits limits;
  private long unpacked;

  FileBytes(InputStream file, SourceLimits limits) throws IOException {
    this.limits = limits;
    this.counted = new Counted(file, limits.fileBytesMax());
    PushbackInputStream head = new PushbackInputStream(counted, 2);
    byte[] magic = head.readNBytes(2);
    head.unread(magic);
    packed = magic.length == 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b;
    bytes = packed ? new GZIPInputStream(head, BUFFER_BYTES) : head;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    int count = read(one, 0, 1);
    return count < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int count = bytes.read(into, offset, length);
    if (count > 0) {
      unpacked += count;
      if (packed) {
        checkRatio();
      }
    }
    return count;
  }

  private void checkRatio() throws IOException {
    if (unpacked > limits.unpackedBytesMax()) {
      throw new IOException(
          "the file is refused: more than "
              + limits.unpackedBytesMax()
              + " bytes come out of it, which is the limit");
    }
    if (unpacked > SourceLimits.RATIO_FREE_BYTES && unpacked / limits.ratioMax() > counted.count) {
      throw new IOException(
          "the file is refused: of its first "
              + counted.count
              + " bytes came "
              + unpacked
              + ", more than "
              + limits.ratioMax()
              + " times as many; unpack it yourself if that is right");
    }
  }

  /** What identifies the file; reads what is left of it. */
  void putFacts(SortedMap<String, String> facts) throws IOException {
    byte[] rest = new byte[BUFFER_BYTES];
    while (counted.read(rest, 0, rest.length) >= 0) {
      // only to be counted and hashed
    }
    facts.put("bytes", Long.toString(counted.count));
    facts.put("sha256", HexFormat.of().formatHex(counted.digest.digest()));
    if (packed) {
      facts.put("unpacked_bytes", Long.toString(unpacked));
    }
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }

  /** As it lies there. */
  private static final class Counted extends FilterInputStream {
    private final MessageDigest digest = TreeHash.sha256();
    private final long max;
    private long count;

    Counted(InputStream in, long max) {
      super(in);
      this.max = max;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      int read = read(one, 0, 1);
      return read < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = in.read(into, offset, length);
      if (read > 0) {
        count += read;
        digest.update(into, offset, read);
        if (count > max) {
          throw new IOException(
              "the file is refused: it has more than " + max + " bytes, which is the limit");
        }
      }
      return read;
    }

    @Override
    public long skip(long n) throws IOException {
      throw new IOException("cannot happen: bytes that are not hashed are not the file's");
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}
