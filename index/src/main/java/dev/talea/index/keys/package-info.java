// SPDX-License-Identifier: Apache-2.0
/**
 * From an idempotency key to the record that has it: a small log-structured merge tree. New keys go
 * into a table in memory ({@link dev.talea.index.keys.KeyTable}, the memtable), which is written as
 * a sorted run with a Bloom filter ({@link dev.talea.index.keys.KeyRun}); runs are merged in the
 * background. Hashes lead to positions, and the record decides, so a run holds no key.
 */
@NullMarked
package dev.talea.index.keys;

import org.jspecify.annotations.NullMarked;
