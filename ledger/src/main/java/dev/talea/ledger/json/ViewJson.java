// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What can be read in a ledger, as answers spell it: written by the server, read by the client, one
 * beside the other. One line of UTF-8 without insignificant white space, every field there, null
 * spelled out.
 *
 * <p>What cannot be read is a {@link dev.talea.ledger.LedgerException} of {@link
 * dev.talea.ledger.LedgerError.Internal}.
 *
 * <p>Stateless; any thread.
 */
public final class ViewJson {
  private ViewJson() {}

  /** A BalanceView. */
  public static byte[] balance(BalanceView view) {
    return balance(view, Json.momentText(view.asOf()));
  }

  /**
   * A BalanceView.
   *
   * @param asOf the moment as it is repeated to the caller
   */
  public static byte[] balance(BalanceView view, @Nullable String asOf) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "account", view.account().key());
          Json.text(out, "asset", view.asset());
          out.writeStringField("balance", view.balance());
          out.writeStringField("as_of", asOf);
          out.writeNumberField("updated_seq", view.updatedSeq());
          out.writeEndObject();
        });
  }

  /** A BalanceView. */
  public static BalanceView readBalance(byte[] json) {
    return Answer.read(json, ViewJson::readBalance);
  }

  private static BalanceView readBalance(JsonIn in) throws IOException {
    AccountId account = null;
    String asset = null;
    Decimal balance = null;
    Instant asOf = null;
    Long updatedSeq = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "account" -> account = accountKey(in);
        case "asset" -> asset = in.text();
        case "balance" -> balance = Decimal.read(in);
        case "as_of" -> asOf = in.momentOrNull();
        case "updated_seq" -> updatedSeq = in.int64();
        default -> in.skip();
      }
    }
    Decimal amount = in.required(balance, "balance");
    return new BalanceView(
        in.required(account, "account"),
        in.required(asset, "asset"),
        amount.precision(),
        amount.minor(),
        asOf,
        in.required(updatedSeq, "updated_seq"));
  }

  /** A page of history. */
  public static byte[] history(HistoryPage page) {
    return Answer.page(new Page<>(page.items(), page.next()), ViewJson::posting);
  }

  /** A page of history. */
  public static HistoryPage readHistory(byte[] json) {
    Page<PostingView, Long> page = Answer.readPage(json, ViewJson::readPosting, JsonIn::int64);
    return new HistoryPage(page.items(), page.next());
  }

  private static void posting(JsonGenerator out, PostingView posting) throws IOException {
    out.writeStartObject();
    out.writeNumberField("seq", posting.seq());
    out.writeStringField("tx_id", posting.txId().toString());
    Json.text(out, "account", posting.account().key());
    Json.amount(out, posting.minor(), posting.asset());
    out.writeStringField("direction", posting.direction().word());
    Json.moment(out, "at", posting.at());
    out.writeEndObject();
  }

  private static PostingView readPosting(JsonIn in) throws IOException {
    Long seq = null;
    UUID txId = null;
    AccountId account = null;
    DraftReader.Amount amount = null;
    Side direction = null;
    Instant at = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "seq" -> seq = in.int64();
        case "tx_id" -> txId = in.uuid();
        case "account" -> account = accountKey(in);
        case "amount" -> amount = DraftReader.Amount.read(in);
        case "direction" -> direction = DraftReader.side(in);
        case "at" -> at = in.moment();
        default -> in.skip();
      }
    }
    DraftReader.Amount money = in.required(amount, "amount");
    return new PostingView(
        in.required(seq, "seq"),
        in.required(txId, "tx_id"),
        in.required(account, "account"),
        money.minor(),
        money.asset(),
        in.required(direction, "direction"),
        in.required(at, "at"));
  }

  private static AccountId accountKey(JsonIn in) throws IOException {
    try {
      return AccountId.parse(in.text());
    } catch (IllegalArgumentException e) {
      throw in.fail("is not an account key");
    }
  }

  /** A TrialBalance. */
  public static byte[] trialBalance(TrialBalance view) {
    return trialBalance(view, Json.momentText(view.asOf()));
  }

  /**
   * A TrialBalance.
   *
   * @param asOf the moment as it is repeated to the caller
   */
  public static byte[] trialBalance(TrialBalance view, @Nullable String asOf) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "book", view.book());
          out.writeStringField("as_of", asOf);
          out.writeArrayFieldStart("lines");
          for (TrialBalance.Line line : view.lines()) {
            out.writeStartObject();
            Json.text(out, "asset", line.asset());
            out.writeFieldName("debits");
            out.writeNumber(line.debits());
            out.writeFieldName("credits");
            out.writeNumber(line.credits());
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  /** A TrialBalance. */
  public static TrialBalance readTrialBalance(byte[] json) {
    return Answer.read(
        json,
        in -> {
          String book = null;
          Instant asOf = null;
          List<TrialBalance.Line> lines = null;
          in.object();
          for (String field = in.field(); field != null; field = in.field()) {
            switch (field) {
              case "book" -> book = in.text();
              case "as_of" -> asOf = in.momentOrNull();
              case "lines" -> lines = readLines(in);
              default -> in.skip();
            }
          }
          return new TrialBalance(in.required(book, "book"), asOf, in.required(lines, "lines"));
        });
  }

  private static List<TrialBalance.Line> readLines(JsonIn in) throws IOException {
    List<TrialBalance.Line> lines = new ArrayList<>();
    in.array();
    while (in.element()) {
      String asset = null;
      BigInteger debits = null;
      BigInteger credits = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "asset" -> asset = in.text();
          case "debits" -> debits = in.bigInteger();
          case "credits" -> credits = in.bigInteger();
          default -> in.skip();
        }
      }
      lines.add(
          new TrialBalance.Line(
              in.required(asset, "asset"),
              in.required(debits, "debits"),
              in.required(credits, "credits")));
    }
    return lines;
  }

  /** A TransactionView. */
  public static byte[] transaction(TransactionView view) {
    return Json.bytes(out -> transaction(out, view));
  }

  /** A page of transactions. */
  public static byte[] transactions(Page<TransactionView, Long> page) {
    return Answer.page(page, ViewJson::transaction);
  }

  /** A TransactionView. */
  public static TransactionView readTransaction(byte[] json) {
    return Answer.read(json, ViewJson::readTransaction);
  }

  /** A page of transactions. */
  public static Page<TransactionView, Long> readTransactions(byte[] json) {
    return Answer.readPage(json, ViewJson::readTransaction, JsonIn::int64);
  }

  private static void transaction(JsonGenerator out, TransactionView view) throws IOException {
    out.writeStartObject();
    out.writeStringField("tx_id", view.txId().toString());
    Json.text(out, "book", view.book());
    out.writeNumberField("seq", view.seq());
    Json.moment(out, "at", view.at());
    out.writeArrayFieldStart("postings");
    for (PostingView posting : view.postings()) {
      posting(out, posting);
    }
    out.writeEndArray();
    Json.externalRefs(out, view.externalRefs());
    Json.metadata(out, view.metadata());
    out.writeEndObject();
  }

  private static TransactionView readTransaction(JsonIn in) throws IOException {
    UUID txId = null;
    String book = null;
    Long seq = null;
    Instant at = null;
    List<PostingView> postings = null;
    List<ExternalRef> refs = null;
    JsonText metadata = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "tx_id" -> txId = in.uuid();
        case "book" -> book = in.text();
        case "seq" -> seq = in.int64();
        case "at" -> at = in.moment();
        case "postings" -> postings = Answer.list(in, ViewJson::readPosting);
        case "external_refs" -> refs = DraftReader.externalRefs(in);
        case "metadata" -> metadata = Answer.metadata(in);
        default -> in.skip();
      }
    }
    return new TransactionView(
        in.required(txId, "tx_id"),
        in.required(book, "book"),
        in.required(seq, "seq"),
        in.required(at, "at"),
        in.required(postings, "postings"),
        in.required(refs, "external_refs"),
        metadata);
  }

  /** An asset, with the fields of its registration event. */
  public static byte[] asset(Asset asset) {
    return Json.bytes(out -> asset(out, asset));
  }

  /** A page of assets. */
  public static byte[] assets(Page<Asset, String> page) {
    return Answer.page(page, ViewJson::asset);
  }

  /** An asset. */
  public static Asset readAsset(byte[] json) {
    return Answer.read(json, ViewJson::readAsset);
  }

  /** A page of assets. */
  public static Page<Asset, String> readAssets(byte[] json) {
    return Answer.readPage(json, ViewJson::readAsset, JsonIn::text);
  }

  private static void asset(JsonGenerator out, Asset asset) throws IOException {
    out.writeStartObject();
    DefinitionJson.write(out, asset);
    out.writeEndObject();
  }

  private static Asset readAsset(JsonIn in) throws IOException {
    String id = null;
    AssetClass assetClass = null;
    Integer precision = null;
    String name = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "id" -> id = in.text();
        case "class" -> assetClass = DefinitionJson.assetClass(in);
        case "precision" -> precision = in.int32();
        case "name" -> name = in.text();
        default -> in.skip();
      }
    }
    return new Asset(
        in.required(id, "id"),
        in.required(assetClass, "class"),
        in.required(precision, "precision"),
        in.required(name, "name"));
  }

  /** A BookView. */
  public static byte[] book(BookView view) {
    return Json.bytes(out -> book(out, view));
  }

  /** A page of books. */
  public static byte[] books(Page<BookView, String> page) {
    return Answer.page(page, ViewJson::book);
  }

  /** A BookView. */
  public static BookView readBook(byte[] json) {
    return Answer.read(json, ViewJson::readBook);
  }

  /** A page of books. */
  public static Page<BookView, String> readBooks(byte[] json) {
    return Answer.readPage(json, ViewJson::readBook, JsonIn::text);
  }

  private static void book(JsonGenerator out, BookView view) throws IOException {
    out.writeStartObject();
    Json.text(out, "book", view.book());
    out.writeNumberField("last_seq", view.lastSeq());
    Json.moment(out, "last_at", view.lastAt());
    out.writeNumberField("accounts", view.accounts());
    Json.text(out, "unavailable", view.unavailable());
    out.writeEndObject();
  }

  private static BookView readBook(JsonIn in) throws IOException {
    String book = null;
    Long lastSeq = null;
    Instant lastAt = null;
    Long accounts = null;
    String unavailable = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "book" -> book = in.text();
        case "last_seq" -> lastSeq = in.int64();
        case "last_at" -> lastAt = in.momentOrNull();
        case "accounts" -> accounts = in.int64();
        case "unavailable" -> unavailable = in.textOrNull();
        default -> in.skip();
      }
    }
    return new BookView(
        in.required(book, "book"),
        in.required(lastSeq, "last_seq"),
        lastAt,
        in.required(accounts, "accounts"),
        unavailable);
  }

  /** An AccountView: definition and settings as in the event of its opening, and the balance. */
  public static byte[] account(AccountView view) {
    return Json.bytes(out -> account(out, view));
  }

  /** A page of accounts. */
  public static byte[] accounts(Page<AccountView, String> page) {
    return Answer.page(page, ViewJson::account);
  }

  /** An AccountView. */
  public static AccountView readAccount(byte[] json) {
    return Answer.read(json, ViewJson::readAccount);
  }

  /** A page of accounts. */
  public static Page<AccountView, String> readAccounts(byte[] json) {
    return Answer.readPage(json, ViewJson::readAccount, JsonIn::text);
  }

  private static void account(JsonGenerator out, AccountView view) throws IOException {
    out.writeStartObject();
    Json.text(out, "account", view.account().id().key());
    DefinitionJson.write(out, view.account());
    out.writeStringField("balance", view.balance());
    out.writeNumberField("updated_seq", view.updatedSeq());
    out.writeEndObject();
  }

  private static AccountView readAccount(JsonIn in) throws IOException {
    DefinitionJson.Definition definition = null;
    DefinitionJson.Config config = null;
    Decimal balance = null;
    Long updatedSeq = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "def" -> definition = DefinitionJson.Definition.read(in);
        case "cfg" -> config = DefinitionJson.Config.read(in);
        case "balance" -> balance = Decimal.read(in);
        case "updated_seq" -> updatedSeq = in.int64();
        default -> in.skip();
      }
    }
    Decimal amount = in.required(balance, "balance");
    return new AccountView(
        in.required(definition, "def").account(in.required(config, "cfg")),
        amount.precision(),
        amount.minor(),
        in.required(updatedSeq, "updated_seq"));
  }

  /** A balance in major units, whose fraction digits tell the precision. */
  private record Decimal(Int128 minor, int precision) {
    static Decimal read(JsonIn in) throws IOException {
      String text = in.text();
      int point = text.indexOf('.');
      int precision = point < 0 ? 0 : text.length() - point - 1;
      String digits = point < 0 ? text : text.substring(0, point) + text.substring(point + 1);
      int sign = digits.startsWith("-") ? 1 : 0;
      int start = sign;
      // Precisions up to 255 put more zeros in front than a number has digits.
      while (start < digits.length() - 1 && digits.charAt(start) == '0') {
        start++;
      }
      Int128 minor = Int128.parse(digits.substring(0, sign) + digits.substring(start));
      if (minor == null || point == 0 || point == text.length() - 1) {
        throw in.fail("is not a decimal number within range");
      }
      return new Decimal(minor, precision);
    }
  }
}
