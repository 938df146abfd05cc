// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Side;
import java.util.Arrays;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea account}: the group of commands about accounts. */
@Command(
    name = "account",
    description = "Accounts: where money is.",
    subcommands = AccountCommand.Open.class)
final class AccountCommand {

  /** The words for shells to complete. */
  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(AccountKind.values()).map(AccountKind::word).iterator();
    }
  }

  /** The words for shells to complete. */
  static final class Sides implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Side.values()).map(Side::word).iterator();
    }
  }

  /** {@code talea account open}. */
  @Command(
      name = "open",
      description = {
        "Opens an account; the first one of a book brings the book into being.",
        "The same definition again is no error; another one for the same path is."
      })
  static final class Open extends ClientCommand {
    @Option(names = "--book", required = true, paramLabel = "BOOK", description = "The book.")
    private String book = "";

    @Option(
        names = "--path",
        required = true,
        paramLabel = "PATH",
        description = "The account's name in the book; may contain colons.")
    private String path = "";

    @Option(
        names = "--asset",
        required = true,
        paramLabel = "ID",
        description = "The one asset it holds for life.")
    private String asset = "";

    @Option(
        names = "--kind",
        required = true,
        paramLabel = "KIND",
        completionCandidates = Kinds.class,
        description = "A label: ${COMPLETION-CANDIDATES}.")
    private @Nullable AccountKind kind;

    @Option(
        names = "--normal-side",
        paramLabel = "SIDE",
        completionCandidates = Sides.class,
        description = "The side on which it grows: debit (unless told) or credit.")
    private @Nullable Side normalSide;

    @Option(
        names = "--min-balance",
        paramLabel = "MINOR",
        description = "The floor of its balance in minor units; none unless told.")
    private @Nullable Int128 minBalance;

    Open(Shell shell) {
      super(shell);
    }

    @Override
    int run(BlockingLedger ledger) {
      AccountKind label = kind;
      if (label == null) {
        throw new UsageException("an account needs --kind");
      }
      ledger.openAccount(
          new Account(new AccountId(book, path), asset, label, normalSide, minBalance));
      return 0;
    }
  }
}
