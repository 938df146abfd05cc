// SPDX-License-Identifier: Apache-2.0
/**
 * The fault programme: all that is done to talea to break it, from one seed and for a given time.
 */
@NullMarked
package dev.talea.tools.faults;

import org.jspecify.annotations.NullMarked;
