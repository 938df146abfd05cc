// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.io.IOException;
import java.io.InputStream;

/** The bytes of a file, wherever it lies: handed in, so that no source touches a disk itself. */
@FunctionalInterface
public interface ByteSource {
  /** The bytes from their beginning; the caller closes the stream. */
  InputStream open() throws IOException;
}
