// SPDX-License-Identifier: Apache-2.0
/**
 * Why a book cannot be read, as far as the log itself has no word for it: records that cannot be,
 * and files that cannot be reached. Below all other packages, because each of them throws these,
 * and exported, because a check or a look ends with them.
 */
@NullMarked
package dev.talea.index.failure;

import org.jspecify.annotations.NullMarked;
