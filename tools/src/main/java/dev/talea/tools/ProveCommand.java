// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.head.BookHead;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.TlogProof;
import dev.talea.index.LedgerSnapshot;
import dev.talea.ledger.TransactionView;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea prove}. */
@Command(
    name = "prove",
    description = {
      "Writes a proof that a transaction is in its book, which 'talea check' and other people's"
          + " tools check without the ledger.",
      "Takes no lock and touches nothing; a server may be running."
    })
final class ProveCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "DIR", description = "The directory of the ledger.")
  private String directory = "";

  @Parameters(index = "1", paramLabel = "TX_ID", description = "The id of the transaction.")
  private UUID txId = new UUID(0, 0);

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "Where the proof goes, a file that is not there yet; standard output otherwise.")
  private @Nullable Path out;

  private final Shell shell;

  ProveCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    LedgerDirectory ledger = LedgerDirectory.of(shell, directory);
    TransactionView found = LedgerSnapshot.of(ledger.path(), book -> true).transaction(txId);
    if (found == null) {
      throw new FailedException("There is no transaction " + txId + " in " + ledger.path() + ".");
    }
    BookHead head = BookHead.of(ledger.files(), found.book());
    byte[] proof;
    try {
      TlogProof made = head.prove(found.seq());
      proof = made.bytes();
    } catch (MalformedException e) {
      throw new FailedException(
          "Book '" + found.book() + "' does not hash to its own head: " + e.getMessage(), e);
    }
    Path file = out;
    if (file == null) {
      shell.out().line(new String(proof, StandardCharsets.UTF_8).stripTrailing());
      shell.out().flush();
    } else {
      write(file, proof);
    }
    return Main.OK;
  }

  private void write(Path file, byte[] proof) {
    try {
      Files.write(shell.directory().resolve(file), proof, StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      throw new FailedException(file + " is there already. Name another file.", e);
    } catch (IOException e) {
      throw new FailedException(file + " cannot be written: " + FileTrouble.words(e), e);
    }
  }
}
