// SPDX-License-Identifier: Apache-2.0
/**
 * What can be checked, exported and proven from a ledger's records alone: without a server, a
 * network or a lock, beside a running writer too. Works on what it is handed, a directory of logs
 * or a store; {@code tools} finds and opens it, and shows what comes out.
 */
@NullMarked
package dev.talea.audit;

import org.jspecify.annotations.NullMarked;
