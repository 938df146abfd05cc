// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import picocli.CommandLine.Command;

/** {@code talea head}: the group of commands about heads of logs and the keys that sign them. */
@Command(
    name = "head",
    description = "Heads of a ledger's logs, and the keys that sign them.",
    subcommands = KeygenCommand.class)
final class HeadCommand {}
