// SPDX-License-Identifier: Apache-2.0
/**
 * What a measurement is once it is over: machine, results, targets; written as JSON, read back, and
 * shown as one HTML page. Measures nothing itself.
 */
@NullMarked
package dev.talea.bench.report;

import org.jspecify.annotations.NullMarked;
