// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Claim;
import dev.talea.log.LogUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * A directory held by its lock, for as long as it is the one that was locked. Safe for use by many
 * threads.
 *
 * <p>Puts together what keeps others out and what notices that the names lead elsewhere; each is a
 * subject of its own.
 */
final class DirectoryClaim implements Claim {

  private final DirectoryLock lock;
  private final DirectoryGuard guard;

  DirectoryClaim(DirectoryLock lock, DirectoryGuard guard) {
    this.lock = lock;
    this.guard = guard;
  }

  /** For those who write a file and have to know that it is still the same. */
  DirectoryGuard guard() {
    return guard;
  }

  @Override
  public @Nullable LogUnavailableException lost() {
    return guard.look();
  }

  /** Throws if it is lost. */
  void check() {
    LogUnavailableException why = lost();
    if (why != null) {
      throw why;
    }
  }

  @Override
  public void close() {
    lock.close();
  }
}
