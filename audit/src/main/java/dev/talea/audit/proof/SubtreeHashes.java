// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

/**
 * Where the hashes of complete subtrees come from: tiles, or leaves in memory. All that {@link
 * TreeProofs} needs of a log.
 */
@FunctionalInterface
public interface SubtreeHashes {

  /**
   * The root over the leaves {@code index << level} (included) to {@code (index + 1) << level}
   * (excluded), counted from 0. Asked only for subtrees all of whose leaves are there.
   */
  Hash at(int level, long index);
}
