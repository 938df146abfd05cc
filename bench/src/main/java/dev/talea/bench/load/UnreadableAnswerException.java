// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.io.IOException;

/** The other side does not speak as a talea server does; no use going on. */
final class UnreadableAnswerException extends IOException {
  UnreadableAnswerException(String message) {
    super(message);
  }
}
