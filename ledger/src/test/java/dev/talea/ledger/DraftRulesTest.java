// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.withExtras;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Unbalanced;
import dev.talea.ledger.json.TransactionJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DraftRulesTest {
  private static final Posting OK = debit("a", 1, "USD");
  private static final Posting ZERO = debit("a", 0, "USD");
  private static final Posting NAMELESS = debit("", 1, "USD");
  private static final Posting MAX = new Posting("a", Int128.MAX, "USD", Side.DEBIT);

  private static void assertField(String field, @Nullable LedgerError error) {
    assertEquals(field, assertInstanceOf(InvalidDraft.class, error).field(), () -> "" + error);
  }

  private static @Nullable LedgerError postings(Posting... postings) {
    return DraftRules.check(draft("b", "k", postings));
  }

  @Test
  void aGoodDraftHasNoFault() {
    assertNull(DraftRules.check(move("b", "k", "x", "y", 1, "USD")));
    assertNull(postings(OK, credit("a", 1, "USD")));
    assertNull(postings(OK, debit("a", 2, "EUR"), credit("b", 2, "EUR"), credit("a", 1, "USD")));
  }

  /** Each draft has this fault and every later one; the earlier must answer. */
  @Test
  void theFirstFaultInTheContractsOrderAnswers() {
    assertField("book", DraftRules.check(draft("", "", ZERO)));
    assertField("book", DraftRules.check(draft("_b", "", ZERO)));
    assertField("idempotency_key", DraftRules.check(draft("b", "")));
    assertField("postings", DraftRules.check(draft("b", "k")));
    assertEquals(new InvalidAmount(Int128.ZERO), postings(ZERO, NAMELESS));
    assertEquals(new InvalidAmount(Int128.ZERO), postings(debit("", 0, "")));
    assertField("postings.account", postings(NAMELESS, ZERO));
    assertField("postings.account", postings(MAX, NAMELESS));
    assertEquals(new InvalidAmount(Int128.of(1)), postings(MAX, OK, ZERO));
    assertEquals(
        new InvalidAmount(Int128.of(1)),
        postings(MAX, debit("x", 9, "EUR"), OK, ZERO),
        "totals run per asset");
    assertEquals(new Unbalanced("USD", Int128.of(1), Int128.ZERO), postings(OK));
    assertEquals(
        new Unbalanced("EUR", Int128.ZERO, Int128.of(2)), postings(OK, credit("a", 2, "EUR")));
  }

  @Test
  void eachSideHasItsOwnRunningTotal() {
    Posting maxCredit = new Posting("b", Int128.MAX, "USD", Side.CREDIT);
    assertNull(postings(MAX, maxCredit));
    assertEquals(new InvalidAmount(Int128.of(1)), postings(MAX, maxCredit, credit("b", 1, "USD")));
    assertEquals(
        new InvalidAmount(Int128.MAX), postings(MAX, debit("x", 1, "EUR"), maxCredit, MAX));
  }

  @Test
  void faultsOfRefsMetadataAndTimeComeLast() {
    TransactionDraft good = move("b", "k", "x", "y", 1, "USD");
    ExternalRef longKind = new ExternalRef("k".repeat(1025), "v");
    assertField(
        "external_refs.kind", DraftRules.check(withExtras(good, List.of(longKind), "{", null)));
    assertField(
        "external_refs",
        DraftRules.check(
            withExtras(
                good, Collections.nCopies(65, new ExternalRef("k", "v")), null, Instant.MAX)));
    assertField("metadata", DraftRules.check(withExtras(good, List.of(), "{", Instant.MAX)));
    assertField("occurred_at", DraftRules.check(withExtras(good, List.of(), "{}", Instant.MAX)));
    assertEquals(
        new Unbalanced("USD", Int128.of(1), Int128.ZERO),
        DraftRules.check(withExtras(draft("b", "k", OK), List.of(longKind), "{", Instant.MAX)));
  }

  @Test
  void metadataMustBeJsonAsTheReaderWouldHaveMadeIt() {
    TransactionDraft good = move("b", "k", "x", "y", 1, "USD");
    for (String json : List.of("{}", "[1.10,-0]", "\"a b\"", "1e400", "false")) {
      assertNull(DraftRules.check(withExtras(good, List.of(), json, null)), json);
    }
    for (String json :
        List.of(
            "",
            "{",
            "{}{}",
            "{\"a\":1,\"a\":2}",
            "[1, 2]",
            " 1",
            "1 ",
            "{}\n",
            "nul",
            "'a'",
            "\uD800",
            "[".repeat(64) + "]".repeat(64),
            "NaN",
            "\uFEFF{}",
            "\"" + "x".repeat(70_000))) {
      assertField("metadata", DraftRules.check(withExtras(good, List.of(), json, null)));
    }
    assertNull(withExtras(good, List.of(), "null", null).metadata());
  }

  /** Answers are read under wider limits than drafts, and so are not taken at their word. */
  @Test
  void metadataOutOfAnAnswerIsCheckedLikeAnyOther() {
    String answer =
        "{\"tx_id\":\"01a1fb3e-b560-72e9-874c-070500000003\",\"book\":\"b\",\"seq\":3,"
            + "\"at\":\"2026-11-20T23:15:53Z\",\"postings\":[],\"external_refs\":[],\"metadata\":";
    for (int depth : new int[] {63, 66}) {
      String nested = "[".repeat(depth) + "]".repeat(depth);
      JsonText metadata =
          TransactionJson.read((answer + nested + "}").getBytes(StandardCharsets.US_ASCII))
              .metadata();
      List<Posting> postings = List.of(OK, credit("b", 1, "USD"));
      LedgerError fault =
          DraftRules.check(new TransactionDraft("b", "k", postings, List.of(), metadata, null));
      if (depth == 63) {
        assertNull(fault);
      } else {
        assertField("metadata", fault);
      }
    }
  }

  @Test
  void namesAreBoundedInBytesAndHoldNoControls() {
    for (String bad :
        List.of(
            "",
            "a\u0000",
            "\n",
            "a\u001f",
            "\u007f",
            "\u0080x",
            "\u009f",
            "\uD800",
            "x\uDC00",
            "\uDE00\uD83D",
            "ж".repeat(65),
            "x".repeat(129))) {
      assertField("book", DraftRules.check(account(bad, "p", "USD")));
      assertField("book", DraftRules.check(draft(bad, "k", OK)));
    }
    for (String good :
        List.of(" ", "\u00a0", "\u2028", "\uFFFF", "ж".repeat(64), "\uD83D\uDE00".repeat(32))) {
      assertNull(DraftRules.check(account(good, good, "USD")), good);
    }
    assertField("path", DraftRules.check(account("b", "x".repeat(513), "USD")));
    assertNull(DraftRules.check(account("b", "x", "")), "an asset that is not registered");
    assertField("asset", DraftRules.check(account("b", "x", "x".repeat(65))));
    assertField("id", DraftRules.check(fiat("x".repeat(65))));
    assertEquals(new Unbalanced("", Int128.of(1), Int128.ZERO), postings(debit("a", 1, "")));
    assertField("postings.amount.asset", postings(debit("a", 1, "x".repeat(65))));
    assertField("postings.amount.asset", postings(OK, debit("a", 1, "\uDC00")));
  }

  @Test
  void assetsAreChecked() {
    assertNull(DraftRules.check(new Asset("A", AssetClass.FIAT, 0, "")));
    assertNull(DraftRules.check(new Asset("A", new AssetClass.Crypto("n", null), 255, "x\ny")));
    assertField("precision", DraftRules.check(new Asset("A", AssetClass.FIAT, 256, "")));
    assertField("precision", DraftRules.check(new Asset("A", AssetClass.FIAT, -1, "")));
    assertField("name", DraftRules.check(new Asset("A", AssetClass.FIAT, 1, "x".repeat(1025))));
    assertField("name", DraftRules.check(new Asset("A", AssetClass.FIAT, 1, "\uD800")));
    assertField(
        "network", DraftRules.check(new Asset("A", new AssetClass.Crypto("", null), 1, "")));
    assertField(
        "native_id", DraftRules.check(new Asset("A", new AssetClass.Crypto("n", ""), 1, "")));
  }

  @Test
  void newNamesAndReferencesHoldNoControls() {
    for (String bad : List.of("a\u0000", "\n", "\u001b[2J", "\u007f", "\u009b2J")) {
      Asset asset = new Asset("A", AssetClass.FIAT, 2, bad);
      assertNull(DraftRules.check(asset), "what was registered before stays");
      assertField("name", DraftRules.checkNew(asset));
      TransactionDraft kind =
          withRefs(
              draft("b", "k", debit("a", 1, "USD"), credit("b", 1, "USD")),
              new ExternalRef(bad, "v"));
      assertField("external_refs.kind", DraftRules.checkNew(kind));
      TransactionDraft value =
          withRefs(
              draft("b", "k", debit("a", 1, "USD"), credit("b", 1, "USD")),
              new ExternalRef("k", bad));
      assertNull(DraftRules.check(value), "what was posted before stays");
      assertField("external_refs.value", DraftRules.checkNew(value));
    }
    assertNull(DraftRules.checkNew(new Asset("A", AssetClass.FIAT, 2, "\u20ac \u2028")));
  }

  private static TransactionDraft withRefs(TransactionDraft draft, ExternalRef... refs) {
    return new TransactionDraft(
        draft.book(), draft.idempotencyKey(), draft.postings(), List.of(refs), null, null);
  }

  @Test
  void theNumberOfPostingsIsBounded() {
    Posting[] most = new Posting[Limits.POSTINGS_MAX];
    Arrays.setAll(most, i -> i % 2 == 0 ? debit("a", 1, "USD") : credit("b", 1, "USD"));
    assertNull(postings(most));
    Posting[] more = Arrays.copyOf(most, most.length + 1);
    more[most.length] = ZERO;
    assertField("postings", postings(more));
  }

  @Test
  void bytewiseOrderIsTheOrderOfUtf8() {
    Random random = new Random(5);
    int[] codePoints = {
      'a', 'b', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff
    };
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      StringBuilder name = new StringBuilder();
      for (int j = random.nextInt(5); j > 0; j--) {
        name.appendCodePoint(codePoints[random.nextInt(codePoints.length)]);
      }
      names.add(name.toString());
    }
    for (String a : names) {
      for (String b : names) {
        int bytewise =
            Arrays.compareUnsigned(
                a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
        assertEquals(Integer.signum(bytewise), Integer.signum(DraftRules.BYTEWISE.compare(a, b)));
      }
    }
    assertNotEquals(0, DraftRules.BYTEWISE.compare("\uD83D\uDE00", "\uFF21"));
  }
}
