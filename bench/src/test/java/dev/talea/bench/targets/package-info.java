// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.bench.targets;

import org.jspecify.annotations.NullMarked;
