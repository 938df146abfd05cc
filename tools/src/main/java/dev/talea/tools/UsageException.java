// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

/** The command line asks for something that makes no sense; said in one sentence, exit code 2. */
final class UsageException extends RuntimeException {
  UsageException(String message) {
    super(message);
  }
}
