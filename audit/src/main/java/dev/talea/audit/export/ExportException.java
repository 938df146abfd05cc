// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import org.jspecify.annotations.Nullable;

/** Something cannot be exported, or read back; the message is for the person who asked. */
public final class ExportException extends RuntimeException {
  ExportException(String message) {
    this(message, null);
  }

  ExportException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
