// SPDX-License-Identifier: Apache-2.0
/**
 * Who is who: a {@link dev.talea.log.Log} is one append-only log of opaque records; its user writes
 * through a {@link dev.talea.log.CommitHandler}, reads through a {@link dev.talea.log.LogReader}
 * and a {@link dev.talea.log.LogCursor}, and keeps many of them in {@link dev.talea.log.Logs}. What
 * makes a ledger of it, the Store over the log, lives in the room {@code index}.
 *
 * <p>This package is the words of the room: the interfaces, settings, records and exceptions that
 * its users and its inner packages share, and no code that does anything. Arrows end here:
 *
 * <pre>
 *   disk    logs in files: directory, lock, segments, recovery      (exported: the way in)
 *    |  \
 *    |   thread    writer thread, queue, group commit               (internal)
 *    |  /   |
 *   format  |      bytes: records, blocks, segments, hash tree      (internal)
 *    |     /
 *   this package                                                    (exported: the words)
 * </pre>
 *
 * <p>Nothing in here knows what a record means. Every byte that reaches a disk goes through {@link
 * dev.talea.log.Disk}, so that a hostile disk can be put under all of it. The files are described
 * byte by byte in docs/log-format.md, the promises in docs/durability.md.
 */
@NullMarked
package dev.talea.log;

import org.jspecify.annotations.NullMarked;
