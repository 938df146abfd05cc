// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.evidence;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.anchor.AnchorRecord;
import dev.talea.audit.anchor.AnchorRecord.Anchor;
import dev.talea.audit.evidence.ProvenRecord.Line;
import dev.talea.audit.evidence.ProvenRecord.Opened;
import dev.talea.audit.evidence.ProvenRecord.Posted;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.Hash;
import dev.talea.audit.proof.Leaf;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.Policy;
import dev.talea.audit.proof.ProofCheck;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.TlogProof;
import dev.talea.audit.proof.Verdict;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Micros;
import dev.talea.log.disk.LogFiles;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks a proof together with what lies beside it: the proof that its head was anchored, so that
 * the signatures of the ledger's head count for it, and the proofs that say which accounts its
 * numbers are. Nothing in those files is believed that does not hash to a head. Stateless.
 */
public final class EvidenceCheck {
  /** What a file of accounts may have: 8192 proofs of four kilobytes, and again as much. */
  public static final int ACCOUNTS_BYTES_MAX = 64 * 1024 * 1024;

  private static final String FIRST_LINE = TlogProof.FIRST_LINE + "\n";

  /** The last microsecond of the year 9999, behind which a time is shown as a number. */
  private static final long LAST_MICRO = 253_402_300_799_999_999L;

  private EvidenceCheck() {}

  /**
   * Checks a proof.
   *
   * @param file the proof file
   * @param leaf see {@link ProofCheck}
   * @param anchor the file {@code .anchor}, if there is one
   * @param accounts the file {@code .accounts}, if there is one
   * @param policy whose signatures count; without one nothing is known of who made the files
   */
  public static Verdict check(
      byte[] file,
      byte @Nullable [] leaf,
      byte @Nullable [] anchor,
      byte @Nullable [] accounts,
      @Nullable Policy policy) {
    return ProofCheck.check(
        file,
        leaf,
        policy,
        (proof, content) -> {
          List<String> details = new ArrayList<>();
          if (accounts != null) {
            transaction(proof, content, accounts, details);
          }
          return new ProofCheck.Backing(
              anchor == null ? proof.head() : anchored(proof, anchor, details), details);
        });
  }

  // ------------------------------------------------------------------ the anchor

  private static SignedCheckpoint anchored(TlogProof proof, byte[] file, List<String> details) {
    TlogProof anchor = proof("the anchor beside it", file);
    byte[] content = content("the anchor beside it", anchor);
    AnchorRecord.Stamped found;
    try {
      found = AnchorRecord.decode(ByteBuffer.wrap(content));
    } catch (MalformedException e) {
      throw new MalformedException("the anchor beside it: " + e.getMessage());
    }
    if (!(found.record() instanceof Anchor is)) {
      throw new MalformedException(
          "the anchor beside it says that book '" + found.record().book() + "' was cut");
    }
    Checkpoint due = proof.head().checkpoint();
    Checkpoint under = anchor.head().checkpoint();
    LedgerOrigin origin = LedgerOrigin.inNameOf(under.origin());
    boolean isOfBook =
        under.origin().equals(origin.nameOf(AnchorLog.NAME))
            && due.origin().equals(origin.nameOf(LogFiles.folderName(is.book())))
            && is.head().size() == due.size();
    if (!isOfBook) {
      throw new MalformedException(
          ("the anchor beside it is of %d records of book '%s' in '%s', and the proof of %d"
                  + " records of '%s'")
              .formatted(is.head().size(), is.book(), under.origin(), due.size(), due.origin()));
    }
    if (!Hash.of(is.head().root()).equals(due.root())) {
      throw new MalformedException(
          "the anchor beside it is of another history of '" + due.origin() + "'");
    }
    details.add(
        "its head was anchored at %s by record %d of %d in '%s'"
            .formatted(time(found.atMicros()), anchor.seq(), under.size(), under.origin()));
    return anchor.head();
  }

  private static TlogProof proof(String what, byte[] file) {
    try {
      return TlogProof.parse(file);
    } catch (MalformedException e) {
      throw new MalformedException(what + " is no proof: " + e.getMessage());
    }
  }

  /** The content that came along, which hashes to the head. */
  private static byte[] content(String what, TlogProof proof) {
    byte[] content = proof.extra();
    if (content == null) {
      throw new MalformedException(what + " comes without the content of its record");
    }
    if (!proof.includes(Leaf.hash(proof.seq(), content))) {
      throw new MalformedException(what + " does not hash to the root of its head");
    }
    return content;
  }

  // ------------------------------------------------------------------ the accounts

  private static void transaction(
      TlogProof proof, byte @Nullable [] content, byte[] file, List<String> details) {
    if (content == null) {
      throw new MalformedException(
          "the accounts beside it say nothing without the content of the record");
    }
    ProvenRecord record;
    try {
      record = ProvenRecord.decode(content);
    } catch (MalformedException e) {
      throw new MalformedException(
          "the accounts beside it belong to a transaction, and of this record: " + e.getMessage());
    }
    if (!(record instanceof Posted posted)) {
      throw new MalformedException(
          "the accounts beside it belong to a transaction, and this record opens an account");
    }
    Map<Integer, Opened> accounts = accounts(proof, file);
    details.add("it is transaction %s, committed at %s".formatted(posted.id(), time(posted.at())));
    for (Line line : posted.lines()) {
      details.add(words(line, accounts.get(line.account())));
    }
  }

  private static String words(Line line, @Nullable Opened account) {
    String side = line.credit() ? "credit" : "debit";
    if (account == null) {
      return ("%s %s minor units, account number %s, which is not shown; its debits less credits"
              + " after it %s")
          .formatted(side, line.amount(), Integer.toUnsignedString(line.account()), line.balance());
    }
    Int128 balance = account.creditNormal() ? line.balance().negated() : line.balance();
    return "%s %s %s, account '%s'; its balance after it %s"
        .formatted(
            side,
            line.amount().toDecimalString(account.precision()),
            account.asset(),
            account.path(),
            balance.toDecimalString(account.precision()));
  }

  /** What the file says of accounts, by their numbers. */
  private static Map<Integer, Opened> accounts(TlogProof of, byte[] file) {
    Map<Integer, Opened> accounts = new HashMap<>();
    List<byte[]> files = split(file);
    for (int i = 0; i < files.size(); i++) {
      String what = "proof " + (i + 1) + " of the accounts beside it";
      TlogProof proof = proof(what, files.get(i));
      if (!proof.head().checkpoint().equals(of.head().checkpoint())) {
        throw new MalformedException(what + " is under another head");
      }
      byte[] content = content(what, proof);
      ProvenRecord record;
      try {
        record = ProvenRecord.decode(content);
      } catch (MalformedException e) {
        throw new MalformedException(what + ": " + e.getMessage());
      }
      if (!(record instanceof Opened opened) || proof.seq() >= of.seq()) {
        throw new MalformedException(what + " is of no account that was opened before");
      }
      if (accounts.put(opened.number(), opened) != null) {
        throw new MalformedException(what + " is of an account that another one is of");
      }
    }
    return accounts;
  }

  /** Proofs that lie one behind the other: each begins with a line that is nowhere within one. */
  private static List<byte[]> split(byte[] file) {
    if (file.length > ACCOUNTS_BYTES_MAX) {
      throw new MalformedException(
          "the accounts beside it have more than %d bytes".formatted(ACCOUNTS_BYTES_MAX));
    }
    String all = new String(file, StandardCharsets.ISO_8859_1);
    if (!all.startsWith(FIRST_LINE)) {
      throw new MalformedException("the accounts beside it are no proofs");
    }
    List<byte[]> proofs = new ArrayList<>();
    for (int from = 0; from < file.length; ) {
      int next = all.indexOf("\n" + FIRST_LINE, from);
      int to = next < 0 ? file.length : next + 1;
      proofs.add(Arrays.copyOfRange(file, from, to));
      from = to;
    }
    return proofs;
  }

  private static String time(long micros) {
    return micros < 0 || micros > LAST_MICRO
        ? "microsecond " + micros
        : Micros.instant(micros).toString();
  }
}
