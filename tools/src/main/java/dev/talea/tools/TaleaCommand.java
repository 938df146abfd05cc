// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code talea}: everything. */
@Command(
    name = "talea",
    description = "A double-entry ledger: the command line and the daemon.",
    subcommands = {
      AssetCommand.class,
      AccountCommand.class,
      PostCommand.class,
      LoadCommand.class,
      BalanceCommand.class,
      HistoryCommand.class,
      StatementCommand.class,
      TxCommand.class,
      AssetsCommand.class,
      BooksCommand.class,
      AccountsCommand.class,
      TransactionsCommand.class,
      TrialBalanceCommand.class,
      TailCommand.class,
      ClockCommand.class,
      ProjectionCommand.class,
      WebhookCommand.class,
      ReconcileCommand.class,
      HeadCommand.class,
      CheckCommand.class,
      ExportCommand.class,
      DigestCommand.class,
      VerifyCommand.class,
      ReplayCommand.class,
      InspectCommand.class,
      DiffCommand.class,
      ProveCommand.class,
      ImportCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      InitCommand.class,
      ServeCommand.class,
      UpCommand.class,
      WorkerCommand.class,
      ConfigCommand.class,
      CompletionsCommand.class,
      ManCommand.class,
    })
final class TaleaCommand {
  @Mixin private final ClientOptions options = new ClientOptions();

  ClientOptions options() {
    return options;
  }
}
