// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

/**
 * Counts of a running server, read at one moment.
 *
 * @param connectionsOpen accepted and not yet closed
 * @param connectionsRefused closed on arrival because a cap was reached, since the start
 * @param streamsOpen streamed answers that are going on
 * @param incomplete requests whose head or body is still coming
 * @param incompleteBytes what is kept of them
 * @param unsentBytes of answers whose readers do not take them
 * @param evicted incomplete requests and unsent answers that were given up because a bound was
 *     reached, since the start
 */
public record HttpServerStats(
    int connectionsOpen,
    long connectionsRefused,
    int streamsOpen,
    int incomplete,
    long incompleteBytes,
    long unsentBytes,
    long evicted) {}
