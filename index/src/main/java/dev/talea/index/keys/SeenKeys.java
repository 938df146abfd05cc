// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.index.failure.BrokenRecordException;

/**
 * Takes the idempotency keys of a book in the order of its log, and sees to it that none was used
 * twice. Opening a book and checking one differ in what is kept of them.
 *
 * <p>Belongs to the thread that replays.
 */
public interface SeenKeys {
  /** Looks at none: for a replay that wants to know something else. */
  SeenKeys NONE =
      new SeenKeys() {
        @Override
        public void add(long hash, long seq, long position) {}

        @Override
        public void finish() {}
      };

  /**
   * Takes the key of a record. Its seq must be above those of all taken before.
   *
   * @param hash {@link KeyHash} of the key
   * @throws BrokenRecordException if one taken earlier was used twice
   */
  void add(long hash, long seq, long position);

  /**
   * All have been taken.
   *
   * @throws BrokenRecordException at the first record whose key was used before
   */
  void finish();
}
