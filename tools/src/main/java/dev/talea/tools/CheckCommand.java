// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.evidence.EvidenceCheck;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.Policy;
import dev.talea.audit.proof.TlogProof;
import dev.talea.audit.proof.Verdict;
import dev.talea.audit.proof.VerifierKey;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea check}. */
@Command(
    name = "check",
    description = {
      "Checks a proof file (.tlog-proof), with FILE.anchor and FILE.accounts where they lie beside"
          + " it. Needs no ledger and no server.",
      "Without --policy or --vkey it says whether the file contradicts itself, and nothing about"
          + " who made it. Exit code 0 if the proof is right, 3 if it is wrong."
    })
final class CheckCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The proof; - is standard input.")
  private String file = "";

  @ArgGroup private @Nullable Trusted trusted;

  /** What the verifier brings along: one of them, or nothing. */
  static final class Trusted {
    @Option(
        names = "--policy",
        paramLabel = "FILE",
        description = "Whose signatures count: a policy of logs and witnesses.")
    private @Nullable Path policy;

    @Option(
        names = "--vkey",
        paramLabel = "KEY",
        description = "The public key of the log, NAME+ID+BASE64; no witness is asked for then.")
    private @Nullable String vkey;
  }

  @Option(
      names = "--leaf",
      paramLabel = "FILE",
      description =
          "The content of the record, or the 40 bytes of its leaf, for a proof that came without"
              + " content.")
  private @Nullable Path leaf;

  private final Shell shell;

  CheckCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Policy policy = policy();
    byte[] record = leaf == null ? null : read(leaf.toString(), TlogProof.BYTES_MAX);
    Verdict verdict =
        EvidenceCheck.check(
            read(file, TlogProof.BYTES_MAX),
            record,
            readBeside(".anchor", TlogProof.BYTES_MAX),
            readBeside(".accounts", EvidenceCheck.ACCOUNTS_BYTES_MAX),
            policy);
    verdict.lines().forEach(line -> shell.out().line(Terminal.safe(line)));
    return verdict.isRight() ? Main.OK : Main.WRONG;
  }

  private @Nullable Policy policy() {
    if (trusted == null) {
      return null;
    }
    try {
      return trusted.policy != null
          ? Policy.parse(read(trusted.policy.toString(), Policy.BYTES_MAX))
          : Policy.ofLog(VerifierKey.parse("" + trusted.vkey));
    } catch (MalformedException e) {
      // What the verifier brings along is no part of what is checked.
      throw new UsageException("" + e.getMessage());
    }
  }

  /** What lies beside the proof under its name and an ending; null if nothing does. */
  private byte @Nullable [] readBeside(String ending, int bytesMax) {
    return !file.equals("-") && Files.exists(shell.directory().resolve(file + ending))
        ? read(file + ending, bytesMax)
        : null;
  }

  /** One byte more than may be, so that the check says that it is too long. */
  private byte[] read(String name, int bytesMax) {
    try (InputStream in =
        name.equals("-") ? shell.in() : Files.newInputStream(shell.directory().resolve(name))) {
      return in.readNBytes(bytesMax + 1);
    } catch (NoSuchFileException e) {
      throw new UsageException("there is no file " + Terminal.safe(name));
    } catch (IOException e) {
      throw new FailedException(
          "cannot read " + Terminal.safe(name) + ": " + FileTrouble.words(e), e);
    }
  }
}
