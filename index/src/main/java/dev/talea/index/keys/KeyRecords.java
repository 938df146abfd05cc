// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

/**
 * Reads keys back from where an index says they are. A hash is a hint; what this says is the truth.
 */
public interface KeyRecords {
  /** Stands for "no such key"; no record lies at position 0. */
  long ABSENT = 0;

  /** Whether the transaction record at this position carries exactly this key. */
  boolean hasKey(long position, byte[] key);
}
