// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.head.BookHead;
import dev.talea.audit.head.LedgerHead;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.NoteSignature;
import dev.talea.audit.proof.Policy;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.TimestampQuery;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code talea head}, and the group of commands about heads of logs and the keys that sign them.
 */
@Command(
    name = "head",
    description = {
      "Prints the head of the ledger, which is that of its log _anchors: its name, its size, and"
          + " the"
          + " hash over the heads of all books, in three lines to keep, and signed if wanted. With"
          + " --book the head of one book. 'talea verify --since-head' holds a later ledger against"
          + " it.",
      "Takes no lock and touches nothing in the ledger; a server may be running."
    },
    subcommands = KeygenCommand.class)
final class HeadCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", arity = "0..1", description = "The directory of the ledger.")
  private @Nullable String directory;

  @Option(names = "--book", paramLabel = "B", description = "The head of this book, unsigned.")
  private @Nullable String book;

  @Option(
      names = "--sign",
      paramLabel = "KEYFILE",
      description =
          "Signs it with this key, whose name has to be that of the log. KEYFILE.last keeps what"
              + " was"
              + " signed last; a head that does not extend that is refused.")
  private @Nullable Path sign;

  @Option(
      names = "--witness",
      paramLabel = "URL",
      description =
          "Has it signed by this witness too; may be given several times. Needs --sign and"
              + " --policy.")
  private List<String> witnesses = new ArrayList<>();

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description =
          "Names the keys of witnesses, and how many of them are enough; with fewer nothing is"
              + " printed.")
  private @Nullable Path policy;

  @Option(
      names = "--timestamp-query",
      paramLabel = "FILE",
      description =
          "Writes a query to a timestamp authority (RFC 3161) over the bytes that are printed,"
              + " into a"
              + " file that is not there yet.")
  private @Nullable Path timestampQuery;

  private final Shell shell;

  HeadCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    String place = directory;
    if (place == null) {
      // Not marked as required, which would make 'head keygen' ask for it.
      throw new UsageException("name the directory DIR of the ledger");
    }
    if (!witnesses.isEmpty() && (sign == null || policy == null)) {
      throw new UsageException(
          "--witness needs --sign, as witnesses sign what the log has signed, and --policy, which"
              + " names their keys");
    }
    if (policy != null && witnesses.isEmpty()) {
      throw new UsageException("--policy says whose signatures count: name the --witness");
    }
    LedgerDirectory ledger = LedgerDirectory.of(shell, place);
    LedgerOrigin origin = FoundSettings.origin(shell);
    byte[] printed = book == null ? ofLedger(ledger, origin) : ofBook(ledger, origin, book);
    if (timestampQuery != null) {
      writeQuery(timestampQuery, printed);
    }
    // The text ends with a line feed of its own.
    shell.out().line(new String(printed, StandardCharsets.UTF_8).stripTrailing());
    shell.out().flush();
    return Main.OK;
  }

  private byte[] ofBook(LedgerDirectory ledger, LedgerOrigin origin, String of) {
    if (sign != null) {
      throw new UsageException(
          "only the head of the ledger is signed: it stands for those of all books. Leave out"
              + " --book");
    }
    ledger.requireBook(of);
    BookHead head = BookHead.of(ledger.files(), of, origin);
    return SignedCheckpoint.unsigned(head.checkpoint()).bytes();
  }

  private byte[] ofLedger(LedgerDirectory ledger, LedgerOrigin origin) {
    LedgerHead found = LedgerHead.now(ledger.files(), origin);
    if (found == null) {
      throw new FailedException(notAnchored(ledger.path()));
    }
    BookHead head = found.head();
    Path key = sign;
    if (key == null) {
      return SignedCheckpoint.unsigned(head.checkpoint()).bytes();
    }
    if (!origin.isGiven()) {
      throw new FailedException(
          "Not signed: TALEA_ORIGIN is not set, and a signature under no name says nothing. Set"
              + " it to"
              + " a name that is yours, such as ledger.example.com, where the server has its"
              + " settings.");
    }
    Policy wanted = policy == null ? null : policy(policy);
    HeadSigner.Signed signed = HeadSigner.of(shell.directory().resolve(key)).sign(head);
    return wanted == null ? signed.head().bytes() : witnessed(head, signed, wanted).bytes();
  }

  /** What is to be done where nothing is anchored. */
  static String notAnchored(Path ledger) {
    return "Not anchored yet: there is no log _anchors in "
        + ledger
        + ". A server that serves this ledger makes it within a minute, and when it stops.";
  }

  private SignedCheckpoint witnessed(BookHead head, HeadSigner.Signed signed, Policy wanted) {
    WitnessClient client = new WitnessClient();
    Checkpoint before = signed.before();
    long seen = before == null ? 0 : before.size();
    SignedCheckpoint all = signed.head();
    for (String url : witnesses) {
      try {
        for (NoteSignature each : client.ask(url, head, signed.head(), seen, wanted.witnesses())) {
          all = all.with(each);
        }
      } catch (FailedException e) {
        shell.err().println("talea head: " + Terminal.safe("" + e.getMessage()));
      }
    }
    Policy.Finding finding = wanted.judge(all);
    if (!finding.isAccepted()) {
      throw new FailedException("Nothing is printed: " + finding.words().get(0) + ".");
    }
    return all;
  }

  private Policy policy(Path file) {
    try {
      return Policy.parse(Files.readAllBytes(shell.directory().resolve(file)));
    } catch (MalformedException e) {
      throw new UsageException("" + e.getMessage());
    } catch (IOException e) {
      throw new FailedException(file + " cannot be read: " + FileTrouble.words(e), e);
    }
  }

  private void writeQuery(Path file, byte[] printed) {
    try {
      Files.write(
          shell.directory().resolve(file),
          TimestampQuery.of(printed, SystemChance.strong().nextLong()),
          StandardOpenOption.CREATE_NEW);
    } catch (IOException e) {
      throw new FailedException(file + " cannot be written: " + FileTrouble.words(e), e);
    }
  }
}
