// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.TreeHead;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Blocks;
import dev.talea.log.format.MerkleTree;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {

  /** The definition in RFC 9162, section 2.1.1, word for word and as slow as it is short. */
  private static byte[] naiveRoot(List<byte[]> leaves) {
    int n = leaves.size();
    if (n == 0) {
      return sha256(new byte[0]);
    }
    if (n == 1) {
      return sha256(new byte[] {0}, leaves.get(0));
    }
    int k = 1;
    while (k * 2 < n) {
      k *= 2;
    }
    return sha256(new byte[] {1}, naiveRoot(leaves.subList(0, k)), naiveRoot(leaves.subList(k, n)));
  }

  private static byte[] sha256(byte[]... parts) {
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

  @Test
  void theRootOfNothingIsTheHashOfNothing() {
    assertEquals(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        HexFormat.of().formatHex(new MerkleTree().root()));
  }

  /** The eight leaves that certificate transparency implementations test themselves with. */
  @Test
  void rootsAreThoseOfThePublishedTestVectors() {
    String[] leaves = {
      "",
      "00",
      "10",
      "2021",
      "3031",
      "40414243",
      "5051525354555657",
      "606162636465666768696a6b6c6d6e6f"
    };
    String[] roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    };
    MerkleTree tree = new MerkleTree();
    for (int i = 0; i < leaves.length; i++) {
      byte[] leaf = HexFormat.of().parseHex(leaves[i]);
      tree.append(leaf);
      assertEquals(roots[i], HexFormat.of().formatHex(tree.root()), "size " + (i + 1));
    }
  }

  @Test
  void rootsOfAllSizesAreThoseOfTheDefinitionAlsoWhenResumed() {
    Random random = new Random(9);
    MerkleTree tree = new MerkleTree();
    List<byte[]> leaves = new ArrayList<>();
    for (int size = 1; size <= 300; size++) {
      byte[] leaf = new byte[random.nextInt(40)];
      random.nextBytes(leaf);
      leaves.add(leaf);
      tree.append(leaf);
      if (random.nextInt(3) == 0) {
        tree = MerkleTree.resume(size, tree.frontier());
      }
      assertEquals(size, tree.size());
      assertArrayEquals(naiveRoot(leaves), tree.root(), "size " + size);
    }
  }

  @Test
  void aLogsTreeHeadAndTheRootsInItsBlocksCoverAllEarlierRecords() {
    SimulatedDisk disk = new SimulatedDisk(3);
    Path dir = Path.of("/data");
    LogSettings settings =
        LogSettings.DEFAULTS.withSegmentBytesMax(1 << 16).withGroupMax(4096, 7).withIdleMillis(5);
    List<byte[]> leaves = new ArrayList<>();
    Random random = new Random(5);
    for (int life = 0; life < 3; life++) {
      try (LogDirectory logs = LogDirectory.open(dir, settings, CrashTest.environment(disk))) {
        Log<Append> log =
            life == 0
                ? logs.createLog("log", AppendHandler::goingOn)
                : logs.openLog("log", AppendHandler::goingOn);
        assertEquals(new TreeHead(leaves.size(), naiveRoot(leaves)), log.treeHead());
        for (int i = 0; i < 25; i++) {
          append(log, random, leaves);
        }
      }
      LogReader reader = new LogFiles(dir, disk).read("log").reader();
      assertEquals(new TreeHead(leaves.size(), naiveRoot(leaves)), reader.treeHead());
    }
    Recovery found =
        Recovery.find(new SegmentMaps(disk, 16), dir.resolve("books").resolve("log"), "log");
    assertTrue(found.segments().count() > 2);
    Blocks blocks = new Blocks(found.segments());
    int seen = 0;
    for (long at = found.head().lastBlock(); at != 0; at = blocks.at(at).previous()) {
      BlockHeader block = blocks.at(at);
      assertEquals(block.firstSeq() - 1, block.treeSize());
      assertArrayEquals(naiveRoot(leaves.subList(0, (int) block.treeSize())), block.treeRoot());
      seen++;
    }
    assertTrue(seen > 75);
  }

  private static void append(Log<Append> log, Random random, List<byte[]> leaves) {
    byte[][] payloads = new byte[1 + random.nextInt(3)][];
    for (int i = 0; i < payloads.length; i++) {
      payloads[i] = new byte[random.nextInt(1500)];
      random.nextBytes(payloads[i]);
      leaves.add(
          ByteBuffer.allocate(40)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(leaves.size() + 1L)
              .put(sha256(Arrays.copyOf(payloads[i], AppendHandler.provenBytes(payloads[i]))))
              .array());
    }
    Append append = Append.of(payloads);
    assertTrue(log.submit(append, 1));
    append.done.join();
  }
}
