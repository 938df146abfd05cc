// SPDX-License-Identifier: Apache-2.0
/** Tests of the index: codecs, reads against naive scans, crashes, kills and damage. */
@NullMarked
package dev.talea.index;

import org.jspecify.annotations.NullMarked;
