// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;

/** {@code talea clock}: the group of commands about the server's clock. */
@Command(
    name = "clock",
    description = "The clock that commit times are taken from.",
    subcommands = ClockCommand.Accept.class)
final class ClockCommand {

  /** {@code talea clock accept}. */
  @Command(
      name = "accept",
      description = {
        "Confirms that the server's clock is right although it has run far ahead.",
        "A clock that runs ahead of the time that has passed by more than TALEA_CLOCK_SKEW_MAX is not"
            + " used: writes answer 'unavailable' until it is right again, or accepted. Needs a token"
            + " for all books that may write."
      })
  static final class Accept extends ClientCommand {
    Accept(Shell shell) {
      super(shell);
    }

    @Override
    int run(BlockingLedger ledger) {
      try (TaleaClient client = clientBuilder().build()) {
        client.acceptClock().join();
        return 0;
      } catch (CompletionException e) {
        if (LedgerErrors.unwrap(e) instanceof LedgerException refusal) {
          throw new LedgerException(refusal.error(), e);
        }
        throw e;
      }
    }
  }
}
