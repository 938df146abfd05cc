// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Short ways to say what tests say often: an asset, an account, a transaction. */
public final class Drafts {
  private Drafts() {}

  /** A fiat asset with two fraction digits. */
  public static Asset fiat(String id) {
    return new Asset(id, AssetClass.FIAT, 2, "Money called " + id);
  }

  /** An account without a side or a floor. */
  public static Account account(String book, String path, String asset) {
    return new Account(new AccountId(book, path), asset, AccountKind.ASSET, null, null);
  }

  /** An account with a floor. */
  public static Account account(
      String book, String path, String asset, @Nullable Side normalSide, long minBalance) {
    return new Account(
        new AccountId(book, path), asset, AccountKind.LIABILITY, normalSide, Int128.of(minBalance));
  }

  /** A posting to the debit side. */
  public static Posting debit(String path, long minor, String asset) {
    return new Posting(path, Int128.of(minor), asset, Side.DEBIT);
  }

  /** A posting to the credit side. */
  public static Posting credit(String path, long minor, String asset) {
    return new Posting(path, Int128.of(minor), asset, Side.CREDIT);
  }

  /** A transaction of these postings and nothing else. */
  public static TransactionDraft draft(String book, String key, Posting... postings) {
    return new TransactionDraft(book, key, List.of(postings), List.of(), null, null);
  }

  /** The plain case: {@code minor} from one account to another. */
  public static TransactionDraft move(
      String book, String key, String from, String to, long minor, String asset) {
    return draft(book, key, debit(to, minor, asset), credit(from, minor, asset));
  }

  /** The same draft under another key. */
  public static TransactionDraft withKey(TransactionDraft draft, String key) {
    return new TransactionDraft(
        draft.book(),
        key,
        draft.postings(),
        draft.externalRefs(),
        draft.metadata(),
        draft.occurredAt());
  }

  /** The same draft with other postings. */
  public static TransactionDraft withPostings(TransactionDraft draft, List<Posting> postings) {
    return new TransactionDraft(
        draft.book(),
        draft.idempotencyKey(),
        postings,
        draft.externalRefs(),
        draft.metadata(),
        draft.occurredAt());
  }

  /** The same draft with what surrounds the money replaced. */
  public static TransactionDraft withExtras(
      TransactionDraft draft,
      List<ExternalRef> refs,
      @Nullable String metadata,
      @Nullable Instant occurredAt) {
    return new TransactionDraft(
        draft.book(),
        draft.idempotencyKey(),
        draft.postings(),
        refs,
        metadata == null ? null : new JsonText(metadata),
        occurredAt);
  }

  /** {@code count} transactions of one minor unit each, numbered from 0. */
  public static List<TransactionDraft> moves(
      String book, String prefix, String from, String to, int count, String asset) {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      drafts.add(move(book, prefix + i, from, to, 1, asset));
    }
    return drafts;
  }
}
