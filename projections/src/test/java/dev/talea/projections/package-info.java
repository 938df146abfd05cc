// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.projections;

import org.jspecify.annotations.NullMarked;
