package dev.talea.net;

/**
 * Counts of a running server, read at one moment.
 *
 * @param connectionsOpen accepted and not yet closed
 * @param connectionsRefused closed on arrival because a cap was reached, since the start
 * @param streamsOpen streamed answers that are going on
 */
public record HttpServerStats(int connectionsOpen, long connectionsRefused, int streamsOpen) {}
