// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea asset}: the group of commands about assets. */
@Command(
    name = "asset",
    description = "Assets: what accounts hold.",
    subcommands = AssetCommand.Register.class)
final class AssetCommand {

  /** {@code talea asset register}. */
  @Command(
      name = "register",
      description = {
        "Registers an asset, for all books and for ever.",
        "The same definition again is no error; another one under the same id is."
      })
  static final class Register extends ClientCommand {
    private enum AssetClassWord {
      fiat,
      crypto
    }

    @Option(names = "--id", required = true, paramLabel = "ID", description = "For example EUR.")
    private String id = "";

    @Option(
        names = "--class",
        required = true,
        paramLabel = "CLASS",
        description = "${COMPLETION-CANDIDATES}.")
    private AssetClassWord assetClass = AssetClassWord.fiat;

    @Option(
        names = "--precision",
        required = true,
        paramLabel = "N",
        description = "Fraction digits: 2 means that amounts count hundredths.")
    private int precision;

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "For people.")
    private String name = "";

    @Option(
        names = "--network",
        paramLabel = "NETWORK",
        description = "The chain a crypto asset lives on.")
    private @Nullable String network;

    @Option(
        names = "--native-id",
        paramLabel = "ADDRESS",
        description = "Its address there; none for the chain's own coin.")
    private @Nullable String nativeId;

    Register(Shell shell) {
      super(shell);
    }

    @Override
    int run(BlockingLedger ledger) {
      ledger.registerAsset(new Asset(id, parsedClass(), precision, name));
      return 0;
    }

    private AssetClass parsedClass() {
      if (assetClass == AssetClassWord.crypto) {
        if (network == null) {
          throw new UsageException("a crypto asset needs --network");
        }
        return new AssetClass.Crypto(network, nativeId);
      }
      if (network != null || nativeId != null) {
        throw new UsageException("--network and --native-id are for --class crypto");
      }
      return AssetClass.FIAT;
    }
  }
}
