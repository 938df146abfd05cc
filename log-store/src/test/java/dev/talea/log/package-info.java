// SPDX-License-Identifier: Apache-2.0
/**
 * The hostile disk that tests of the log run on. {@link dev.talea.log.SimulatedDisk} is public
 * because the modules that build on the log crash it too.
 */
@NullMarked
package dev.talea.log;

import org.jspecify.annotations.NullMarked;
