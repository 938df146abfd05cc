// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.AssetRecord;
import dev.talea.ledger.Asset;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.Outage;
import dev.talea.ledger.rules.DefinitionRules;
import dev.talea.log.BlockBuilder;

/** Decides registrations of assets and encodes them. Runs on the registry log's writer thread. */
final class RegistryWriter extends GroupHandler<Request<Void>> {
  private final AssetRegistry registry;

  RegistryWriter(AssetRegistry registry, BookReport report, StoreClock clock) {
    super(report, clock, new OpenGroup());
    this.registry = registry;
  }

  @Override
  int decide(Request<Void> wanted, BlockBuilder block) {
    RegisterRequest request = (RegisterRequest) wanted;
    Asset existing = registry.findAccepted(request.asset.id());
    if (existing != null) {
      request.error = DefinitionRules.again(existing, request.asset);
      return DONE;
    }
    Outage noTime = noTime();
    if (noTime != null) {
      request.error = new LedgerError.Unavailable(noTime.reason());
      return DONE;
    }
    int bytesMax = AssetRecord.bytesMax(request.asset);
    if (block.remaining() < BlockBuilder.bytesFor(bytesMax)) {
      return BlockBuilder.bytesFor(bytesMax);
    }
    AssetRecord.encode(block.begin(bytesMax), request.asset, block.commitTime());
    block.end(); // which asset it is does not depend on where it lies
    registry.accept(request.asset);
    return DONE;
  }

  @Override
  void publish(long lastSeq) {
    registry.publish();
  }

  @Override
  boolean hasUnpublished() {
    return registry.hasUnpublished();
  }
}
