// SPDX-License-Identifier: Apache-2.0
/** Tests of what is written for others, some of them by the tools of those others. */
@NullMarked
package dev.talea.audit.export;

import org.jspecify.annotations.NullMarked;
