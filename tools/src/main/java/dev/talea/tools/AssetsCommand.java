// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.AssetJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code talea assets}. */
@Command(name = "assets", description = "Lists the registered assets by id.")
final class AssetsCommand extends ClientCommand {
  @Mixin private final PageOptions page = new PageOptions();

  AssetsCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    Page<Asset, String> found = ledger.assets(page.after(), page.limit());
    print(AssetJson.page(found), () -> table(found));
    return 0;
  }

  private static String table(Page<Asset, String> found) {
    Table table = new Table("id", "class", ">precision", "name");
    for (Asset asset : found.items()) {
      String kind = asset.assetClass() instanceof AssetClass.Crypto c ? c.network() : "fiat";
      table.row(asset.id(), kind, asset.precision(), asset.name());
    }
    return PageOptions.withMore(table, "--after", found.next());
  }
}
