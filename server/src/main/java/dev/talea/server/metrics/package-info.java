// SPDX-License-Identifier: Apache-2.0
/**
 * What the daemon counts and times, and the store that counts what passes through it. Knows nothing
 * of the other packages of the server.
 */
@NullMarked
package dev.talea.server.metrics;

import org.jspecify.annotations.NullMarked;
