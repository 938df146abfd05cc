// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The head of a log: one hash that stands for every record in it. Immutable.
 *
 * @param origin the name of the log
 * @param size how many records are under it, the first ones
 * @param root hash over them, in standard base64
 * @param at when the last of them was committed; null if there is none
 */
public record HeadView(String origin, long size, String root, @Nullable Instant at) {}
