// SPDX-License-Identifier: Apache-2.0
/** JMH benchmarks of the pieces. {@code bench/jmh [regex]} runs them. */
@NullMarked
package dev.talea.bench.jmh;

import org.jspecify.annotations.NullMarked;
