// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.projections.webhook;

import org.jspecify.annotations.NullMarked;
