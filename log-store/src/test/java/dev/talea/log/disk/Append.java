// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A request of the tests: append these payloads; tells where they went once they are durable. */
public final class Append {

  /** Where the records of an acknowledged request are. */
  public record Done(List<Long> seqs, List<Long> positions, List<Long> times) {}

  final List<byte[]> payloads;
  final boolean atomic;
  final List<Long> seqs = new ArrayList<>();
  final List<Long> positions = new ArrayList<>();
  final List<Long> times = new ArrayList<>();
  public final CompletableFuture<Done> done = new CompletableFuture<>();

  private Append(List<byte[]> payloads, boolean atomic) {
    this.payloads = payloads;
    this.atomic = atomic;
  }

  /** Records that may be spread over several blocks. */
  public static Append of(byte[]... payloads) {
    return new Append(List.of(payloads), false);
  }

  /** Records that go into one block. */
  public static Append atomic(List<byte[]> payloads) {
    return new Append(payloads, true);
  }

  Done acknowledged() {
    return new Done(List.copyOf(seqs), List.copyOf(positions), List.copyOf(times));
  }
}
