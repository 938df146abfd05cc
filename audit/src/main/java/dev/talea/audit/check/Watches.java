// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import dev.talea.audit.anchor.AnchorHistory;
import dev.talea.log.TreeHead;
import dev.talea.log.TreeWatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a log has to be by what is known of it from before: the head that the verifier brought
 * along, and the heads that were anchored. One thread.
 */
final class Watches implements TreeWatch {
  private final @Nullable TreeHead earlier;
  private final AnchorHistory.@Nullable Comparison anchored;
  private @Nullable TreeHead found;

  Watches(@Nullable TreeHead earlier, AnchorHistory.@Nullable Comparison anchored) {
    this.earlier = earlier;
    this.anchored = anchored;
  }

  @Override
  public long nextSize() {
    return Math.min(earlierSize(), anchored == null ? Long.MAX_VALUE : anchored.nextSize());
  }

  private long earlierSize() {
    return earlier == null || found != null ? Long.MAX_VALUE : earlier.size();
  }

  @Override
  public void passed(TreeHead head) {
    if (head.size() == earlierSize()) {
      found = head;
    }
    if (anchored != null && head.size() == anchored.nextSize()) {
      anchored.passed(head);
    }
  }

  /**
   * What is wrong, when all records have passed.
   *
   * @param records how many there were
   */
  List<String> faults(long records) {
    List<String> faults = new ArrayList<>();
    if (earlier != null && found == null) {
      faults.add(
          "it has %d records, and the head that was given is of %d: records are missing"
              .formatted(records, earlier.size()));
    } else if (earlier != null && !earlier.equals(found)) {
      faults.add(
          "its first %d records are not those of the head that was given: the history is another"
              .formatted(earlier.size()));
    }
    String fault = anchored == null ? null : anchored.fault(records);
    if (fault != null) {
      faults.add(fault);
    }
    return faults;
  }
}
