// SPDX-License-Identifier: Apache-2.0
/** Tests of this package. */
@NullMarked
package dev.talea.audit.anchor;

import org.jspecify.annotations.NullMarked;
