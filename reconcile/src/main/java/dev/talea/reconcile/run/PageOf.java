// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A page that is being filled: full at as many items as were asked for, or at as many bytes as a
 * page may have, whichever comes first. It has one item at least, however large that is.
 *
 * <p>One thread.
 */
final class PageOf {
  static final int ITEMS_MAX = 1000;
  static final long BYTES_MAX = 4L << 20;

  private final int itemsMax;
  private final List<Object> items = new ArrayList<>();
  private long bytes;
  private @Nullable String next;

  /**
   * @param limit as it was asked for; taken into 1 to {@value #ITEMS_MAX}
   */
  PageOf(int limit) {
    this.itemsMax = Math.max(1, Math.min(limit, ITEMS_MAX));
  }

  void add(Map<String, @Nullable Object> item) {
    items.add(item);
    bytes += JsonTree.bytes(item).length;
  }

  boolean isFull() {
    return items.size() >= itemsMax || bytes >= BYTES_MAX;
  }

  /** Ends it, and says where the next one begins. */
  Map<String, @Nullable Object> endsAt(String cursor) {
    next = cursor;
    return end();
  }

  /** Ends it. */
  Map<String, @Nullable Object> end() {
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("items", items);
    page.put("next", next);
    return page;
  }
}
