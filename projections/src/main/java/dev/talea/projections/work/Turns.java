// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.work;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * Gives something its turns on a pool: one at a time, and another one if it was woken meanwhile or
 * says that there is more, so that no news is lost and nothing waits in the pool twice. Apart from
 * what takes the turns, a book of a projection or a receiver, as none of it is about events.
 *
 * <p>Any thread may wake it; the pool's threads run it.
 */
public final class Turns {
  /** Where it is between turns. */
  private enum State {
    ASLEEP,
    WAITING,
    RUNNING,
    /** Running, and something has come since it looked. */
    WOKEN
  }

  private final Executor pool;
  private final BooleanSupplier turn;
  private final AtomicReference<State> state = new AtomicReference<>(State.ASLEEP);

  /**
   * @param turn does what there is to do, and returns whether there may be more; throws nothing
   */
  public Turns(Executor pool, BooleanSupplier turn) {
    this.pool = pool;
    this.turn = turn;
  }

  /** Has it take a turn soon. */
  public void wake() {
    while (true) {
      State now = requireNonNull(state.get());
      switch (now) {
        case ASLEEP -> {
          if (state.compareAndSet(now, State.WAITING)) {
            pool.execute(this::run);
            return;
          }
        }
        case RUNNING -> {
          if (state.compareAndSet(now, State.WOKEN)) {
            return;
          }
        }
        case WAITING, WOKEN -> {
          return;
        }
      }
    }
  }

  private void run() {
    state.set(State.RUNNING);
    boolean more = false;
    try {
      more = turn.getAsBoolean();
    } finally {
      boolean woken = !state.compareAndSet(State.RUNNING, State.ASLEEP);
      if (woken) {
        state.set(State.ASLEEP);
      }
      if (woken || more) {
        wake();
      }
    }
  }
}
