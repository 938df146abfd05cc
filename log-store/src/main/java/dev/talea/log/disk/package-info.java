// SPDX-License-Identifier: Apache-2.0
/**
 * Logs in the files of a directory: the lock, the segments, the space ahead of a writer, recovery
 * and verification. On top of the other packages of the room, which know nothing of it.
 *
 * <p>Its face is {@link dev.talea.log.disk.LogDirectory}, the way in, and what makes an environment
 * of the machine: {@link dev.talea.log.disk.SystemLogEnvironment} and {@link
 * dev.talea.log.disk.NioDisk}. Everything else is the package's own.
 */
@NullMarked
package dev.talea.log.disk;

import org.jspecify.annotations.NullMarked;
