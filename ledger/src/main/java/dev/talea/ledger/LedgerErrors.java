// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import dev.talea.ledger.LedgerError.Internal;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Finds the ledger's own answer inside what a future failed with. */
public final class LedgerErrors {
  /** What a caller is told of a fault that is ours; the detail goes to the log. */
  public static final String INTERNAL_MESSAGE = "internal error";

  private LedgerErrors() {}

  /** The failure without the wrappers that futures put around it. */
  public static Throwable unwrap(Throwable failure) {
    Throwable inner = failure;
    while ((inner instanceof CompletionException || inner instanceof ExecutionException)
        && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  /** The ledger's answer; {@code internal} if it is none of the ledger's making. */
  public static LedgerError of(Throwable failure) {
    return unwrap(failure) instanceof LedgerException answer
        ? answer.error()
        : new Internal(INTERNAL_MESSAGE);
  }
}
