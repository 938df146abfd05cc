// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Asset;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.rules.DefinitionRules;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Assets that books hold accounts in and the registry does not know: the sign of a registry that
 * was lost or exchanged. Keeps one that is registered again from becoming another.
 *
 * <p>{@link #look} runs once, while the store is being opened; {@link #heldOtherwise} on any
 * thread.
 */
final class LostAssets {
  private static final Logger LOG = LoggerFactory.getLogger(LostAssets.class);

  private final RegistryBook registry;
  private final Books books;

  /** Whether the registry is known to lack some. */
  private volatile boolean some;

  LostAssets(RegistryBook registry, Books books) {
    this.registry = registry;
    this.books = books;
  }

  /**
   * A registry that lost its end, or all of itself, shows by the assets of the books: none was
   * opened in an asset that was not registered.
   */
  void look() {
    AssetRegistry assets = registry.orNull();
    if (assets == null) {
      return; // it is closed, and says so itself
    }
    Map<String, Integer> missing = new TreeMap<>();
    for (Book book : books.open()) {
      for (AssetEntry asset : book.state().accounts.assets()) {
        if (assets.find(asset.id) == null) {
          missing.merge(asset.id, 1, Integer::sum);
        }
      }
    }
    if (!missing.isEmpty()) {
      some = true;
      LOG.warn(
          "The registry of assets (book '{}') is not what it was: books hold accounts in assets that"
              + " it does not know (asset=number of books): {}. Put its folder back as it was, or"
              + " register them again as they were",
          RegistryBook.NAME,
          missing);
    }
  }

  /**
   * Books keep the precision that an asset had when they first held it. If the registry has lost
   * the asset since, it must not come back with another.
   */
  @Nullable LedgerError heldOtherwise(Asset asset) {
    for (Book book : books.open()) {
      for (AssetEntry held : book.state().accounts.assets()) {
        LedgerError otherwise =
            held.id.equals(asset.id()) ? DefinitionRules.held(held.precision, asset) : null;
        if (otherwise != null) {
          return otherwise;
        }
      }
    }
    return some && !books.closed().isEmpty()
        ? new Unavailable(
            "the registry of assets has lost some, and books that are closed at the moment may hold"
                + " accounts in this one")
        : null;
  }
}
