// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.Asset;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostingView;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Knows how many fraction digits assets have, so that every table shows amounts as {@code balance}
 * does. Asks the ledger, because postings and totals do not carry it; where that is refused,
 * amounts stay in minor units and say so.
 *
 * <p>For one thread.
 */
final class Precisions {
  private final Map<String, Integer> digits = new HashMap<>();

  private Precisions() {}

  /** Those of the assets of these postings: an account tells with its balance. */
  static Precisions ofPostings(BlockingLedger ledger, List<PostingView> postings) {
    Precisions found = new Precisions();
    for (PostingView posting : postings) {
      if (!found.digits.containsKey(posting.asset())) {
        try {
          found.digits.put(posting.asset(), ledger.balance(posting.account(), null).precision());
        } catch (LedgerException e) {
          return found; // the table is worth more than its units
        }
      }
    }
    return found;
  }

  /** Those of these assets, wherever they are in the list of all. */
  static Precisions ofAssets(BlockingLedger ledger, Set<String> assets) {
    Precisions found = new Precisions();
    Set<String> wanted = new HashSet<>(assets);
    String after = null;
    try {
      while (!wanted.isEmpty()) {
        Page<Asset, String> page = ledger.assets(after, Limits.PAGE_LIMIT_MAX);
        for (Asset asset : page.items()) {
          if (wanted.remove(asset.id())) {
            found.digits.put(asset.id(), asset.precision());
          }
        }
        after = page.next();
        if (after == null) {
          break;
        }
      }
    } catch (LedgerException e) {
      return found; // a token for some books may not list the assets
    }
    return found;
  }

  /** The amount in major units. */
  String decimal(Int128 minor, String asset) {
    Integer precision = digits.get(asset);
    return precision == null ? minor + " minor" : minor.toDecimalString(precision);
  }

  /** A total in major units. */
  String decimal(BigInteger minor, String asset) {
    Integer precision = digits.get(asset);
    return precision == null ? minor + " minor" : new BigDecimal(minor, precision).toPlainString();
  }
}
