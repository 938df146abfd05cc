// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.row;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What identifies what was read of a source; part of the evidence, so it holds no time of reading,
 * no path of this machine and no secret.
 *
 * @param kind {@code ledger}, {@code file}, {@code sql} or {@code parquet}
 * @param facts by name, as {@code sha256} and {@code bytes} of a file, {@code book}, {@code seq}
 *     and {@code head} or {@code digest} of a ledger, {@code query} and {@code rows} of a database
 */
public record SourceFacts(String kind, SortedMap<String, String> facts) {
  /** Copies the map. */
  public SourceFacts {
    facts = Collections.unmodifiableSortedMap(new TreeMap<>(facts));
  }
}
