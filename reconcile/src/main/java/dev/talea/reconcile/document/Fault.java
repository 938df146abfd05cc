// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.document;

/**
 * One thing that is wrong with a document.
 *
 * @param path where, as {@code rules[0].conditions[1].left}; empty for the whole
 * @param text what: actual against expected
 */
public record Fault(String path, String text) {
  @Override
  public String toString() {
    return path.isEmpty() ? text : path + ": " + text;
  }
}
