// SPDX-License-Identifier: Apache-2.0
/** Tests of this package. */
@NullMarked
package dev.talea.log.format;

import org.jspecify.annotations.NullMarked;
