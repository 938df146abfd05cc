/**
 * An append-only log of opaque records, safe against crashes: segments and blocks on disk, group
 * commit by one writer thread per log, a directory lock, recovery, and a Merkle tree over all
 * records.
 *
 * <p>Nothing in here knows what a record means. The way in is {@link dev.talea.log.LogDirectory};
 * it opens {@link dev.talea.log.Log}s, which are written through a {@link
 * dev.talea.log.CommitHandler} and read through {@link dev.talea.log.LogReader}. Every byte that
 * reaches a disk goes through {@link dev.talea.log.Disk}, so that a hostile disk can be put under
 * all of it. The files are described byte by byte in docs/log-format.md, the promises in
 * docs/durability.md.
 */
@NullMarked
package dev.talea.log;

import org.jspecify.annotations.NullMarked;
