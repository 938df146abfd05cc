// SPDX-License-Identifier: Apache-2.0
/** What can be asked of the projections that come with talea. */
@NullMarked
package dev.talea.projections.read;

import org.jspecify.annotations.NullMarked;
