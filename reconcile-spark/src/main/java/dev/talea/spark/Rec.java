// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import java.io.Serializable;
import java.util.Arrays;

/**
 * What travels between the tasks of a run: one shape for all steps, so that there is one way to
 * sort and to write it.
 *
 * <p>Immutable; the arrays never change.
 */
final class Rec implements Comparable<Rec>, Serializable {
  private static final long serialVersionUID = 1L;

  /** Which partition it is for: a number that is taken modulo how many there are. */
  final int part;

  /** What it is sorted by, as bytes without a sign. */
  final byte[] key;

  /** How many bytes of the key name the group that it belongs to. */
  final int group;

  final byte[] body;

  Rec(int part, byte[] key, int group, byte[] body) {
    this.part = part;
    this.key = key;
    this.group = group;
    this.body = body;
  }

  /** One of a group that is found in one place, wherever that is. */
  static Rec ofGroup(byte[] key, int group, byte[] body) {
    int hash = 0;
    for (int i = 0; i < group; i++) {
      hash = 31 * hash + key[i];
    }
    hash *= 0x9E3779B9;
    return new Rec(hash >>> 1, key, group, body);
  }

  boolean isOfGroup(Rec other) {
    return Arrays.equals(key, 0, group, other.key, 0, other.group);
  }

  @Override
  public int compareTo(Rec other) {
    return Arrays.compareUnsigned(key, other.key);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rec that && Arrays.equals(key, that.key);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(key);
  }
}
