// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.audit.evidence.TransactionEvidence;
import dev.talea.audit.head.LedgerHead;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.TlogProof;
import dev.talea.index.LedgerSnapshot;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.json.TransactionJson;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
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
          + " tools check without the ledger. With --out also FILE.anchor, the proof that the head"
          + " of the book is under that of the ledger, and FILE.accounts, the proofs of which"
          + " accounts it is about.",
      "Takes no lock and touches nothing; a server may be running. Exit code 1 if the transaction"
          + " is not anchored yet."
    })
final class ProveCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "DIR", description = "The directory of the ledger.")
  private String directory = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TX_ID",
      description = "The id of the transaction.")
  private @Nullable UUID txId;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "Where the proof goes, a file that is not there yet; standard output otherwise.")
  private @Nullable Path out;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description =
          "A head of the ledger that was kept, as 'talea head --sign' prints it: the proof is made"
              + " under it, with its signatures. Else under the head of the moment, unsigned.")
  private @Nullable Path checkpoint;

  @Option(
      names = "--extends",
      paramLabel = "OLD",
      description =
          "No transaction, but that the head of the ledger extends an older one, in the file"
              + " OLD: what"
              + " a witness is sent, and anyone who kept OLD can check.")
  private @Nullable Path old;

  @Option(
      names = "--json",
      description =
          "Prints the transaction as 'talea tx' does, and its proofs as texts, in one object of"
              + " JSON; with --out beside the files that are written.")
  private boolean json;

  private final Shell shell;

  ProveCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    if ((txId == null) == (old == null)) {
      throw new UsageException("name the transaction TX_ID, or an older head with --extends");
    }
    if (json && old != null) {
      throw new UsageException("--json shows a transaction, and with --extends there is none");
    }
    LedgerDirectory ledger = LedgerDirectory.of(shell, directory);
    try {
      if (txId != null) {
        prove(ledger, txId);
      } else if (old != null) {
        extension(ledger, old);
      }
    } catch (MalformedException e) {
      throw new FailedException(
          "Nothing is proven: the ledger does not hash to what it was: " + e.getMessage(), e);
    }
    shell.out().flush();
    return Main.OK;
  }

  private void prove(LedgerDirectory ledger, UUID id) {
    TransactionView found = LedgerSnapshot.of(ledger.path(), book -> true).transaction(id);
    if (found == null) {
      throw new FailedException("There is no transaction " + id + " in " + ledger.path() + ".");
    }
    TransactionEvidence evidence =
        TransactionEvidence.of(
            HeadOfLedger.find(shell, ledger, checkpoint), found.book(), found.seq());
    if (evidence == null) {
      throw new FailedException(
          ("Not anchored yet: record %d of book '%s' is behind the newest anchor of it%s. A"
                  + " server anchors once a minute, and when it stops.")
              .formatted(
                  found.seq(), found.book(), checkpoint == null ? "" : " under " + checkpoint));
    }
    Path file = out;
    if (file != null) {
      writeAll(file, evidence);
    }
    if (json) {
      String text = PrettyJson.of(json(found, evidence));
      shell.out().line(shell.outIsTerminal() ? Terminal.safeLines(text) : text);
    } else if (file == null) {
      shell.out().line(text(evidence.transaction()).stripTrailing());
    }
  }

  private void writeAll(Path file, TransactionEvidence evidence) {
    Path anchor = beside(file, ".anchor");
    Path accounts = beside(file, ".accounts");
    for (Path each : List.of(file, anchor, accounts)) {
      if (Files.exists(shell.directory().resolve(each))) {
        throw new FailedException(each + " is there already. Name another file.");
      }
    }
    write(file, evidence.transaction().bytes());
    write(anchor, evidence.anchor().bytes());
    write(accounts, evidence.accountsFile());
  }

  private static String json(TransactionView found, TransactionEvidence evidence) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      out.writeFieldName("transaction");
      out.writeRawValue(new String(TransactionJson.write(found), StandardCharsets.UTF_8));
      out.writeStringField("proof", text(evidence.transaction()));
      out.writeStringField("anchor", text(evidence.anchor()));
      out.writeArrayFieldStart("accounts");
      for (TlogProof each : evidence.accounts()) {
        out.writeString(text(each));
      }
      out.writeEndArray();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a writer in memory has none
    }
    return text.toString();
  }

  private static String text(TlogProof proof) {
    return new String(proof.bytes(), StandardCharsets.UTF_8);
  }

  /** The name of a file that goes with a proof. */
  static Path beside(Path proof, String ending) {
    return proof.resolveSibling(proof.getFileName() + ending);
  }

  private void extension(LedgerDirectory ledger, Path file) {
    Checkpoint before = HeadOfLedger.read(shell, file).checkpoint();
    LedgerHead head = HeadOfLedger.find(shell, ledger, checkpoint);
    byte[] body = head.extending(before).bytes();
    if (out == null) {
      shell.out().line(new String(body, StandardCharsets.UTF_8).stripTrailing());
    } else {
      write(out, body);
    }
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
