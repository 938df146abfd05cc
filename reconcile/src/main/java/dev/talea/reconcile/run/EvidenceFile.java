// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import java.io.IOException;
import java.nio.file.Path;

/** One file of evidence, to be read piece by piece; it never changes. Any thread. */
public final class EvidenceFile {
  private final Path file;
  private final long bytes;

  EvidenceFile(Path file, long bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /** How long it is. */
  public long bytes() {
    return bytes;
  }

  /** A piece; shorter at the end, empty behind it. */
  public byte[] piece(long from, int bytesMax) throws IOException {
    return SystemFiles.piece(file, from, bytesMax);
  }
}
