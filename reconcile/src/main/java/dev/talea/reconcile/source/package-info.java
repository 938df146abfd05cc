// SPDX-License-Identifier: Apache-2.0
/** Brings the rows of files, databases and ledgers, as a profile says that they are to be read. */
@NullMarked
package dev.talea.reconcile.source;

import org.jspecify.annotations.NullMarked;
