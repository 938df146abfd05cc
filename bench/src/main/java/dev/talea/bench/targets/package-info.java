// SPDX-License-Identifier: Apache-2.0
/** The table of targets: one command that measures every line of it and says met or missed. */
@NullMarked
package dev.talea.bench.targets;

import org.jspecify.annotations.NullMarked;
