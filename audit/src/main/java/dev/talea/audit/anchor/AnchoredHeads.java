// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import dev.talea.log.TreeHash;
import dev.talea.log.TreeHead;
import dev.talea.log.TreeWatch;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All heads that one book has to have had, to be held against its log in one pass.
 *
 * <p>A book that is written to all year has half a million. So what is kept is not the heads: of
 * the sizes, how much each is above the one before, in as few bytes as that takes; of the roots,
 * one hash over each {@value #HEADS_OF_A_HASH} of them, which decides, and the first bytes of each,
 * which say where a mismatch is. About six bytes a head. One thread at a time.
 */
final class AnchoredHeads {
  static final int HEADS_OF_A_HASH = 64;
  private static final int HINT_BYTES = 4;
  private static final int STEP_BYTES_MAX = 10;

  private final MessageDigest digest = TreeHash.sha256();
  private final List<byte[]> hashes = new ArrayList<>();
  private byte[] steps = new byte[16];
  private int stepBytes;
  private long count;
  private @Nullable TreeHead newest;
  private long newestAt;

  /** Adds a head that is larger than all before. */
  void add(TreeHead head, long atMicros) {
    TreeHead before = newest;
    long step = head.size() - (before == null ? 0 : before.size());
    if (step <= 0) {
      throw new IllegalArgumentException("a head of " + head.size() + " behind " + before);
    }
    if (stepBytes + STEP_BYTES_MAX + HINT_BYTES > steps.length) {
      steps = Arrays.copyOf(steps, steps.length * 2);
    }
    for (long rest = step; ; rest >>>= 7) {
      boolean last = rest < 0x80;
      steps[stepBytes++] = (byte) (last ? rest : rest | 0x80);
      if (last) {
        break;
      }
    }
    System.arraycopy(head.root(), 0, steps, stepBytes, HINT_BYTES);
    stepBytes += HINT_BYTES;
    digest.update(head.root());
    count++;
    if (count % HEADS_OF_A_HASH == 0) {
      hashes.add(digest.digest());
    }
    newest = head;
    newestAt = atMicros;
  }

  /** Nothing more is added. */
  void complete() {
    if (count % HEADS_OF_A_HASH != 0) {
      hashes.add(digest.digest());
    }
  }

  long count() {
    return count;
  }

  /** The largest; null if there is none. */
  @Nullable TreeHead newest() {
    return newest;
  }

  /** When the largest was anchored. */
  long newestAt() {
    return newestAt;
  }

  /** Holds a log against the heads, once. */
  Match match() {
    return new Match();
  }

  /** Is told of the tree at each of the sizes. */
  final class Match implements TreeWatch {
    private final MessageDigest found = TreeHash.sha256();
    private int stepAt;
    private long seen;
    private long size;
    private long rightUpTo;
    private long wrongUpTo;

    private Match() {
      step();
    }

    private void step() {
      if (stepAt == stepBytes) {
        size = Long.MAX_VALUE;
        return;
      }
      long step = 0;
      int shift = 0;
      byte next;
      do {
        next = steps[stepAt++];
        step |= (long) (next & 0x7F) << shift;
        shift += 7;
      } while (next < 0);
      stepAt += HINT_BYTES;
      size += step;
    }

    @Override
    public long nextSize() {
      return size;
    }

    @Override
    public void passed(TreeHead head) {
      byte[] root = head.root();
      found.update(root);
      seen++;
      if (wrongUpTo == 0) {
        boolean hinted = Arrays.equals(root, 0, HINT_BYTES, steps, stepAt - HINT_BYTES, stepAt);
        boolean right = hinted;
        if (hinted && (seen % HEADS_OF_A_HASH == 0 || seen == count)) {
          int hash = (int) ((seen - 1) / HEADS_OF_A_HASH);
          right = Arrays.equals(found.digest(), hashes.get(hash));
        }
        if (right) {
          rightUpTo = size;
        } else {
          wrongUpTo = size;
        }
      }
      step();
    }

    /** Whether the log has fewer records than one of the heads. */
    boolean isShort() {
      return seen < count;
    }

    /** A size at which the root was another one; 0 for none. */
    long wrongUpTo() {
      return wrongUpTo;
    }

    /** The last size before at which it was right. */
    long rightUpTo() {
      return rightUpTo;
    }
  }
}
