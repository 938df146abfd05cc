// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What all connections of one server share; immutable but for its counters.
 *
 * @param incomplete requests whose head or body is still coming
 * @param unsent answers that their reader has not taken yet
 */
record ServerContext(
    HttpServerSettings settings,
    HttpHandler handler,
    ErrorBodies errorBodies,
    ConnectionLimits limits,
    Holdings incomplete,
    Holdings unsent,
    AtomicInteger streamsOpen) {}
