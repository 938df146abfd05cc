// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import picocli.CommandLine.Command;

/** {@code talead}: the daemon's commands. {@code talea} has them too. */
@Command(
    name = "talead",
    description = "The daemon of talea, a double-entry ledger.",
    subcommands = {
      InitCommand.class,
      ServeCommand.class,
      UpCommand.class,
      WorkerCommand.class,
      ConfigCommand.class,
    })
final class TaleadCommand {}
