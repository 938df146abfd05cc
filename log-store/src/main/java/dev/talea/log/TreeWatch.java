// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/**
 * Is told of the hash tree of a log at some sizes, while its records pass by from the first on: so
 * that any number of earlier heads is compared with the log in one pass. Belongs to the thread that
 * reads.
 */
public interface TreeWatch {
  /** None. */
  TreeWatch NONE =
      new TreeWatch() {
        @Override
        public long nextSize() {
          return Long.MAX_VALUE;
        }

        @Override
        public void passed(TreeHead head) {}
      };

  /** The next size to be told of, no smaller than the last; {@link Long#MAX_VALUE} for none. */
  long nextSize();

  /** The tree had the size that was asked for, and this root. Then the next size is asked for. */
  void passed(TreeHead head);
}
