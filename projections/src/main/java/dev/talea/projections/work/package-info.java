// SPDX-License-Identifier: Apache-2.0
/** How work gets its turns on the threads of this room; not for other rooms. */
@NullMarked
package dev.talea.projections.work;

import org.jspecify.annotations.NullMarked;
