// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.evidence;

import static java.util.Objects.requireNonNull;

import dev.talea.audit.evidence.ProvenRecord.Posted;
import dev.talea.audit.head.BookHead;
import dev.talea.audit.head.LedgerHead;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.TlogProof;
import dev.talea.log.LogCursor;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that there is to hand out about one transaction. Immutable.
 *
 * @param transaction proof of its record under the newest anchored head of its book
 * @param anchor proof of that head under the head of the ledger, with the signatures of that one
 * @param accounts proofs of the records that opened the accounts of its postings, in their order,
 *     under the head of the first
 */
public record TransactionEvidence(
    TlogProof transaction, TlogProof anchor, List<TlogProof> accounts) {

  public TransactionEvidence {
    accounts = List.copyOf(accounts);
  }

  /**
   * Gathers it. Reads the book up to the record for the accounts, besides what the hashes take.
   *
   * @param seq of the transaction in its book
   * @return null if it is not anchored under this head of the ledger
   * @throws MalformedException if the book, or the log of anchors, is not what it was
   */
  public static @Nullable TransactionEvidence of(LedgerHead ledger, String book, long seq) {
    LedgerHead.Anchored anchored = ledger.newest(book);
    if (anchored == null || anchored.book().checkpoint().size() < seq) {
      return null;
    }
    BookHead head = anchored.book();
    TlogProof transaction = head.prove(seq);
    byte[] content = requireNonNull(transaction.extra());
    if (!(ProvenRecord.decode(content) instanceof Posted posted)) {
      throw new MalformedException("record " + seq + " of '" + book + "' is no transaction");
    }
    Set<Integer> wanted = new HashSet<>();
    posted.lines().forEach(line -> wanted.add(line.account()));
    List<TlogProof> accounts = new ArrayList<>();
    LogCursor cursor = anchored.log().cursor(1);
    while (!wanted.isEmpty() && cursor.next() && cursor.seq() < seq) {
      Integer opened = ProvenRecord.accountOpenedBy(cursor.payload());
      if (opened != null && wanted.remove(opened)) {
        accounts.add(head.prove(cursor.seq()));
      }
    }
    return new TransactionEvidence(transaction, anchored.anchor(), accounts);
  }

  /** The file of accounts: proofs one behind the other. */
  public byte[] accountsFile() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    accounts.forEach(proof -> all.writeBytes(proof.bytes()));
    return all.toByteArray();
  }
}
