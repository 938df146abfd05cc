package dev.talea.net;

import java.util.concurrent.atomic.AtomicInteger;

/** What all connections of one server share; immutable but for its counters. */
record ServerContext(
    HttpServerSettings settings,
    HttpHandler handler,
    ErrorBodies errorBodies,
    ConnectionLimits limits,
    AtomicInteger streamsOpen) {}
