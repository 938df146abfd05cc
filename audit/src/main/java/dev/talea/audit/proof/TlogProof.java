// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proof file, {@code .tlog-proof}, as the specification tlog-proof draws it: where a record
 * stands, the path from there to the root, and the head that has this root. With it may come the
 * content of the record, which is only as good as the leaf that is made of it. Immutable.
 */
public final class TlogProof {
  /** Twice what the largest record, 8192 postings, and a hundred long signatures have together. */
  public static final int BYTES_MAX = 4 * 1024 * 1024;

  /** What a file begins with, and nothing else in it is. */
  public static final String FIRST_LINE = "c2sp.org/tlog-proof@v1";

  private static final String EXTRA = "extra ";
  private static final String INDEX = "index ";

  private final byte @Nullable [] extra;
  private final long index;
  private final List<Hash> path;
  private final SignedCheckpoint head;

  private TlogProof(byte @Nullable [] extra, long index, List<Hash> path, SignedCheckpoint head) {
    if (path.size() > TreeProofs.PATH_MAX) {
      throw new MalformedException(
          "a path has at most %d hashes, not %d".formatted(TreeProofs.PATH_MAX, path.size()));
    }
    this.extra = extra;
    this.index = index;
    this.path = List.copyOf(path);
    this.head = head;
  }

  /**
   * Makes the proof of a record, and checks it: hashes out of derived files may be wrong.
   *
   * @param seq of the record
   * @param provenPart of the record, which goes into the file
   * @param head whose root the path leads to
   * @param hashes of the complete subtrees of a tree at least as large
   * @throws MalformedException if the hashes do not lead from this record to this head
   */
  public static TlogProof of(
      long seq, byte[] provenPart, SignedCheckpoint head, SubtreeHashes hashes) {
    Checkpoint checkpoint = head.checkpoint();
    List<Hash> path = TreeProofs.inclusion(seq - 1, checkpoint.size(), hashes);
    Hash leaf = Leaf.hash(seq, provenPart);
    if (!TreeProofs.includes(leaf, seq - 1, checkpoint.size(), path, checkpoint.root())) {
      throw new MalformedException(
          "the hashes do not lead from record %d of %s to the root of its %d records: tiles are"
                  .formatted(seq, checkpoint.origin(), checkpoint.size())
              + " derived, build them again; if it stays so, the record was changed");
    }
    return new TlogProof(provenPart.clone(), seq - 1, path, head);
  }

  /** Reads a proof file. */
  public static TlogProof parse(byte[] file) {
    String all = StrictText.decoded("a proof", file, BYTES_MAX);
    int end = all.indexOf("\n\n");
    if (!all.startsWith(FIRST_LINE + "\n")) {
      throw new MalformedException(
          "a proof begins with the line " + FIRST_LINE + ", and this file does not");
    }
    if (end < 0) {
      throw new MalformedException("a proof has an empty line before its head: it is cut short");
    }
    String[] lines = all.substring(0, end).split("\n", TreeProofs.PATH_MAX + 5);
    int next = 1;
    byte[] extra = null;
    if (next < lines.length && lines[next].startsWith(EXTRA)) {
      extra = StrictText.base64("the line 'extra'", lines[next].substring(EXTRA.length()));
      next++;
    }
    if (next == lines.length || !lines[next].startsWith(INDEX)) {
      throw new MalformedException(
          "a proof has a line 'index N', and this one has "
              + (next == lines.length ? "none" : StrictText.quoted(lines[next])));
    }
    long index = StrictText.decimal("the index", lines[next].substring(INDEX.length()));
    List<Hash> path = new ArrayList<>();
    for (next++; next < lines.length; next++) {
      path.add(StrictText.hash("hash " + (path.size() + 1) + " of the path", lines[next]));
    }
    byte[] head = all.substring(end + 2).getBytes(StandardCharsets.UTF_8);
    return new TlogProof(extra, index, path, SignedCheckpoint.parse(head));
  }

  /** The file. */
  public byte[] bytes() {
    StringBuilder all = new StringBuilder(FIRST_LINE).append('\n');
    if (extra != null) {
      all.append(EXTRA).append(StrictText.encoded(extra)).append('\n');
    }
    all.append(INDEX).append(index).append('\n');
    path.forEach(hash -> all.append(hash.base64()).append('\n'));
    all.append('\n').append(new String(head.bytes(), StandardCharsets.UTF_8));
    return all.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The same proof without the content of the record: shows that it is there, not what it is. */
  public TlogProof withoutContent() {
    return new TlogProof(null, index, path, head);
  }

  /** The same proof with other signatures below the same head. */
  public TlogProof under(SignedCheckpoint signed) {
    if (!signed.checkpoint().equals(head.checkpoint())) {
      throw new IllegalArgumentException("a path leads to one head only");
    }
    return new TlogProof(extra, index, path, signed);
  }

  /** The content that came along, unproven as it is; a copy. */
  public byte @Nullable [] extra() {
    return extra == null ? null : extra.clone();
  }

  /** The place of the record, from 1 on. */
  public long seq() {
    return index + 1;
  }

  /** The place of the leaf, from 0 on. */
  public long index() {
    return index;
  }

  /** From the sibling of the leaf to the child of the root. */
  public List<Hash> path() {
    return path;
  }

  /** What the path leads to. */
  public SignedCheckpoint head() {
    return head;
  }

  /** Whether the path leads from a leaf to the head. */
  public boolean includes(Hash leaf) {
    Checkpoint checkpoint = head.checkpoint();
    return TreeProofs.includes(leaf, index, checkpoint.size(), path, checkpoint.root());
  }
}
