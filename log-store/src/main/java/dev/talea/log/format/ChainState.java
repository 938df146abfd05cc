// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.TreeHead;
import dev.talea.log.TreeWatch;
import java.util.Arrays;

/**
 * Everything the next block has to agree with: the end of a log as seen by the thread that appends
 * to it or checks it from front to back. Owned by one thread at a time.
 */
public final class ChainState {

  private final JumpSpine spine;
  private final NewestSubtrees subtrees = new NewestSubtrees();
  private MerkleTree tree;
  private long lastBlock;
  private long lastBlockPosition;
  private long lastSeq;
  private long lastTime;
  private boolean closed;
  private byte[] root;

  private TreeWatch watch = TreeWatch.NONE;

  /** The next size that the watch wants to be told of. */
  private long watchedSize = Long.MAX_VALUE;

  private ChainState(SegmentHeader header, JumpSpine spine) {
    this.spine = spine;
    tree = MerkleTree.resume(header.firstSeq() - 1, header.frontier());
    tree.tell(subtrees);
    lastBlock = header.firstBlock() - 1;
    lastBlockPosition = header.previousBlockPosition();
    lastSeq = header.firstSeq() - 1;
    lastTime = header.previousTime();
    root = tree.root();
  }

  /** The state at the start of a segment. */
  public static ChainState atStartOf(SegmentHeader header, Blocks blocks) {
    return new ChainState(header, blocks.spineFrom(header.previousBlockPosition()));
  }

  public long nextSeq() {
    return lastSeq + 1;
  }

  public long nextBlock() {
    return lastBlock + 1;
  }

  public long lastBlockPosition() {
    return lastBlockPosition;
  }

  public long lastTime() {
    return lastTime;
  }

  public long nextJump() {
    return spine.nextJump();
  }

  /** Whether the last block is a close mark. */
  public boolean closed() {
    return closed;
  }

  public byte[][] frontier() {
    return tree.frontier();
  }

  /** Root over all records so far; not a copy. */
  public byte[] root() {
    return root;
  }

  public TreeHead treeHead() {
    return new TreeHead(tree.size(), root);
  }

  /** The block has been appended, or checked. Its records still have to be hashed. */
  public void advance(BlockHeader block) {
    spine.push(block.number(), block.position());
    lastBlock = block.number();
    lastBlockPosition = block.position();
    lastSeq = block.lastSeq();
    lastTime = block.time();
    closed = block.isCloseMark();
  }

  /** Takes the records of the block just passed into the tree, given its body. */
  public void hash(byte[] body, int count) {
    int at = 0;
    for (int i = 0; i < count; i++) {
      int length = Bytes.getInt(body, at + RecordFormat.LENGTH_AT);
      tree.append(
          body,
          at + RecordFormat.SEQ_AT,
          at + RecordFormat.HEADER_BYTES,
          Bytes.getInt(body, at + RecordFormat.PROVEN_LENGTH_AT));
      tellWatch();
      at += (int) RecordFormat.size(length);
    }
    root = tree.root();
  }

  /** Has this one told of the tree, as it is now and after each record that is hashed. */
  public void watch(TreeWatch watching) {
    watch = watching;
    watchedSize = watching.nextSize();
    tellWatch();
  }

  private void tellWatch() {
    while (tree.size() == watchedSize) {
      watch.passed(tree.head());
      watchedSize = watch.nextSize();
    }
  }

  /** The tree over all records so far is known from elsewhere. */
  public void goOnFrom(MerkleTree known) {
    tree = known;
    tree.tell(subtrees);
    root = tree.root();
  }

  /** Nothing is going to be hashed for a while. */
  public void rest() {
    tree.rest();
  }

  public MerkleTree tree() {
    return tree;
  }

  /** Those that are complete since this began, for any thread to read. */
  NewestSubtrees subtrees() {
    return subtrees;
  }

  /**
   * Compares a whole block with what it has to be here.
   *
   * @return what is wrong, in words, or an empty string
   */
  public String contradiction(BlockHeader block) {
    String other = contradictionBesideTree(block);
    if (!other.isEmpty()) {
      return other;
    }
    if (block.treeSize() != tree.size()) {
      return "a tree of " + block.treeSize() + " records, expected " + tree.size();
    }
    return Arrays.equals(block.treeRoot(), root)
        ? ""
        : "a tree root that the records before it do not hash to";
  }

  /** As {@link #contradiction(BlockHeader)}, for blocks that are passed without hashing. */
  public String contradictionBesideTree(BlockHeader block) {
    if (block.number() != nextBlock()) {
      return "block number " + block.number() + ", expected " + nextBlock();
    }
    if (block.firstSeq() != nextSeq()) {
      return "first seq " + block.firstSeq() + ", expected " + nextSeq();
    }
    if (block.previous() != lastBlockPosition) {
      return "previous block at " + block.previous() + ", expected " + lastBlockPosition;
    }
    if (block.jump() != nextJump()) {
      return "jump to " + block.jump() + ", expected " + nextJump();
    }
    if (block.time() < lastTime) {
      return "commit time " + block.time() + " before that of the block before, " + lastTime;
    }
    return "";
  }

  /** Compares the header of the following segment with what it has to be here. */
  public String contradiction(SegmentHeader next) {
    if (next.firstSeq() != nextSeq()) {
      return "first seq " + next.firstSeq() + ", expected " + nextSeq();
    }
    if (next.firstBlock() != nextBlock()) {
      return "first block " + next.firstBlock() + ", expected " + nextBlock();
    }
    if (next.previousBlockPosition() != lastBlockPosition) {
      return "previous block at "
          + next.previousBlockPosition()
          + ", expected "
          + lastBlockPosition;
    }
    if (next.previousTime() != lastTime) {
      return "previous commit time " + next.previousTime() + ", expected " + lastTime;
    }
    return Arrays.deepEquals(next.frontier(), frontier())
        ? ""
        : "a tree that the records before it do not hash to";
  }
}
