// SPDX-License-Identifier: Apache-2.0
/** The databases that projections can be kept in. */
@NullMarked
package dev.talea.projections.target;

import org.jspecify.annotations.NullMarked;
