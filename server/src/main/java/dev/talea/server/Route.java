package dev.talea.server;

/**
 * A line of the route table.
 *
 * @param open answered without a token
 * @param counted takes a place among the requests in flight; only {@code /livez} does not
 */
record Route(String method, String template, boolean open, boolean counted, Endpoint endpoint) {}
