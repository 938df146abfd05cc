// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

/**
 * A number beside a result, such as the processor time the server used.
 *
 * @param unit such as {@code s} or {@code us/request}; empty for a plain count
 */
public record Figure(String name, double value, String unit) {}
