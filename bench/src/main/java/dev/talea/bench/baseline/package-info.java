// SPDX-License-Identifier: Apache-2.0
/**
 * What talea is compared with: small honest programs that put the same bytes, or the smallest row
 * that could be called a posting, on the same disk, and do nothing else.
 */
@NullMarked
package dev.talea.bench.baseline;

import org.jspecify.annotations.NullMarked;
