// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * An account and its balance as far as the walk has come. Debits are positive: the raw balance,
 * which is also what the journals add up. Belongs to one {@link BookWalk}.
 */
final class RunningAccount {
  private final Account definition;
  private final Asset asset;
  private final long assetNumber;

  private BigInteger balance = BigInteger.ZERO;

  /** Postings of the transaction in hand that are still to come; 0 between transactions. */
  private int toCome;

  /**
   * @param assetNumber of the asset's registration in {@code _system}
   */
  RunningAccount(Account definition, Asset asset, long assetNumber) {
    this.definition = definition;
    this.asset = asset;
    this.assetNumber = assetNumber;
  }

  Account definition() {
    return definition;
  }

  Asset asset() {
    return asset;
  }

  long assetNumber() {
    return assetNumber;
  }

  BigInteger balance() {
    return balance;
  }

  /**
   * Refuses an asset with more decimals than a tool can read.
   *
   * @param tool whose journal it is
   */
  void requireDecimals(String tool, int decimalsMax) {
    if (asset.precision() > decimalsMax) {
      throw new ExportException(
          "Asset '%s' has %d decimals, and %s reads numbers with %d at most. Take hledger for it."
              .formatted(asset.id(), asset.precision(), tool, decimalsMax));
    }
  }

  /** A posting is about to come. */
  void expect() {
    toCome++;
  }

  /**
   * The posting has come.
   *
   * @return whether it is the last of its transaction
   */
  boolean add(BigInteger amount) {
    balance = balance.add(amount);
    return --toCome == 0;
  }

  /** Minor units of the account's asset in major units, with all its digits. */
  String decimal(BigInteger minor) {
    return new BigDecimal(minor, asset.precision()).toPlainString();
  }
}
