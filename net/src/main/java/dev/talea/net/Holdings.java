// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Bounds what connections make the server keep for them while they wait for something that their
 * peers have to do: send the rest of a request, take an answer. Counts it by address and in all;
 * when a bound is passed, the connection that has waited longest must let go, first of the address
 * whose bound it is, else of the address that holds most.
 *
 * <p>Taking from the oldest, and never refusing the newest, is what makes the bound useless as a
 * weapon: a peer that fills it loses its own, and one that does its part at once waits for nothing
 * and is never in here.
 *
 * <p>Shared by all event loops; every method may be called from any thread. One lock, taken only
 * for connections that do wait.
 */
final class Holdings {
  /** Bounds of one address and of all together. */
  record Bounds(int countPerAddress, int countInAll, long bytesPerAddress, long bytesInAll) {}

  private final Bounds bounds;
  private final Map<ByteBuffer, Address> addresses = new HashMap<>();
  private int count;
  private long bytes;
  private long evictions;

  Holdings(Bounds bounds) {
    this.bounds = bounds;
  }

  /** What one connection holds; nothing to begin with. Its fields belong to the lock. */
  static final class Hold {
    private final ByteBuffer address;
    private final Runnable letGo;
    private long bytes;
    private boolean counted;
    private boolean evicted;

    /**
     * @param letGo called from any thread when the connection must let go of what it holds
     */
    Hold(InetAddress address, Runnable letGo) {
      this.address = ConnectionLimits.key(address);
      this.letGo = letGo;
    }
  }

  private static final class Address {
    final LinkedHashSet<Hold> oldestFirst = new LinkedHashSet<>();
    long bytes;
  }

  /** The connection waits, and so much is kept for it. Waiting since the first call counts. */
  void keep(Hold hold, long heldBytes) {
    List<Hold> mustGo = new ArrayList<>(0);
    synchronized (this) {
      if (hold.evicted) {
        return;
      }
      Address address = addresses.computeIfAbsent(hold.address, key -> new Address());
      if (!hold.counted) {
        hold.counted = true;
        address.oldestFirst.add(hold);
        count++;
      }
      address.bytes += heldBytes - hold.bytes;
      bytes += heldBytes - hold.bytes;
      hold.bytes = heldBytes;
      evict(address, mustGo);
    }
    mustGo.forEach(each -> each.letGo.run());
  }

  /** The connection waits no longer, or has let go. */
  void drop(Hold hold) {
    synchronized (this) {
      remove(hold);
      hold.evicted = false;
    }
  }

  /** Whether it was told to let go and has neither done so nor come to its end since. */
  synchronized boolean mustLetGo(Hold hold) {
    return hold.evicted;
  }

  synchronized int count() {
    return count;
  }

  synchronized long bytes() {
    return bytes;
  }

  /** How many had to let go since the start. */
  synchronized long evictions() {
    return evictions;
  }

  private void evict(Address address, List<Hold> mustGo) {
    while (address.oldestFirst.size() > bounds.countPerAddress
        || (address.bytes > bounds.bytesPerAddress && !address.oldestFirst.isEmpty())) {
      evictOldest(address, mustGo);
    }
    while (count > bounds.countInAll) {
      evictOldest(most(each -> each.oldestFirst.size()), mustGo);
    }
    while (bytes > bounds.bytesInAll && count > 0) {
      evictOldest(most(each -> each.bytes), mustGo);
    }
  }

  private Address most(ToLongFunction<Address> amount) {
    Address most = null;
    for (Address each : addresses.values()) {
      if (most == null || amount.applyAsLong(each) > amount.applyAsLong(most)) {
        most = each;
      }
    }
    if (most == null) {
      throw new IllegalStateException("something is held, but by no address");
    }
    return most;
  }

  private void evictOldest(Address address, List<Hold> mustGo) {
    Hold oldest = address.oldestFirst.iterator().next();
    remove(oldest);
    oldest.evicted = true;
    evictions++;
    mustGo.add(oldest);
  }

  private void remove(Hold hold) {
    if (!hold.counted) {
      return;
    }
    hold.counted = false;
    Address address = addresses.get(hold.address);
    if (address == null) {
      throw new IllegalStateException("what is counted belongs to an address");
    }
    address.oldestFirst.remove(hold);
    address.bytes -= hold.bytes;
    bytes -= hold.bytes;
    count--;
    hold.bytes = 0;
    if (address.oldestFirst.isEmpty()) {
      addresses.remove(hold.address);
    }
  }
}
