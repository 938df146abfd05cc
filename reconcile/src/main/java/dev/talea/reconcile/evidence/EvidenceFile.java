// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.evidence;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.TreeHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A file as a manifest names it.
 *
 * @param name in the folder of the manifest
 * @param bytes its size
 * @param sha256 of its bytes, in hexadecimal digits
 */
public record EvidenceFile(String name, long bytes, String sha256) {
  private static final int CHUNK_BYTES = 1 << 20;

  /** A file as it is. */
  public static EvidenceFile of(Disk disk, Path folder, String name) throws IOException {
    MessageDigest digest = TreeHash.sha256();
    try (DiskFile file = disk.openForReading(folder.resolve(name))) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
      long at = 0;
      for (int read = file.read(chunk, at); read > 0; read = file.read(chunk, at)) {
        at += read;
        digest.update(chunk.flip());
        chunk.clear();
      }
      return new EvidenceFile(name, at, hex(digest.digest()));
    }
  }

  /** SHA-256 of bytes, in hexadecimal digits. */
  static String sha256(byte[] bytes) {
    return hex(TreeHash.sha256().digest(bytes));
  }

  /** SHA-256 of a text in UTF-8, in hexadecimal digits. */
  static String sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }
}
