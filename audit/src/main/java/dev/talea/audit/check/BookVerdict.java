// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import dev.talea.index.BookCheck;
import dev.talea.log.disk.VerifyReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What checking one book came to. Immutable.
 *
 * @param book its name; {@code _system} for the registry of assets
 * @param bytes what was gone over byte by byte; null if that ended with a finding
 * @param records what was gone over record by record; null if that ended with a finding, and of the
 *     registry
 * @param findings in the order in which they were made
 */
public record BookVerdict(
    String book,
    @Nullable VerifyReport bytes,
    BookCheck.@Nullable Result records,
    List<Finding> findings) {

  public BookVerdict {
    findings = List.copyOf(findings);
  }
}
