// SPDX-License-Identifier: Apache-2.0
/**
 * {@code talea}, the command line, and {@code talead}, the same program by its other name: commands
 * for a server elsewhere, bulk loading, and the daemon's commands.
 *
 * <p>The only room that prints, exits and reads the environment, and the only one that knows
 * picocli.
 */
@NullMarked
package dev.talea.tools;

import org.jspecify.annotations.NullMarked;
