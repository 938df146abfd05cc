// SPDX-License-Identifier: Apache-2.0
/**
 * Logs in memory: the second kind of {@link dev.talea.log.Logs}, which keeps the seams honest.
 * Public because the modules that build on the log run on it too.
 */
@NullMarked
package dev.talea.log.memory;

import org.jspecify.annotations.NullMarked;
