// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.util.List;

/**
 * Whether what was measured was also right: a fast answer that is wrong has no speed.
 *
 * @param passed no finding contradicts what was acknowledged
 * @param checked what was looked at, a sentence for people
 * @param findings what was wrong, each naming expected and actual; empty if it passed
 */
public record Verification(boolean passed, String checked, List<String> findings) {

  public Verification {
    findings = List.copyOf(findings);
    if (passed != findings.isEmpty()) {
      throw new IllegalArgumentException(
          "a verification passes if and only if there are no findings: " + findings);
    }
  }

  /** Passed, with what was looked at. */
  public static Verification passed(String checked) {
    return new Verification(true, checked, List.of());
  }
}
