// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.index.record.RecordLayout.*;

import dev.talea.index.keys.KeyHash;
import dev.talea.index.record.Bytes;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.rules.PostingRules;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A draft with its texts in bytes and its accounts found, which is made on the thread that submits
 * it, because the writer has better things to do than to encode UTF-8 and to wait for memory.
 *
 * <p>Immutable.
 *
 * @param accounts of the postings, if all are open and of the right assets; null if the writer has
 *     to look, since one may be opened before it is the draft's turn
 * @param keyHash {@link KeyHash} of the key
 * @param refs as they will lie in the record
 * @param bytesMax length of the record's payload at most
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of buffers, never compared
record PreparedDraft(
    TransactionDraft draft,
    @Nullable List<AccountEntry> accounts,
    byte[] key,
    long keyHash,
    byte[] refs,
    byte @Nullable [] metadata,
    int bytesMax) {
  private static final byte[] NO_BYTES = {};

  static PreparedDraft of(TransactionDraft draft, KeyHash hash, AccountTable table) {
    List<AccountEntry> accounts = new ArrayList<>(draft.postings().size());
    boolean resolved = PostingRules.resolve(draft, table::find, accounts) == null;
    return of(draft, hash, resolved ? accounts : null);
  }

  /** As above for one whose accounts are known. */
  static PreparedDraft of(
      TransactionDraft draft, KeyHash hash, @Nullable List<AccountEntry> accounts) {
    byte[] key = Bytes.utf8(draft.idempotencyKey());
    byte[] refs = refs(draft.externalRefs());
    JsonText json = draft.metadata();
    byte[] metadata = json == null ? null : Bytes.utf8(json.text());
    int bytesMax =
        TX_POSTINGS
            + draft.postings().size() * (WIDE_POSTING_BYTES + LINK_BYTES)
            + assetsMax(draft.postings()) * (WIDE_TOTALS_BYTES + LINK_BYTES)
            + key.length
            + refs.length
            + (metadata == null ? 0 : metadata.length);
    return new PreparedDraft(draft, accounts, key, hash.of(key), refs, metadata, bytesMax);
  }

  /** Upper bound: an asset that balances takes two postings. */
  private static int assetsMax(List<Posting> postings) {
    String first = postings.get(0).asset();
    for (Posting posting : postings) {
      if (!posting.asset().equals(first)) {
        return postings.size() / 2;
      }
    }
    return 1;
  }

  private static byte[] refs(List<ExternalRef> refs) {
    if (refs.isEmpty()) {
      return NO_BYTES;
    }
    byte[][] texts = new byte[2 * refs.size()][];
    int length = 0;
    for (int i = 0; i < refs.size(); i++) {
      texts[2 * i] = Bytes.utf8(refs.get(i).kind());
      texts[2 * i + 1] = Bytes.utf8(refs.get(i).value());
      length += REF_TEXTS + texts[2 * i].length + texts[2 * i + 1].length;
    }
    ByteBuffer encoded = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < texts.length; i += 2) {
      encoded.putShort((short) texts[i].length).putShort((short) texts[i + 1].length);
      encoded.put(texts[i]).put(texts[i + 1]);
    }
    return encoded.array();
  }
}
