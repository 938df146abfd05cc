// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

/**
 * Random numbers that are a function of a seed and an index: what the nth request is can be told
 * again later without having been remembered. Stateless.
 */
final class Random {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private Random() {}

  /** The number of an index in one of several streams. */
  static long at(long seed, long index, int stream) {
    return mix(seed + GOLDEN * (index * 8 + stream + 1));
  }

  /** The same, from 0 to below a bound. */
  static int below(int bound, long seed, long index, int stream) {
    return (int) Long.remainderUnsigned(at(seed, index, stream), bound);
  }

  /** The same, from 0 to below 1. */
  static double unit(long seed, long index, int stream) {
    return (at(seed, index, stream) >>> 11) * 0x1.0p-53;
  }

  /** The finalizer of SplitMix64: each bit of the input moves about half of the output's. */
  private static long mix(long from) {
    long z = from;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
