// SPDX-License-Identifier: Apache-2.0
/** Tests of the daemon: over real sockets wherever a caller would be on one. */
@NullMarked
package dev.talea.server.settings;

import org.jspecify.annotations.NullMarked;
