// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Event;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.StoreReader;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the built-in projections have to hold, computed from the events the slow way and without
 * their code: all postings in a list, and each figure by going over the list.
 */
final class Recomputed {
  record Line(
      String book,
      long seq,
      int posting,
      String key,
      String account,
      String asset,
      BigInteger amount,
      Instant committed,
      Instant occurred) {}

  final List<Line> lines = new ArrayList<>();

  static Recomputed of(StoreReader store) {
    Recomputed all = new Recomputed();
    for (String book : new StoreSource(store).books()) {
      long after = 0;
      while (after < store.lastSeq(book)) {
        List<Event> page = store.events(book, after, 1000, 1 << 20);
        for (Event event : page) {
          after = event.seq();
          if (event.payload() instanceof Event.TransactionPosted posted) {
            int number = 0;
            for (Posting posting : posted.draft().postings()) {
              BigInteger amount = posting.minor().toBigInteger();
              Instant occurred = posted.draft().occurredAt();
              all.lines.add(
                  new Line(
                      book,
                      event.seq(),
                      number++,
                      posted.draft().idempotencyKey(),
                      posting.account(),
                      posting.asset(),
                      posting.direction() == Side.DEBIT ? amount : amount.negate(),
                      event.at(),
                      occurred == null ? event.at() : occurred));
            }
          }
        }
      }
    }
    return all;
  }

  List<String> postings() {
    List<String> rows = new ArrayList<>();
    Map<String, BigInteger> balances = new TreeMap<>();
    for (Line line : lines) {
      BigInteger balance =
          balances.merge(line.book + " " + line.account, line.amount, BigInteger::add);
      rows.add(
          String.join(
              "|",
              line.book,
              "" + line.seq,
              "" + line.posting,
              line.key,
              line.account,
              line.asset,
              "" + line.amount,
              "" + balance,
              "" + line.occurred));
    }
    return sorted(rows);
  }

  List<String> daily(ZoneId zone) {
    Map<String, List<Line>> byAccount = new TreeMap<>();
    for (Line line : lines) {
      byAccount.computeIfAbsent(line.book + "|" + line.account, key -> new ArrayList<>()).add(line);
    }
    List<String> rows = new ArrayList<>();
    byAccount.forEach(
        (account, its) ->
            its.stream()
                .map(line -> line.occurred.atZone(zone).toLocalDate())
                .distinct()
                .forEach(day -> rows.add(account + "|" + its.get(0).asset + day(its, day, zone))));
    return sorted(rows);
  }

  private static String day(List<Line> lines, LocalDate day, ZoneId zone) {
    BigInteger opening = BigInteger.ZERO;
    BigInteger debits = BigInteger.ZERO;
    BigInteger credits = BigInteger.ZERO;
    int count = 0;
    for (Line line : lines) {
      LocalDate its = line.occurred.atZone(zone).toLocalDate();
      if (its.isBefore(day)) {
        opening = opening.add(line.amount);
      } else if (its.equals(day)) {
        count++;
        if (line.amount.signum() > 0) {
          debits = debits.add(line.amount);
        } else {
          credits = credits.subtract(line.amount);
        }
      }
    }
    BigInteger closing = opening.add(debits).subtract(credits);
    return "|" + day + "|" + opening + "|" + debits + "|" + credits + "|" + closing + "|" + count;
  }

  List<String> prefixes() {
    Map<String, BigInteger> totals = new TreeMap<>();
    for (Line line : lines) {
      String prefix = "";
      for (String part : line.account.split(":", -1)) {
        prefix = prefix.isEmpty() ? part : prefix + ":" + part;
        totals.merge(line.book + "|" + prefix + "|" + line.asset, line.amount, BigInteger::add);
      }
    }
    List<String> rows = new ArrayList<>();
    totals.forEach((key, total) -> rows.add(key + "|" + total));
    return sorted(rows);
  }

  private static List<String> sorted(List<String> rows) {
    rows.sort(null);
    return rows;
  }
}
