// SPDX-License-Identifier: Apache-2.0
/** The projections that come with talea. */
@NullMarked
package dev.talea.projections.builtin;

import org.jspecify.annotations.NullMarked;
