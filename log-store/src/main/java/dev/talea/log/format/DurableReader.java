// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.LogAnchor;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import dev.talea.log.LogRecord;
import dev.talea.log.TreeHash;
import dev.talea.log.TreeHead;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the durable part of a log: segments plus a published end. Safe for use by many threads; the
 * end is moved by the writer thread.
 *
 * <p>Two fields say where the end is. {@code readable} moves first, so that the handler can read
 * the records it is about to publish; {@code head} moves after it has, so that a reader that sees a
 * seq as durable also sees what the handler made of it.
 */
public final class DurableReader implements LogReader {

  private static final String SECRET_LABEL = "talea log secret 1\n";
  private static final int SECRET_BYTES = 16;

  /** Most records fit: where there is no map, each read is three calls of the system. */
  private static final int FIRST_READ_BYTES = 512;

  private static final int WALK_BYTES = 4096;

  private final String name;
  private final long id;
  private final Segments<?> segments;
  private final Blocks blocks;
  private final NewestSubtrees subtrees;
  private volatile long readable;
  private volatile Head head;
  private volatile TreeHead tree;

  /** Of a log that is only read. */
  public DurableReader(Segments<?> segments, Head head, TreeHead tree) {
    this(segments, head, tree, new NewestSubtrees());
  }

  /** Of a log that goes on from what was found. */
  public DurableReader(Segments<?> segments, Head head, ChainState chain) {
    this(segments, head, chain.treeHead(), chain.subtrees());
  }

  private DurableReader(Segments<?> segments, Head head, TreeHead tree, NewestSubtrees subtrees) {
    SegmentHeader first = segments.get(0).header();
    this.name = first.name();
    this.id = first.logId();
    this.segments = segments;
    this.blocks = new Blocks(segments);
    this.readable = head.end();
    this.head = head;
    this.tree = tree;
    this.subtrees = subtrees;
  }

  /** By the writer, once the block is on disk. */
  public void makeReadable(long end) {
    readable = end;
  }

  /** Position behind the last block that can be read. */
  public long end() {
    return readable;
  }

  /** By the writer, once the handler has published. */
  public void advance(Head next) {
    head = next;
  }

  /** By the writer, once the leaves are hashed. */
  public void advance(TreeHead next) {
    tree = next;
  }

  Segments<?> segments() {
    return segments;
  }

  Head head() {
    return head;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long id() {
    return id;
  }

  /** Not drawn but derived, so that it needs no place in a file whose format is fixed. */
  @Override
  public byte[] secret() {
    SegmentHeader first = segments.get(0).header();
    byte[] idAndSalt = new byte[2 * Long.BYTES];
    Bytes.putLong(idAndSalt, 0, first.logId());
    Bytes.putLong(idAndSalt, Long.BYTES, first.salt());
    MessageDigest sha256 = TreeHash.sha256();
    sha256.update(SECRET_LABEL.getBytes(StandardCharsets.UTF_8));
    return Arrays.copyOf(sha256.digest(idAndSalt), SECRET_BYTES);
  }

  @Override
  public long durableSeq() {
    return head.lastSeq();
  }

  @Override
  public long durableTime() {
    return head.time();
  }

  @Override
  public TreeHead treeHead() {
    return tree;
  }

  @Override
  public byte @Nullable [] subtree(long index) {
    long records = tree.size();
    if (index < 0 || index >= records / SUBTREE_RECORDS) {
      throw new IllegalArgumentException(
          "subtree " + index + " is not complete in a tree of " + records + " records");
    }
    return subtrees.at(index);
  }

  @Override
  public LogRecord record(long position) {
    try {
      return find(position);
    } catch (InternalError e) {
      throw Damage.undelivered(this, e);
    }
  }

  private LogRecord find(long position) {
    long end = readable;
    Segment segment = segments.holding(position);
    long offset = position - segment.base();
    long limit = segments.endOf(segment, end) - segment.base();
    if (position >= end
        || position % Bytes.ALIGNMENT != 0
        || offset < SegmentHeader.BYTES + BlockHeader.BYTES
        || offset + RecordFormat.HEADER_BYTES > limit) {
      throw new IllegalArgumentException(
          "position "
              + position
              + " is not that of a durable record of the log \""
              + name
              + "\", which ends at "
              + end);
    }
    byte[] start = new byte[(int) Math.min(FIRST_READ_BYTES, limit - offset)];
    segment.read(offset, start, 0, start.length);
    int length = Bytes.getInt(start, RecordFormat.LENGTH_AT);
    if (length < 0 || offset + RecordFormat.size(length) > limit) {
      throw Damage.at(
          segment,
          position,
          "a record says it has "
              + Integer.toUnsignedString(length)
              + " bytes, more than there are");
    }
    byte[] record = Arrays.copyOf(start, RecordFormat.HEADER_BYTES + length);
    if (record.length > start.length) {
      segment.read(offset + start.length, record, start.length, record.length - start.length);
    }
    return checked(segment, position, record);
  }

  /** The bytes are copied out once, then checked, then served: all three are the same bytes. */
  private static LogRecord checked(Segment segment, long position, byte[] record) {
    int stored = Bytes.getInt(record, RecordFormat.CRC_AT);
    int computed =
        Crc.placed(
            segment.header().salt(),
            position,
            record,
            RecordFormat.LENGTH_AT,
            record.length - RecordFormat.LENGTH_AT);
    if (stored != computed) {
      throw Damage.at(
          segment,
          position,
          "the record there (seq "
              + Bytes.getLong(record, RecordFormat.SEQ_AT)
              + ", unless that is damaged too) has stored CRC "
              + Crc.hex(stored)
              + ", computed "
              + Crc.hex(computed));
    }
    if (!RecordFormat.possible(record, 0)) {
      throw Damage.at(segment, position, "the checksum of the record is right, but not its header");
    }
    return new LogRecord(
        Bytes.getLong(record, RecordFormat.SEQ_AT),
        position,
        Bytes.getInt(record, RecordFormat.PROVEN_LENGTH_AT),
        record,
        RecordFormat.HEADER_BYTES);
  }

  @Override
  public long positionOf(long seq) {
    try {
      return walkTo(seq, blockOf(seq, head));
    } catch (InternalError e) {
      throw Damage.undelivered(this, e);
    }
  }

  /** From the first record of a block to the one with this seq. */
  private long walkTo(long seq, BlockHeader block) {
    Segment segment = segments.holding(block.position());
    byte[] chunk = new byte[Math.min(WALK_BYTES, block.bodyLength())];
    long chunkAt = 0;
    long at = block.position() + BlockHeader.BYTES;
    for (long passed = block.firstSeq(); passed < seq; passed++) {
      if (passed == block.firstSeq() || at + RecordFormat.HEADER_BYTES > chunkAt + chunk.length) {
        chunkAt = Math.min(at, block.endPosition() - chunk.length);
        segment.read(chunkAt - segment.base(), chunk, 0, chunk.length);
      }
      int start = (int) (at - chunkAt);
      int length = Bytes.getInt(chunk, start + RecordFormat.LENGTH_AT);
      long next = at + RecordFormat.size(length);
      if (Bytes.getLong(chunk, start + RecordFormat.SEQ_AT) != passed
          || length < 0
          || next >= block.endPosition()) {
        throw Damage.at(segment, at, "there is no record with seq " + passed);
      }
      at = next;
    }
    LogRecord found = find(at);
    if (found.seq() != seq) {
      throw Damage.at(segment, at, "the record has seq " + found.seq() + ", expected " + seq);
    }
    return at;
  }

  @Override
  public long commitTimeOf(long seq) {
    try {
      return blockOf(seq, head).time();
    } catch (InternalError e) {
      throw Damage.undelivered(this, e);
    }
  }

  @Override
  public LogAnchor anchor(long seq) {
    try {
      BlockHeader block = blockOf(seq, head);
      long position = walkTo(seq, block);
      Segment segment = segments.holding(position);
      byte[] stored = new byte[BlockHeader.BYTES];
      segment.read(block.position() - segment.base(), stored, 0, stored.length);
      int blockCrc = BlockHeader.storedCrc(stored);
      segment.read(position - segment.base(), stored, 0, RecordFormat.HEADER_BYTES);
      return new LogAnchor(
          seq,
          position,
          Bytes.getInt(stored, RecordFormat.CRC_AT),
          blockCrc,
          block.time(),
          new TreeHead(block.treeSize(), block.treeRoot()));
    } catch (InternalError e) {
      throw Damage.undelivered(this, e);
    }
  }

  private BlockHeader blockOf(long seq, Head now) {
    if (seq < 1 || seq > now.lastSeq()) {
      throw new IllegalArgumentException(
          "seq "
              + seq
              + " is not durable in the log \""
              + name
              + "\", which ends with "
              + now.lastSeq());
    }
    BlockHeader block = blocks.firstNotAfterSeq(now.lastBlock(), seq);
    if (block == null || block.lastSeq() < seq) {
      throw Damage.at(
          segments.get(0), SegmentHeader.BYTES, "the chain of blocks does not lead to seq " + seq);
    }
    return block;
  }

  @Override
  public long lastSeqAt(long micros) {
    try {
      BlockHeader block = blocks.firstNotAfterTime(head.lastBlock(), micros);
      return block == null ? 0 : block.lastSeq();
    } catch (InternalError e) {
      throw Damage.undelivered(this, e);
    }
  }

  @Override
  public LogCursor cursor(long fromSeq) {
    Head now = head;
    if (fromSeq == now.lastSeq() + 1) {
      return new RecordCursor(this, now.end(), now.lastBlock(), fromSeq);
    }
    try {
      BlockHeader block = blockOf(fromSeq, now);
      return new RecordCursor(this, block.position(), block.previous(), fromSeq);
    } catch (InternalError e) {
      throw Damage.undelivered(this, e);
    }
  }

  @Override
  public String toString() {
    return "the log \"" + name + "\"";
  }
}
