// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.check.BookVerdict;
import dev.talea.audit.check.Finding;
import dev.talea.audit.check.LedgerVerdict;
import dev.talea.index.BookCheck;
import dev.talea.jdbc.SqlSnapshot.Checked;
import dev.talea.jdbc.SqlSnapshot.CheckedBook;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The verdict on a ledger in a database in the words of one on logs, so that both are printed and
 * judged alike. Here because neither room knows the other.
 *
 * <p>Stateless.
 */
final class DatabaseVerdict {
  private DatabaseVerdict() {}

  static LedgerVerdict of(Checked checked) {
    return new LedgerVerdict(
        checked.books().stream().map(DatabaseVerdict::book).toList(),
        wrong(checked.findings()),
        null);
  }

  private static BookVerdict book(CheckedBook book) {
    Map<String, BookCheck.Total> totals = new TreeMap<>();
    book.totals()
        .forEach(
            (asset, total) ->
                totals.put(
                    asset,
                    new BookCheck.Total(total.precision(), total.debits(), total.credits())));
    return new BookVerdict(
        book.book(),
        null,
        new BookCheck.Result(
            book.events(),
            Math.toIntExact(book.accounts()),
            book.transactions(),
            totals,
            0,
            List.of(),
            List.of()),
        wrong(book.findings()));
  }

  private static List<Finding> wrong(List<String> findings) {
    return findings.stream().map(each -> new Finding(Finding.Level.WRONG, each)).toList();
  }
}
