// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.document;

import java.util.List;
import java.util.stream.Collectors;

/** A document is not what it has to be. The message names every fault, one a line. */
public final class DocumentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Fault> faults;

  /**
   * @param what the document, as {@code recipe}
   * @param faults at least one
   */
  public DocumentException(String what, List<Fault> faults) {
    super(what + ": " + faults.stream().map(Fault::toString).collect(Collectors.joining("\n")));
    this.faults = List.copyOf(faults);
  }

  /** What is wrong, in the order it was found. */
  public List<Fault> faults() {
    return faults;
  }

  /** Throws if there is a fault. */
  public static void throwIfAny(String what, List<Fault> faults) {
    if (!faults.isEmpty()) {
      throw new DocumentException(what, faults);
    }
  }
}
