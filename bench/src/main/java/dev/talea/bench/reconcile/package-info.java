// SPDX-License-Identifier: Apache-2.0
/** Runs of reconciliation under measurement, and a bare DuckDB that does as much. */
@NullMarked
package dev.talea.bench.reconcile;

import org.jspecify.annotations.NullMarked;
