// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.bench.baseline;

import org.jspecify.annotations.NullMarked;
