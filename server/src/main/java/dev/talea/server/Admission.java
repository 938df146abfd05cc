package dev.talea.server;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the requests in flight, over all routes together, and turns away what is too much. It
 * never makes anybody wait: a queue in front of a full server only makes the answers late.
 *
 * <p>Any thread may call.
 */
final class Admission {
  private final int inFlightMax;
  private final AtomicInteger inFlight = new AtomicInteger();

  Admission(int inFlightMax) {
    this.inFlightMax = inFlightMax;
  }

  /** A place for one request, or null if there is none. */
  @Nullable Ticket tryEnter() {
    int now = inFlight.get();
    while (now < inFlightMax) {
      int witness = inFlight.compareAndExchange(now, now + 1);
      if (witness == now) {
        return new Ticket();
      }
      now = witness;
    }
    return null;
  }

  /** Places taken at this moment. */
  int inFlight() {
    return inFlight.get();
  }

  /** One place. Giving it back twice gives it back once, so who is in doubt may. */
  final class Ticket {
    private final AtomicBoolean given = new AtomicBoolean();

    void giveBack() {
      if (given.compareAndSet(false, true)) {
        inFlight.decrementAndGet();
      }
    }
  }
}
