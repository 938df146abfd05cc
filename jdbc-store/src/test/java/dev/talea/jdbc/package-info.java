// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.talea.jdbc;

import org.jspecify.annotations.NullMarked;
