// SPDX-License-Identifier: Apache-2.0
/** The assets and accounts that a ledger is to start with: their file, and how they get in. */
@NullMarked
package dev.talea.server.seed;

import org.jspecify.annotations.NullMarked;
