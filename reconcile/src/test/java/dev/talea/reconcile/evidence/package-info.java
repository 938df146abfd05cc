// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.reconcile.evidence;

import org.jspecify.annotations.NullMarked;
