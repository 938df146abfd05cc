// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which process of which machine this is: the adapter to what the operating system knows about
 * processes.
 *
 * @param pid process id
 * @param host name of the machine
 * @param started when the process started, as the operating system says; the epoch if it does not
 */
record ProcessIdentity(long pid, String host, Instant started) {

  /**
   * Start times are computed from the time since boot, so the same process can seem to have started
   * a moment earlier or later when the clock has been set in between.
   */
  private static final Duration TOLERANCE = Duration.ofSeconds(2);

  private static final ProcessIdentity SELF = find();

  /** This process. */
  static ProcessIdentity ofThisProcess() {
    return SELF;
  }

  private static ProcessIdentity find() {
    ProcessHandle self = ProcessHandle.current();
    return new ProcessIdentity(
        self.pid(), hostName(), self.info().startInstant().orElse(Instant.EPOCH));
  }

  /** Whether, as seen from this process, that one is another process on this machine and lives. */
  boolean livesBeside(ProcessIdentity self) {
    if (!host.equals(self.host) || pid == self.pid || started.equals(Instant.EPOCH)) {
      return false;
    }
    Optional<Instant> start =
        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).flatMap(p -> p.info().startInstant());
    return start.isPresent()
        && Duration.between(start.get(), started).abs().compareTo(TOLERANCE) <= 0;
  }

  private static String hostName() {
    for (String variable : new String[] {"HOSTNAME", "COMPUTERNAME"}) {
      @Nullable String value = System.getenv(variable);
      if (value != null && !value.isBlank()) {
        return value;
      }
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }
}
