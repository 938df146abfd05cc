// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Passes everything on to another store: what a class that changes or watches one thing about a
 * store extends. As thread-safe as that one.
 */
public abstract class ForwardingStore implements Store {
  private final Store store;

  /**
   * Forwards to a store.
   *
   * @param store closed together with this one
   */
  protected ForwardingStore(Store store) {
    this.store = store;
  }

  @Override
  public StoreReader reads() {
    return store.reads();
  }

  @Override
  public String backend() {
    return store.backend();
  }

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    return store.registerAsset(asset);
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    return store.openAccount(account);
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic) {
    return store.commit(book, drafts, atomic);
  }

  @Override
  public @Nullable Outage check() {
    return store.check();
  }

  @Override
  public void acceptClock() {
    store.acceptClock();
  }

  @Override
  public long clockBehindSeconds() {
    return store.clockBehindSeconds();
  }

  @Override
  public void close() {
    store.close();
  }
}
