// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.bench.projections;

import org.jspecify.annotations.NullMarked;
