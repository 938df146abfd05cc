// SPDX-License-Identifier: Apache-2.0
/**
 * The bytes of a log: how records, blocks and segments are spelled, how they hang together, and how
 * they are walked and read. Knows neither files nor threads; docs/log-format.md draws what is here.
 */
@NullMarked
package dev.talea.log.format;

import org.jspecify.annotations.NullMarked;
