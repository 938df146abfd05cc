// SPDX-License-Identifier: Apache-2.0
/** Projections under measurement, and the same rows written by hand. */
@NullMarked
package dev.talea.bench.projections;

import org.jspecify.annotations.NullMarked;
