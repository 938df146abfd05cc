// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A book at a glance.
 *
 * @param book its name
 * @param lastSeq seq of its last event; 0 if the store cannot tell
 * @param lastAt commit time of that event; null if the store cannot tell
 * @param accounts how many are open
 * @param unavailable why it takes no writes, and maybe cannot be read either: its files are
 *     damaged, or a disk has failed; null if it is well
 */
public record BookView(
    String book,
    long lastSeq,
    @Nullable Instant lastAt,
    long accounts,
    @Nullable String unavailable) {}
