// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

/**
 * A walk over pairs of key hash and record position, ascending by hash as an unsigned number: the
 * form in which keys go into a {@link KeyRun} and come out of one.
 *
 * <p>Belongs to one thread.
 */
interface KeyEntries {
  /** Steps to the next pair; false at the end. */
  boolean next();

  /** {@link KeyHash} of the key. */
  long hash();

  /** Where the record with that key lies. */
  long position();
}
