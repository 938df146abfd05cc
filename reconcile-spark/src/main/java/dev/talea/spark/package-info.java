// SPDX-License-Identifier: Apache-2.0
/**
 * Reconciliation on Apache Spark: the same decisions as on one machine, where the rows of a run are
 * more than one machine works through.
 *
 * <p>{@link dev.talea.spark.SparkEngine} is all there is to use. It runs on the class path, as
 * Spark does.
 */
@NullMarked
package dev.talea.spark;

import org.jspecify.annotations.NullMarked;
