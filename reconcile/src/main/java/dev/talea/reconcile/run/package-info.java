// SPDX-License-Identifier: Apache-2.0
/** The life of runs: what is recorded, what runs in a process of its own, what people decide. */
@NullMarked
package dev.talea.reconcile.run;

import org.jspecify.annotations.NullMarked;
