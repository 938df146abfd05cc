// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The definitions of RFC 9162, section 2.1, word for word over a list of leaf hashes, with nothing
 * of the main code: what it is compared with. One thread.
 */
final class NaiveTree {
  final List<byte[]> leaves = new ArrayList<>();
  private final Map<Integer, Hash> roots = new HashMap<>();

  /** A tree of records whose proven parts are short texts. */
  static NaiveTree of(int size) {
    NaiveTree tree = new NaiveTree();
    for (int i = 0; i < size; i++) {
      tree.leaves.add(sha256(new byte[] {0}, data(i)));
    }
    return tree;
  }

  static byte[] provenPart(long index) {
    return ("record " + (index + 1)).getBytes(StandardCharsets.UTF_8);
  }

  /** Data of the leaf: seq, lowest byte first, and the hash of the proven part. */
  static byte[] data(long index) {
    byte[] data = new byte[40];
    for (int i = 0; i < 8; i++) {
      data[i] = (byte) ((index + 1) >>> (8 * i));
    }
    System.arraycopy(sha256(provenPart(index)), 0, data, 8, 32);
    return data;
  }

  static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  static Hash root(List<byte[]> leaves) {
    return Hash.of(mth(leaves));
  }

  Hash root(int size) {
    return roots.computeIfAbsent(size, key -> root(leaves.subList(0, key)));
  }

  Hash leaf(int index) {
    return Hash.of(leaves.get(index));
  }

  /** A source of subtrees that hashes each from its leaves. */
  SubtreeHashes subtrees() {
    return (level, index) ->
        root(leaves.subList((int) (index << level), (int) ((index + 1) << level)));
  }

  List<Hash> path(int index, int size) {
    return hashes(path(index, leaves.subList(0, size)));
  }

  List<Hash> proof(int oldSize, int size) {
    return hashes(subproof(oldSize, leaves.subList(0, size), true));
  }

  private static List<Hash> hashes(List<byte[]> all) {
    return all.stream().map(Hash::of).toList();
  }

  private static int k(int n) {
    int k = 1;
    while (k * 2 < n) {
      k *= 2;
    }
    return k;
  }

  private static byte[] mth(List<byte[]> d) {
    if (d.isEmpty()) {
      return sha256();
    }
    if (d.size() == 1) {
      return d.get(0);
    }
    int k = k(d.size());
    return sha256(new byte[] {1}, mth(d.subList(0, k)), mth(d.subList(k, d.size())));
  }

  private static List<byte[]> path(int m, List<byte[]> d) {
    if (d.size() == 1) {
      return List.of();
    }
    int k = k(d.size());
    List<byte[]> path;
    if (m < k) {
      path = new ArrayList<>(path(m, d.subList(0, k)));
      path.add(mth(d.subList(k, d.size())));
    } else {
      path = new ArrayList<>(path(m - k, d.subList(k, d.size())));
      path.add(mth(d.subList(0, k)));
    }
    return path;
  }

  private static List<byte[]> subproof(int m, List<byte[]> d, boolean b) {
    if (m == d.size()) {
      return b ? List.of() : List.of(mth(d));
    }
    int k = k(d.size());
    List<byte[]> proof;
    if (m <= k) {
      proof = new ArrayList<>(subproof(m, d.subList(0, k), b));
      proof.add(mth(d.subList(k, d.size())));
    } else {
      proof = new ArrayList<>(subproof(m - k, d.subList(k, d.size()), false));
      proof.add(mth(d.subList(0, k)));
    }
    return proof;
  }

  /** All bytes behind one another. */
  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
