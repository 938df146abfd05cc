// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonFactory;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the bodies of requests. What it returns has the right shape and nothing more: sizes,
 * amounts above zero, balance and reserved names are {@link dev.talea.ledger.DraftRules}', the
 * words for kinds and classes {@link AssetDraft}'s and {@link AccountDraft}'s.
 *
 * <p>Refuses with a {@link LedgerException} of {@link InvalidDraft}, field {@code body}, whose
 * reason names the place. Unknown fields are passed over, optional ones may be absent or null, and
 * no key may appear twice anywhere.
 *
 * <p>Stateless; any thread.
 */
public final class DraftReader {
  private static final Side[] SIDES = Side.values();

  private DraftReader() {}

  /** An asset, from the body of its registration. */
  public static Asset asset(byte[] json) {
    return assetDraft(json).asset();
  }

  /** An AssetDraft. */
  public static AssetDraft assetDraft(byte[] json) {
    return read(Json.DRAFT, json, 0, json.length, DraftReader::assetDraft);
  }

  /** An account, from the body of its opening. */
  public static Account account(byte[] json) {
    return accountDraft(json).account();
  }

  /** An AccountDraft. */
  public static AccountDraft accountDraft(byte[] json) {
    return read(Json.DRAFT, json, 0, json.length, DraftReader::accountDraft);
  }

  /** A TransactionDraft. */
  public static TransactionDraft transaction(byte[] json) {
    return transaction(json, 0, json.length);
  }

  /** A TransactionDraft. */
  public static TransactionDraft transaction(byte[] json, int offset, int length) {
    return read(Json.DRAFT, json, offset, length, DraftReader::transaction);
  }

  /** An array of TransactionDrafts; more than {@code countMax} of them are refused. */
  public static List<TransactionDraft> transactions(byte[] json, int countMax) {
    return transactions(json, 0, json.length, countMax);
  }

  /** An array of TransactionDrafts; more than {@code countMax} of them are refused. */
  public static List<TransactionDraft> transactions(
      byte[] json, int offset, int length, int countMax) {
    return read(
        Json.BATCH,
        json,
        offset,
        length,
        in -> {
          List<TransactionDraft> drafts = new ArrayList<>();
          in.array();
          while (in.element()) {
            if (drafts.size() == countMax) {
              throw in.fail("more than the " + countMax + " drafts that a batch may hold");
            }
            drafts.add(transaction(in));
          }
          return drafts;
        });
  }

  private static <T> T read(
      JsonFactory factory, byte[] json, int offset, int length, JsonIn.Body<T> body) {
    return JsonIn.read(
        factory,
        json,
        offset,
        length,
        reason -> new LedgerException(new InvalidDraft("body", reason)),
        body);
  }

  private static AssetDraft assetDraft(JsonIn in) throws IOException {
    String id = null;
    String assetClass = null;
    String network = null;
    String nativeId = null;
    Integer precision = null;
    String name = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "id" -> id = in.text();
        case "class" -> assetClass = in.text();
        case "network" -> network = in.textOrNull();
        case "native_id" -> nativeId = in.textOrNull();
        case "precision" -> precision = in.int32();
        case "name" -> name = in.text();
        default -> in.skip();
      }
    }
    return new AssetDraft(
        in.required(id, "id"),
        in.required(assetClass, "class"),
        network,
        nativeId,
        in.required(precision, "precision"),
        in.required(name, "name"));
  }

  private static AccountDraft accountDraft(JsonIn in) throws IOException {
    String book = null;
    String path = null;
    String asset = null;
    String kind = null;
    Side normalSide = null;
    Int128 minBalance = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "book" -> book = in.text();
        case "path" -> path = in.text();
        case "asset" -> asset = in.text();
        case "kind" -> kind = in.text();
        case "normal_side" -> normalSide = in.isNull() ? null : side(in);
        case "min_balance" -> minBalance = in.isNull() ? null : in.int128(true);
        default -> in.skip();
      }
    }
    return new AccountDraft(
        new AccountId(in.required(book, "book"), in.required(path, "path")),
        in.required(asset, "asset"),
        in.required(kind, "kind"),
        normalSide,
        minBalance);
  }

  private static TransactionDraft transaction(JsonIn in) throws IOException {
    String book = null;
    String key = null;
    List<Posting> postings = null;
    List<ExternalRef> refs = List.of();
    JsonText metadata = null;
    Instant occurredAt = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "book" -> book = in.text();
        case "idempotency_key" -> key = in.text();
        case "postings" -> postings = postings(in);
        case "external_refs" -> refs = externalRefs(in);
        case "metadata" -> metadata = CheckedJson.of(in.json());
        case "occurred_at" -> occurredAt = in.momentOrNull();
        default -> in.skip();
      }
    }
    return new TransactionDraft(
        in.required(book, "book"),
        in.required(key, "idempotency_key"),
        in.required(postings, "postings"),
        refs,
        metadata,
        occurredAt);
  }

  private static List<Posting> postings(JsonIn in) throws IOException {
    List<Posting> postings = new ArrayList<>();
    in.array();
    while (in.element()) {
      postings.add(posting(in));
    }
    return postings;
  }

  private static Posting posting(JsonIn in) throws IOException {
    String account = null;
    Amount amount = null;
    Side direction = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "account" -> account = in.text();
        case "amount" -> amount = Amount.read(in);
        case "direction" -> direction = side(in);
        default -> in.skip();
      }
    }
    Amount money = in.required(amount, "amount");
    return new Posting(
        in.required(account, "account"),
        money.minor(),
        money.asset(),
        in.required(direction, "direction"));
  }

  /** The object {@code {minor, asset}}, which drafts, views and events share. */
  record Amount(Int128 minor, String asset) {
    static Amount read(JsonIn in) throws IOException {
      Int128 minor = null;
      String asset = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "minor" -> minor = in.int128(false);
          case "asset" -> asset = in.text();
          default -> in.skip();
        }
      }
      return new Amount(in.required(minor, "minor"), in.required(asset, "asset"));
    }
  }

  static Side side(JsonIn in) throws IOException {
    return in.word(SIDES, Side::word);
  }

  static List<ExternalRef> externalRefs(JsonIn in) throws IOException {
    List<ExternalRef> refs = new ArrayList<>();
    in.array();
    while (in.element()) {
      String kind = null;
      String value = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "kind" -> kind = in.text();
          case "value" -> value = in.text();
          default -> in.skip();
        }
      }
      refs.add(new ExternalRef(in.required(kind, "kind"), in.required(value, "value")));
    }
    return refs;
  }
}
