// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.StoreReader;
import dev.talea.log.TreeHash;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.Consumer;

/**
 * One number for all that a ledger holds, the same whatever store it lies in: the SHA-256 of its
 * export as NDJSON, every line with its line feed. That of a book is the SHA-256 of the book's
 * lines. So {@code talea export | sha256sum} computes the same with other people's code.
 *
 * @param sha256 in hex
 * @param events how many there are
 * @param books how many there are, {@code _system} counted
 */
public record LedgerDigest(String sha256, long events, int books) {

  /**
   * The same of one book.
   *
   * @param book its name
   * @param sha256 in hex
   * @param events how many there are, which is the last seq
   */
  public record OfBook(String book, String sha256, long events) {}

  /**
   * Reads all events of the source.
   *
   * @param each is told of each book when it has been read
   */
  public static LedgerDigest of(ExportSource source, Consumer<OfBook> each) {
    MessageDigest all = TreeHash.sha256();
    long events = 0;
    for (String book : source.books()) {
      MessageDigest one = TreeHash.sha256();
      try {
        EventLines.write(source, book, new Into(all, one));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot happen: a digest was written to", e);
      }
      long seq = source.lastSeq(book);
      events += seq;
      each.accept(new OfBook(book, hex(one), seq));
    }
    return new LedgerDigest(hex(all), events, source.books().size());
  }

  /**
   * That of one book as it was at a seq that it has.
   *
   * @param looked called for every thousandth event; what it throws ends the reading
   */
  public static OfBook of(StoreReader store, String book, long seq, Runnable looked) {
    MessageDigest digest = TreeHash.sha256();
    OutputStream into =
        new OutputStream() {
          private int events;

          @Override
          public void write(int b) {
            digest.update((byte) b);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            if (events++ % 1_000 == 0) {
              looked.run();
            }
            digest.update(bytes, offset, length);
          }
        };
    try {
      EventLines.write(ExportSource.upTo(store, book, seq), book, into);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: a digest was written to", e);
    }
    return new OfBook(book, hex(digest), seq);
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Hands bytes to two digests. */
  private static final class Into extends OutputStream {
    private final MessageDigest all;
    private final MessageDigest one;

    Into(MessageDigest all, MessageDigest one) {
      this.all = all;
      this.one = one;
    }

    @Override
    public void write(int b) {
      all.update((byte) b);
      one.update((byte) b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      all.update(bytes, offset, length);
      one.update(bytes, offset, length);
    }
  }
}
