// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gathers how wide the buckets of left rows are, where that depends on their amounts: a right row
 * has to lie in a bucket of each width. There are at most 38 for an asset. Used by one thread.
 */
final class Widths {
  private final RuleTests tests;
  private final Map<String, Set<Int128>> found = new HashMap<>();

  Widths(RuleTests tests) {
    this.tests = tests;
  }

  /** A width, as it travels. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Width(String asset, byte[] width) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  void add(Frame left) {
    found
        .computeIfAbsent(left.asset, asset -> new LinkedHashSet<>())
        .add(tests.width(left.asset, left.amount));
  }

  List<Width> found() {
    List<Width> widths = new ArrayList<>();
    found.forEach(
        (asset, each) ->
            each.forEach(
                width -> widths.add(new Width(asset, new ByteWriter().int128(width).take()))));
    return widths;
  }

  /** What several tasks have gathered; of a class that can travel. */
  static Map<String, List<byte[]>> byAsset(List<Width> widths) {
    Map<String, Set<Int128>> distinct = new HashMap<>();
    for (Width width : widths) {
      distinct
          .computeIfAbsent(width.asset(), asset -> new LinkedHashSet<>())
          .add(new ByteReader(width.width()).int128());
    }
    HashMap<String, List<byte[]>> byAsset = new HashMap<>();
    distinct.forEach(
        (asset, each) -> {
          ArrayList<byte[]> bytes = new ArrayList<>();
          each.forEach(width -> bytes.add(new ByteWriter().int128(width).take()));
          byAsset.put(asset, bytes);
        });
    return byAsset;
  }
}
