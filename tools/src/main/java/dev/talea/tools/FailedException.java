// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import org.jspecify.annotations.Nullable;

/** A command cannot be carried out; said in one sentence, exit code 1. */
final class FailedException extends RuntimeException {
  FailedException(String message) {
    this(message, null);
  }

  FailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
