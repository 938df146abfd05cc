// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import java.util.List;
import java.util.stream.Stream;

/**
 * What checking a ledger came to. Immutable.
 *
 * @param books in bytewise order of their names, the registry among them
 * @param findings about the ledger as a whole
 */
public record LedgerVerdict(List<BookVerdict> books, List<Finding> findings) {

  public LedgerVerdict {
    books = List.copyOf(books);
    findings = List.copyOf(findings);
  }

  /** Whether nothing is wrong; there may be warnings. */
  public boolean isRight() {
    return all().noneMatch(finding -> finding.level() == Finding.Level.WRONG);
  }

  private Stream<Finding> all() {
    return Stream.concat(
        findings.stream(), books.stream().flatMap(book -> book.findings().stream()));
  }
}
