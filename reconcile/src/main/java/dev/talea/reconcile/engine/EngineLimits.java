// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

/**
 * What one run may use.
 *
 * @param memoryBytes for rows and tables that are worked on, at least 64 MiB; what is larger goes
 *     to the disk
 * @param threads 1 or more
 * @param diskBytes for what does not fit into memory
 */
public record EngineLimits(long memoryBytes, int threads, long diskBytes) {}
