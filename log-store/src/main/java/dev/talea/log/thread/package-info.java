// SPDX-License-Identifier: Apache-2.0
/**
 * The writer thread of a log: the queue in front of it, the group commit, the block it builds, the
 * hashing beside it, and the threads that many logs share. What makes a block durable is behind
 * {@link dev.talea.log.thread.BlockSink}; the way in is {@link dev.talea.log.thread.LogWriters}.
 */
@NullMarked
package dev.talea.log.thread;

import org.jspecify.annotations.NullMarked;
