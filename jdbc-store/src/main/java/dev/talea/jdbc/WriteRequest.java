// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.TransactionDraft;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * A write on its way: what is wanted of which book, and the future of the caller that waits.
 * Immutable but for the future and what an attempt leaves behind; those belong to the writer
 * thread.
 */
abstract sealed class WriteRequest {
  /** An asset or an account with names of the usual lengths, and the request around it. */
  private static final int SMALL_BYTES = 1_000;

  /** The book whose counter it needs. */
  final String book;

  private WriteRequest(String book) {
    this.book = book;
  }

  /** Drafts, or one for anything else. */
  abstract int weight();

  /** About how much memory it takes. */
  abstract long bytes();

  /** Nothing became of it, for this reason. */
  abstract void fail(Throwable why);

  /** Wants an asset registered. */
  static final class Register extends WriteRequest {
    final Asset asset;
    final CompletableFuture<Void> future = new CompletableFuture<>();

    Register(Asset asset) {
      super(DraftRules.SYSTEM_BOOK);
      this.asset = asset;
    }

    @Override
    int weight() {
      return 1;
    }

    @Override
    long bytes() {
      return SMALL_BYTES;
    }

    @Override
    void fail(Throwable why) {
      future.completeExceptionally(why);
    }
  }

  /** Wants an account opened. */
  static final class Open extends WriteRequest {
    final Account account;
    final CompletableFuture<Void> future = new CompletableFuture<>();

    Open(Account account) {
      super(account.id().book());
      this.account = account;
    }

    @Override
    int weight() {
      return 1;
    }

    @Override
    long bytes() {
      return SMALL_BYTES;
    }

    @Override
    void fail(Throwable why) {
      future.completeExceptionally(why);
    }
  }

  /** Wants drafts posted. */
  static final class Commit extends WriteRequest {
    final List<TransactionDraft> drafts;
    final boolean atomic;
    private final long bytes;
    final CompletableFuture<List<PostResult>> future = new CompletableFuture<>();

    /**
     * The ids that earlier attempts gave to drafts before the answer to their COMMIT was lost. A
     * transaction that is there with the id we gave it is ours, not that of another caller.
     */
    private final Map<String, UUID> maybeCommitted = new HashMap<>();

    Commit(String book, List<TransactionDraft> drafts, boolean atomic) {
      super(book);
      this.drafts = drafts;
      this.atomic = atomic;
      this.bytes = drafts.stream().mapToLong(PageFill::bytes).sum();
    }

    @Override
    long bytes() {
      return bytes;
    }

    @Override
    int weight() {
      return Math.max(1, drafts.size());
    }

    @Override
    void fail(Throwable why) {
      future.completeExceptionally(why);
    }

    /** The database is about to be asked to commit a draft under this id. */
    void mayBecome(String key, UUID txId) {
      maybeCommitted.put(key, txId);
    }

    /**
     * Whether the transaction that is there was committed by an earlier attempt of this request.
     */
    boolean committed(String key, UUID txId) {
      return txId.equals(maybeCommitted.get(key));
    }
  }

  /** A failure for all of them, each with an exception of its own. */
  static void failAll(List<WriteRequest> requests, SqlFailure failure, Throwable cause) {
    for (WriteRequest request : requests) {
      LedgerException why = failure.exception(cause);
      request.fail(why);
    }
  }
}
