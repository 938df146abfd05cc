// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What is sent to a witness, as the specification tlog-witness draws it: a new head, and the path
 * that proves that it extends the one the witness has seen. Also what {@code prove --extends}
 * writes, for anyone who keeps old heads. Immutable.
 *
 * @param oldSize how many records the old head has
 * @param path from the old head to the new one
 * @param head the new head
 */
public record AddCheckpoint(long oldSize, List<Hash> path, SignedCheckpoint head) {
  private static final String OLD = "old ";

  public AddCheckpoint {
    path = List.copyOf(path);
    if (path.size() > TreeProofs.PATH_MAX) {
      throw new MalformedException(
          "a path has at most %d hashes, not %d".formatted(TreeProofs.PATH_MAX, path.size()));
    }
    if (oldSize == 0 && !path.isEmpty()) {
      throw new MalformedException("a path from a log without records is empty");
    }
  }

  /**
   * Makes it, and checks it.
   *
   * @param old the head that the witness has seen; a log without records for a new witness
   * @param hashes of the complete subtrees of a tree at least as large as the new head's
   * @throws MalformedException if the new head does not extend the old one
   */
  public static AddCheckpoint of(Checkpoint old, SignedCheckpoint head, SubtreeHashes hashes) {
    Checkpoint checkpoint = head.checkpoint();
    if (old.size() > checkpoint.size()) {
      throw new MalformedException(
          "%s has %d records, and the old head has %d: it was cut or restored"
              .formatted(checkpoint.origin(), checkpoint.size(), old.size()));
    }
    AddCheckpoint body =
        new AddCheckpoint(
            old.size(), TreeProofs.consistency(old.size(), checkpoint.size(), hashes), head);
    if (!body.extendsHead(old)) {
      throw new MalformedException(
          "the head of %s at size %d does not extend the one at size %d: the first records are not"
                  .formatted(checkpoint.origin(), checkpoint.size(), old.size())
              + " the same, or derived tiles are wrong; build them again to tell");
    }
    return body;
  }

  /** Reads the body of a request to a witness. */
  public static AddCheckpoint parse(byte[] body) {
    String all = StrictText.decoded("a request to a witness", body, SignedNote.BYTES_MAX);
    int end = all.indexOf("\n\n");
    if (!all.startsWith(OLD) || end < 0) {
      throw new MalformedException(
          "a request to a witness has a line 'old N', a path and an empty line before its head");
    }
    String[] lines = all.substring(0, end).split("\n", TreeProofs.PATH_MAX + 3);
    List<Hash> path = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      path.add(StrictText.hash("hash " + i + " of the path", lines[i]));
    }
    return new AddCheckpoint(
        StrictText.decimal("the old size", lines[0].substring(OLD.length())),
        path,
        SignedCheckpoint.parse(all.substring(end + 2).getBytes(StandardCharsets.UTF_8)));
  }

  /** The body of the request. */
  public byte[] bytes() {
    StringBuilder all = new StringBuilder(OLD).append(oldSize).append('\n');
    path.forEach(hash -> all.append(hash.base64()).append('\n'));
    all.append('\n').append(new String(head.bytes(), StandardCharsets.UTF_8));
    return all.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Whether the path proves that the head begins with all records of an older one of this size. */
  public boolean extendsHead(Checkpoint old) {
    Checkpoint checkpoint = head.checkpoint();
    return old.origin().equals(checkpoint.origin())
        && old.size() == oldSize
        && TreeProofs.extendsTree(oldSize, old.root(), checkpoint.size(), checkpoint.root(), path);
  }
}
