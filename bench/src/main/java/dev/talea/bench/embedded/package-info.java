// SPDX-License-Identifier: Apache-2.0
/** The ledger inside this process, through its public interface, next to what the disk allows. */
@NullMarked
package dev.talea.bench.embedded;

import org.jspecify.annotations.NullMarked;
