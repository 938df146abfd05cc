// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.reconcile.engine;

import org.jspecify.annotations.NullMarked;
