// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.head.LedgerHead;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The head of the ledger that commands work under: one that was kept, or that of the moment.
 * Stateless.
 */
final class HeadOfLedger {
  private HeadOfLedger() {}

  /**
   * Finds it.
   *
   * @param kept a file with a head; null for that of the moment
   * @throws MalformedException if the ledger does not begin with what it is a head of
   */
  static LedgerHead find(Shell shell, LedgerDirectory ledger, @Nullable Path kept) {
    LedgerOrigin origin = FoundSettings.origin(shell);
    if (kept == null) {
      LedgerHead now = LedgerHead.now(ledger.files(), origin);
      if (now == null) {
        throw new FailedException(HeadCommand.notAnchored(ledger.path()));
      }
      return now;
    }
    SignedCheckpoint head = read(shell, kept);
    LedgerHead under = LedgerHead.under(head, ledger.files());
    if (origin.isGiven() && !origin.equals(under.origin())) {
      throw new FailedException(
          "%s is a head of '%s', and TALEA_ORIGIN is '%s': it is of another ledger."
              .formatted(kept, head.checkpoint().origin(), origin));
    }
    return under;
  }

  /** Reads a head from its file. */
  static SignedCheckpoint read(Shell shell, Path file) {
    try {
      return SignedCheckpoint.parse(Files.readAllBytes(shell.directory().resolve(file)));
    } catch (MalformedException e) {
      throw new FailedException(file + " is no head: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new FailedException(file + " cannot be read: " + FileTrouble.words(e), e);
    }
  }
}
