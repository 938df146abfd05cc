package dev.talea.net;

import java.time.Clock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * The two clocks of this package, handed in so that nothing else reads one: the steady one measures
 * deadlines, the wall clock only words the {@code Date} header.
 */
record NetTime(NanoClock steady, Clock wall) {
  static NetTime system() {
    return new NetTime(SystemNanoClock.INSTANCE, Clock.systemUTC());
  }
}
