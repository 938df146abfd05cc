// SPDX-License-Identifier: Apache-2.0
/**
 * What the daemon can be told: variables, the environment file, the name of the ledger, and the
 * words in which a start is refused. Knows nothing of the other packages of the server.
 */
@NullMarked
package dev.talea.server.settings;

import org.jspecify.annotations.NullMarked;
