// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import org.jspecify.annotations.Nullable;

/**
 * That this process, and no other, writes the logs of a place. Safe for use by many threads.
 *
 * <p>A lock on a file is one kind; a lease that another process can take over is another. Once it
 * is lost it stays lost: what happened in between is not known.
 */
public interface Claim extends AutoCloseable {

  /** Why nothing may be written under it any more, or null while it holds. Takes microseconds. */
  @Nullable LogUnavailableException lost();

  /** Gives the place back to others. Fine to call twice. */
  @Override
  void close();
}
