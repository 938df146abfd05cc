// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.time.Instant;

/**
 * One of the slowest requests of a measurement.
 *
 * @param intended when it should have been sent, by the wall clock
 * @param startSeconds the same, since the measurement began
 * @param latencyNanos from the intended start to the answer
 * @param unsentNanos how much of the latency had passed before it was really sent
 * @param what which request, such as {@code post}
 * @param status of the answer; 0 if the connection was cut
 * @param waitedFor what is known to have happened meanwhile, such as a pause of the server, longest
 *     first; empty if nothing is
 */
public record Slow(
    Instant intended,
    double startSeconds,
    long latencyNanos,
    long unsentNanos,
    String what,
    int status,
    String waitedFor) {}
