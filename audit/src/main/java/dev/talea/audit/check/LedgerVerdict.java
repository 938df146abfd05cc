// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import dev.talea.audit.anchor.AnchorHistory;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What checking a ledger came to. Immutable.
 *
 * @param books in bytewise order of their names, the registry among them
 * @param findings about the ledger as a whole
 * @param anchors that the books were held against; null if there are none that can be read
 */
public record LedgerVerdict(
    List<BookVerdict> books, List<Finding> findings, @Nullable AnchorHistory anchors) {

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
