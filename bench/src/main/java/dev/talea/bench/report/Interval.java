// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

/**
 * What happened in one slice of a measurement, so that a stall shows which a total would hide.
 *
 * @param startSeconds since the measurement began; negative while warming up
 * @param seconds length of the slice
 * @param operations that were completed in it
 * @param errors answers in it that were refusals or failures
 * @param p50Nanos latency that half of them kept below; 0 if there were none, as for the others
 */
public record Interval(
    double startSeconds,
    double seconds,
    long operations,
    long errors,
    long p50Nanos,
    long p99Nanos,
    long maxNanos) {}
