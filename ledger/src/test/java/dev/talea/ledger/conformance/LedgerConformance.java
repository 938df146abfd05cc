// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.withExtras;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Limits;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What every ledger must do: one set of tests for any {@link dev.talea.ledger.Store}, through
 * {@link dev.talea.ledger.service.LedgerService}, and for any {@link dev.talea.ledger.LedgerApi},
 * such as the client over HTTP.
 *
 * <p>To run it, extend it as {@code SomethingConformanceTest}, make a fresh, empty ledger before
 * each test, return it from {@link #ledger}, and close it after. A ledger that outlives its process
 * implements {@link #reopen} too. The ledger runs under its default limits, with a clock that
 * moves.
 *
 * <p>The tests stand in a chain of superclasses, by subject; this one holds names and limits.
 */
public abstract class LedgerConformance extends PropertyConformance {
  /** Names that somebody's file system, URL, log line or collation would like to change. */
  private static final List<String> NAMES =
      List.of(
          "a/b",
          "/",
          ".",
          "..",
          "../../etc/passwd",
          "a:b",
          ":",
          "a\\b",
          "\\",
          "a\\:b",
          "a b",
          " a ",
          "a",
          "A",
          "счёт",
          "\u00e9",
          "e\u0301",
          "\uD83D\uDCB0 деньги",
          "\uFF21",
          "%2F",
          "%",
          "a+b",
          "a?b=c&d#e;f",
          "\"'`",
          "<b>",
          "CON",
          "LOCK",
          "a.log",
          "a\u2028b",
          "a_b",
          "*",
          "null",
          "{book}");

  @Test
  public void anyNameIsAName() throws Exception {
    for (String name : NAMES) {
      ask().registerAsset(fiat(name));
    }
    assertEquals(upTo(NAMES.size()), seqs(events("_system", NAMES.size())));
    for (String name : NAMES) {
      ask().openAccount(account(name, name, name));
      ask().openAccount(account(name, name + "2", name));
    }
    List<Posted> receipts = new ArrayList<>();
    for (String name : NAMES) {
      Posted receipt = post(move(name, name, name, name + "2", 5, name));
      assertEquals(3, receipt.seq(), name);
      receipts.add(receipt);
    }
    readNames(receipts);
    if (reopen()) {
      readNames(receipts);
    }
  }

  private void readNames(List<Posted> receipts) {
    for (int i = 0; i < NAMES.size(); i++) {
      String name = NAMES.get(i);
      AccountId id = new AccountId(name, name);
      assertEquals(minor(-5), ask().balance(id, null).effective(), name);
      assertEquals(id, ask().balance(id, null).account(), name);
      assertEquals(1, ask().history(id, 0, 10).items().size(), name);
      assertEquals(id, ask().account(id).account().id());
      assertEquals(fiat(name), ask().asset(name));
      assertEquals(3, ask().book(name).lastSeq(), name);
      assertEquals(id, ask().accounts(name, name, null, 1).items().get(0).account().id());
      assertEquals(
          name + "2", ask().accounts(name, "", name, 9).items().get(0).account().id().path());
      assertEquals(name, ask().trialBalance(name, null).lines().get(0).asset());
      TransactionView view = ask().transaction(receipts.get(i).txId());
      assertEquals(List.of(view), ask().transactions(name, 0, 10).items(), name);
      assertEquals(view, ask().transactionByKey(name, name), name);
      assertEquals(name, view.book());
      assertEquals(new AccountId(name, name + "2"), view.postings().get(0).account());
      List<Event> events = events(name, 3);
      assertEquals(
          new Event.TransactionPosted(
              view.txId(), move(name, name, name, name + "2", 5, name).occurredAt(view.at())),
          events.get(2).payload());
    }
  }

  // ---- limits

  @Test
  public void namesReachTheirLimitsAndNoFurther() {
    String asset = bytes(Limits.ASSET_ID_BYTES_MAX);
    String book = bytes(Limits.BOOK_BYTES_MAX);
    String path = bytes(Limits.PATH_BYTES_MAX);
    String key = bytes(Limits.KEY_BYTES_MAX);
    ask().registerAsset(fiat(asset));
    ask().openAccount(account(book, path, asset));
    ask().openAccount(account(book, "other", asset));
    Posted receipt = post(move(book, key, path, "other", 1, asset));
    assertEquals(receipt.txId(), post(move(book, key, path, "other", 1, asset)).txId());
    assertEquals(minor(-1), balance(book, path));
    assertEquals(3, events(book, 3).get(2).seq());

    assertInvalid("id", refusal(() -> ask().registerAsset(fiat(asset + "x"))));
    assertInvalid("book", refusal(() -> ask().openAccount(account(book + "x", path, asset))));
    assertInvalid("path", refusal(() -> ask().openAccount(account(book, path + "x", asset))));
    assertInvalid("asset", refusal(() -> ask().openAccount(account(book, "a", asset + "x"))));
    assertInvalid("book", refusal(() -> post(move(book + "x", key, path, "other", 1, asset))));
    assertInvalid(
        "idempotency_key", refusal(() -> post(move(book, key + "x", path, "other", 1, asset))));
    assertInvalid(
        "postings.account", refusal(() -> post(move(book, "k", path + "x", "other", 1, asset))));
    assertInvalid(
        "postings.amount.asset",
        refusal(() -> post(move(book, "k", path, "other", 1, asset + "x"))));
    assertInvalid(
        "idempotency_key", refusal(() -> post(move(book, "a\tb", path, "other", 1, asset))));
    assertInvalid(
        "idempotency_key", refusal(() -> post(move(book, "a\u0085b", path, "other", 1, asset))));
  }

  /** A name of so many bytes of UTF-8, most of them in characters of several. */
  private static String bytes(int count) {
    String name = "\uD83D\uDE00Ж".repeat(count / 6);
    name += "x".repeat(count - name.getBytes(StandardCharsets.UTF_8).length);
    assertEquals(count, name.getBytes(StandardCharsets.UTF_8).length);
    return name;
  }

  @Test
  public void aTransactionHoldsManyPostingsAndNoMore() {
    openStandardBook();
    List<Posting> postings = new ArrayList<>();
    for (int i = 0; i < Limits.POSTINGS_MAX / 2; i++) {
      postings.add(debit("cash", 1, "USD"));
      postings.add(credit("income", 1, "USD"));
    }
    TransactionDraft largest = draft(BOOK, "k", postings.toArray(Posting[]::new));
    Posted receipt = post(largest);
    assertEquals(minor(Limits.POSTINGS_MAX / 2), balance("cash"));
    TransactionView view = ask().transaction(receipt.txId());
    assertEquals(Limits.POSTINGS_MAX, view.postings().size());
    assertEquals(
        Limits.POSTINGS_MAX / 2,
        ask().history(new AccountId(BOOK, "cash"), 0, 1).items().size(),
        "a page holds whole transactions, however large");
    assertEquals(
        new Event.TransactionPosted(receipt.txId(), largest.occurredAt(receipt.at())),
        events(BOOK, 4).get(3).payload());
    postings.add(debit("cash", 1, "USD"));
    assertInvalid(
        "postings", refusal(() -> post(draft(BOOK, "more", postings.toArray(Posting[]::new)))));
  }

  @Test
  public void refsAndMetadataReachTheirLimitsAndNoFurther() {
    openStandardBook();
    ExternalRef ref = new ExternalRef("k".repeat(1024), "v".repeat(1024));
    List<ExternalRef> refs = Collections.nCopies(Limits.REFS_MAX, ref);
    String metadata = "\"" + "é".repeat(Limits.METADATA_BYTES_MAX / 2 - 1) + "\"";
    TransactionDraft largest = withExtras(income("k", 1), refs, metadata, null);
    Posted receipt = post(largest);
    TransactionView view = ask().transaction(receipt.txId());
    assertEquals(refs, view.externalRefs());
    assertEquals(metadata, "" + view.metadata());
    assertEquals(
        new Event.TransactionPosted(receipt.txId(), largest.occurredAt(receipt.at())),
        events(BOOK, 4).get(3).payload());

    List<ExternalRef> more = new ArrayList<>(refs);
    more.add(ref);
    assertInvalid(
        "external_refs", refusal(() -> post(withExtras(income("x", 1), more, null, null))));
    List<ExternalRef> longer = List.of(new ExternalRef("k", "v".repeat(1025)));
    assertInvalid(
        "external_refs.value", refusal(() -> post(withExtras(income("x", 1), longer, null, null))));
    assertInvalid(
        "metadata",
        refusal(
            () ->
                post(
                    withExtras(
                        income("x", 1),
                        List.of(),
                        "\"" + "x".repeat(Limits.METADATA_BYTES_MAX - 1) + "\"",
                        null))));
  }

  @Test
  public void metadataNestsDeepAndNoDeeper() {
    openStandardBook();
    for (int depth : new int[] {60, 63}) {
      String nested = "[".repeat(depth) + "]".repeat(depth);
      Posted receipt = post(withExtras(income("k" + depth, 1), List.of(), nested, null));
      assertEquals(nested, "" + ask().transaction(receipt.txId()).metadata());
      Event event = events(BOOK, (int) receipt.seq()).get((int) receipt.seq() - 1);
      assertEquals(receipt.at(), event.at());
    }
    String tooDeep = "[".repeat(64) + "]".repeat(64);
    assertEquals(
        "invalid_draft",
        refusal(() -> post(withExtras(income("x", 1), List.of(), tooDeep, null))).code());
    assertTrue(ask().postBatch(List.of(income("y", 1))).get(0) instanceof Posted);
  }
}
