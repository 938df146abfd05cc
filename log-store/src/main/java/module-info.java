// SPDX-License-Identifier: Apache-2.0
/**
 * An append-only log of opaque records. Exports its words and the way in; how bytes are laid out
 * and how the writer thread works is its own.
 */
module dev.talea.log {
  requires static transitive org.jspecify;
  requires org.slf4j;

  exports dev.talea.log;
  exports dev.talea.log.disk;
}
