// SPDX-License-Identifier: Apache-2.0
/** Tests of this package. */
@NullMarked
package dev.talea.log.thread;

import org.jspecify.annotations.NullMarked;
