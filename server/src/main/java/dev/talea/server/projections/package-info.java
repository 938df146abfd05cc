// SPDX-License-Identifier: Apache-2.0
/** Projections that this server runs, or reads: which, into what, and how they are doing. */
@NullMarked
package dev.talea.server.projections;

import org.jspecify.annotations.NullMarked;
