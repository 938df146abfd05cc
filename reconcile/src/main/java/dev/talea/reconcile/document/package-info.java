// SPDX-License-Identifier: Apache-2.0
/** Documents that people write, as recipes and format profiles: read strictly, with reasons. */
@NullMarked
package dev.talea.reconcile.document;

import org.jspecify.annotations.NullMarked;
