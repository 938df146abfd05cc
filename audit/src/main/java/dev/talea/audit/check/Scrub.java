// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import dev.talea.ledger.StoreHealth;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogException;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.TreeWatch;
import dev.talea.log.disk.LogFiles;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all logs of a ledger again while they are served, and checks every byte: a disk that
 * forgets is noticed before the copy that still remembers is thrown away. Damage closes no book, as
 * whatever is asked for is checked when it is read anyway; it is told to the ledger's health and in
 * the log.
 *
 * <p>Touches nothing. One thread at a time.
 */
public final class Scrub {
  private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

  private final LogFiles files;
  private final StoreHealth health;
  private final LongConsumer passed;

  /**
   * Has read nothing yet.
   *
   * @param health of the store that serves them
   * @param passed told how many bytes have been read since the last call; may pause, or throw in
   *     order to end a round
   */
  public Scrub(LogFiles files, StoreHealth health, LongConsumer passed) {
    this.files = files;
    this.health = health;
    this.passed = passed;
  }

  /** Reads all logs once; false if it could not be seen which there are. */
  public boolean round() {
    try {
      files.names().forEach(this::scrub);
      return true;
    } catch (LogException e) {
      LOG.warn("The logs cannot be scrubbed, the next attempt is made later: {}", e.getMessage());
      return false;
    }
  }

  private void scrub(String name) {
    try {
      LogDamagedException damage = damage(name);
      if (damage != null) {
        damage = damage(name); // a writer may have been in the middle
      }
      if (damage == null) {
        health.undamaged(name);
      } else {
        tell(name, damage);
      }
    } catch (LogNotFoundException e) {
      LOG.debug("Log '{}' is missing; that is the store's to notice", name, e);
    } catch (LogException e) {
      LOG.warn("Log '{}' is not scrubbed this time: {}", name, e.getMessage());
    }
  }

  private @Nullable LogDamagedException damage(String name) {
    try {
      files.verify(name, passed, () -> TreeWatch.NONE);
      return null;
    } catch (LogDamagedException e) {
      return e;
    }
  }

  private void tell(String name, LogDamagedException damage) {
    if (health.wrong(name) == null) {
      LOG.error(
          "Scrubbing found damage in '{}': {} The book goes on with what is whole; restore the"
              + " file from a copy, and see 'talea verify'",
          name,
          damage.getMessage());
    }
    health.damaged(name, "holds records that are damaged on disk; it takes writes");
  }
}
