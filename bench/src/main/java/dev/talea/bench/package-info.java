// SPDX-License-Identifier: Apache-2.0
/**
 * Figures: load generators, the baselines they are compared with, and the reports. No other module
 * depends on this one.
 */
@NullMarked
package dev.talea.bench;

import org.jspecify.annotations.NullMarked;
