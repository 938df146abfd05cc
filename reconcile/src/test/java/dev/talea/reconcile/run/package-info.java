// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.reconcile.run;

import org.jspecify.annotations.NullMarked;
