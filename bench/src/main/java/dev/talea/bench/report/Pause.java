// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

/**
 * A time in which all threads of the server's virtual machine stood still.
 *
 * @param startSeconds since the measurement began
 * @param nanos how long, from the request to stop until all ran again
 * @param reason as the virtual machine names it
 */
public record Pause(double startSeconds, long nanos, String reason) {}
