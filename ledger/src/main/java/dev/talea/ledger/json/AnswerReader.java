package dev.talea.ledger.json;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.ErrorKind;
import dev.talea.ledger.Event;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.Overloaded.Limit;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
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
 * Reads the bodies of answers and the events of a stream, as {@link AnswerWriter} writes them.
 * Fields it does not know are passed over, so a newer server can add some.
 *
 * <p>An answer that cannot be read is a {@link LedgerException} of {@link Internal}: either the
 * server is at fault, or what answered is not one.
 *
 * <p>Stateless; any thread.
 */
public final class AnswerReader {
  private AnswerReader() {}

  /** A receipt. */
  public static Posted posted(byte[] json) {
    return read(
        json,
        in -> {
          Slot slot = Slot.read(in);
          return slot.posted(in);
        });
  }

  /** The slots of a batch. */
  public static List<PostResult> batch(byte[] json) {
    return read(
        json,
        in -> {
          List<PostResult> results = new ArrayList<>();
          in.array();
          while (in.element()) {
            Slot slot = Slot.read(in);
            results.add(
                slot.error.code == null
                    ? slot.posted(in)
                    : new Refused(slot.error.toError(Limit.WRITE_QUEUE)));
          }
          return results;
        });
  }

  /** A BalanceView. */
  public static BalanceView balance(byte[] json) {
    return read(json, AnswerReader::balance);
  }

  /** A page of history. */
  public static HistoryPage history(byte[] json) {
    Page<PostingView, Long> page = page(json, AnswerReader::posting, JsonIn::int64);
    return new HistoryPage(page.items(), page.next());
  }

  /** A TransactionView. */
  public static TransactionView transaction(byte[] json) {
    return read(json, AnswerReader::transaction);
  }

  /** An asset. */
  public static Asset asset(byte[] json) {
    return read(json, AnswerReader::asset);
  }

  /** A BookView. */
  public static BookView book(byte[] json) {
    return read(json, AnswerReader::book);
  }

  /** An AccountView. */
  public static AccountView account(byte[] json) {
    return read(json, AnswerReader::account);
  }

  /** A page of assets. */
  public static Page<Asset, String> assets(byte[] json) {
    return page(json, AnswerReader::asset, JsonIn::text);
  }

  /** A page of books. */
  public static Page<BookView, String> books(byte[] json) {
    return page(json, AnswerReader::book, JsonIn::text);
  }

  /** A page of accounts. */
  public static Page<AccountView, String> accounts(byte[] json) {
    return page(json, AnswerReader::account, JsonIn::text);
  }

  /** A page of transactions. */
  public static Page<TransactionView, Long> transactions(byte[] json) {
    return page(json, AnswerReader::transaction, JsonIn::int64);
  }

  /** A page of event envelopes. */
  public static Page<Event, Long> events(byte[] json) {
    return page(json, AnswerReader::event, JsonIn::int64);
  }

  /** A TrialBalance. */
  public static TrialBalance trialBalance(byte[] json) {
    return read(
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
              case "lines" -> lines = lines(in);
              default -> in.skip();
            }
          }
          return new TrialBalance(in.required(book, "book"), asOf, in.required(lines, "lines"));
        });
  }

  /** An EventEnvelope. */
  public static Event event(byte[] json) {
    return read(json, AnswerReader::event);
  }

  /**
   * What the server, or whatever stands in front of it, meant by an answer that is no success.
   * Always finds something: an unknown code, a body that is no envelope and an empty one are judged
   * by the status.
   *
   * @param status of HTTP
   * @param body may be empty
   */
  public static LedgerError error(int status, byte[] body) {
    Fault fault;
    try {
      fault = read(body, in -> Slot.read(in).error);
    } catch (LedgerException e) {
      return byStatus(status, "an answer without an error envelope");
    }
    if (fault.code == null) {
      return byStatus(status, "an answer without an error envelope");
    }
    LedgerError error = fault.toErrorOrNull(status == 429 ? Limit.WRITE_QUEUE : Limit.ADMISSION);
    return error != null ? error : byStatus(status, "an error this client does not know");
  }

  private static LedgerError byStatus(int status, String what) {
    return switch (status) {
      case 401 -> new LedgerError.Unauthorized();
      case 405 -> new LedgerError.MethodNotAllowed();
      case 408 -> new LedgerError.Timeout();
      case 429 -> new LedgerError.Overloaded(Limit.WRITE_QUEUE);
      case 503 -> new LedgerError.Overloaded(Limit.ADMISSION);
      case 502, 504 ->
          new LedgerError.Unavailable("a gateway answered HTTP " + status + " in its place");
      default -> new Internal("HTTP " + status + " with " + what);
    };
  }

  private static <T> T read(byte[] json, JsonIn.Body<T> body) {
    return JsonIn.read(
        Json.ANSWER,
        json,
        0,
        json.length,
        reason -> new LedgerException(new Internal("unreadable answer: " + reason)),
        body);
  }

  /** Reads one value where it stands. */
  private interface Value<T> {
    T read(JsonIn in) throws IOException;
  }

  private static <T, K> Page<T, K> page(byte[] json, Value<T> item, Value<K> cursor) {
    return read(
        json,
        in -> {
          List<T> items = null;
          K next = null;
          in.object();
          for (String field = in.field(); field != null; field = in.field()) {
            switch (field) {
              case "items" -> items = list(in, item);
              case "next" -> next = in.isNull() ? null : cursor.read(in);
              default -> in.skip();
            }
          }
          return new Page<>(in.required(items, "items"), next);
        });
  }

  private static <T> List<T> list(JsonIn in, Value<T> item) throws IOException {
    List<T> items = new ArrayList<>();
    in.array();
    while (in.element()) {
      items.add(item.read(in));
    }
    return items;
  }

  private static Asset asset(JsonIn in) throws IOException {
    String id = null;
    AssetClass assetClass = null;
    Integer precision = null;
    String name = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "id" -> id = in.text();
        case "class" -> assetClass = assetClass(in);
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

  private static BookView book(JsonIn in) throws IOException {
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

  private static AccountView account(JsonIn in) throws IOException {
    Definition definition = null;
    Config config = null;
    Decimal balance = null;
    Long updatedSeq = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "def" -> definition = Definition.read(in);
        case "cfg" -> config = Config.read(in);
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

  private static BalanceView balance(JsonIn in) throws IOException {
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

  private static TransactionView transaction(JsonIn in) throws IOException {
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
        case "postings" -> postings = list(in, AnswerReader::posting);
        case "external_refs" -> refs = DraftReader.externalRefs(in);
        case "metadata" -> metadata = metadata(in);
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

  /** Answers may nest deeper than drafts, so what they hold counts as unchecked. */
  private static @Nullable JsonText metadata(JsonIn in) throws IOException {
    String json = in.json();
    return json == null ? null : new JsonText(json);
  }

  private static PostingView posting(JsonIn in) throws IOException {
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

  private static List<TrialBalance.Line> lines(JsonIn in) throws IOException {
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

  // ---- events

  private static Event event(JsonIn in) throws IOException {
    Long seq = null;
    Instant at = null;
    EventPayload payload = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "seq" -> seq = in.int64();
        case "at" -> at = in.moment();
        case "payload" -> payload = EventPayload.read(in);
        default -> in.skip();
      }
    }
    return new Event(
        in.required(seq, "seq"), in.required(at, "at"), in.required(payload, "payload").build(in));
  }

  /**
   * The fields of every kind of payload together: the kind need not come first, so they are all
   * collected before it is known what they make.
   */
  private static final class EventPayload {
    private @Nullable String kind;
    private @Nullable String id;
    private @Nullable AssetClass assetClass;
    private @Nullable Integer precision;
    private @Nullable String name;
    private @Nullable Definition definition;
    private @Nullable Config config;
    private @Nullable String book;
    private @Nullable List<Posting> postings;
    private @Nullable String idempotencyKey;
    private @Nullable List<ExternalRef> externalRefs;
    private @Nullable JsonText metadata;
    private @Nullable Instant occurredAt;

    static EventPayload read(JsonIn in) throws IOException {
      EventPayload payload = new EventPayload();
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "kind" -> payload.kind = in.text();
          case "id" -> payload.id = in.text();
          case "class" -> payload.assetClass = assetClass(in);
          case "precision" -> payload.precision = in.int32();
          case "name" -> payload.name = in.text();
          case "def" -> payload.definition = Definition.read(in);
          case "cfg" -> payload.config = Config.read(in);
          case "book" -> payload.book = in.text();
          case "postings" -> payload.postings = draftPostings(in);
          case "idempotency_key" -> payload.idempotencyKey = in.text();
          case "external_refs" -> payload.externalRefs = DraftReader.externalRefs(in);
          case "metadata" -> payload.metadata = metadata(in);
          case "occurred_at" -> payload.occurredAt = in.momentOrNull();
          default -> in.skip();
        }
      }
      return payload;
    }

    Event.Payload build(JsonIn in) {
      Event.Kind known = Event.Kind.ofWord(in.required(kind, "payload.kind"));
      if (known == null) {
        throw in.fail("an event of a kind this client does not know");
      }
      return switch (known) {
        case ASSET_REGISTERED ->
            new Event.AssetRegistered(
                new Asset(
                    in.required(id, "payload.id"),
                    in.required(assetClass, "payload.class"),
                    in.required(precision, "payload.precision"),
                    in.required(name, "payload.name")));
        case ACCOUNT_OPENED -> {
          Definition def = in.required(definition, "payload.def");
          Config cfg = in.required(config, "payload.cfg");
          yield new Event.AccountOpened(def.account(cfg));
        }
        case TRANSACTION_POSTED ->
            new Event.TransactionPosted(
                transactionId(in),
                new TransactionDraft(
                    in.required(book, "payload.book"),
                    in.required(idempotencyKey, "payload.idempotency_key"),
                    in.required(postings, "payload.postings"),
                    in.required(externalRefs, "payload.external_refs"),
                    metadata,
                    occurredAt));
      };
    }

    private UUID transactionId(JsonIn in) {
      UUID parsed = JsonIn.uuidOrNull(in.required(id, "payload.id"));
      if (parsed == null) {
        throw in.fail("payload.id is not a UUID");
      }
      return parsed;
    }
  }

  private record Definition(AccountId id, String asset, AccountKind kind) {
    Account account(Config cfg) {
      return new Account(id, asset, kind, cfg.normalSide(), cfg.minBalance());
    }

    static Definition read(JsonIn in) throws IOException {
      AccountId id = null;
      String asset = null;
      AccountKind kind = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "id" -> id = accountId(in);
          case "asset" -> asset = in.text();
          case "kind" -> kind = in.word(AccountKind.values(), AccountKind::word);
          default -> in.skip();
        }
      }
      return new Definition(
          in.required(id, "id"), in.required(asset, "asset"), in.required(kind, "kind"));
    }
  }

  private record Config(@Nullable Side normalSide, @Nullable Int128 minBalance) {
    static Config read(JsonIn in) throws IOException {
      Side normalSide = null;
      Int128 minBalance = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "normal_side" -> normalSide = in.isNull() ? null : DraftReader.side(in);
          case "min_balance" -> minBalance = in.isNull() ? null : in.int128(true);
          default -> in.skip();
        }
      }
      return new Config(normalSide, minBalance);
    }
  }

  private static AssetClass assetClass(JsonIn in) throws IOException {
    if (in.isText()) {
      if (in.text().equals("fiat")) {
        return AssetClass.FIAT;
      }
      throw in.fail("is neither \"fiat\" nor an object");
    }
    AssetClass assetClass = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      if (field.equals("crypto")) {
        assetClass = crypto(in);
      } else {
        in.skip();
      }
    }
    return in.required(assetClass, "crypto");
  }

  private static AssetClass crypto(JsonIn in) throws IOException {
    String network = null;
    String nativeId = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "network" -> network = in.text();
        case "native_id" -> nativeId = in.textOrNull();
        default -> in.skip();
      }
    }
    return new AssetClass.Crypto(in.required(network, "network"), nativeId);
  }

  private static List<Posting> draftPostings(JsonIn in) throws IOException {
    List<Posting> postings = new ArrayList<>();
    in.array();
    while (in.element()) {
      AccountId account = null;
      DraftReader.Amount amount = null;
      Side direction = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "account" -> account = accountId(in);
          case "amount" -> amount = DraftReader.Amount.read(in);
          case "direction" -> direction = DraftReader.side(in);
          default -> in.skip();
        }
      }
      DraftReader.Amount money = in.required(amount, "amount");
      postings.add(
          new Posting(
              in.required(account, "account").path(),
              money.minor(),
              money.asset(),
              in.required(direction, "direction")));
    }
    return postings;
  }

  private static AccountId accountId(JsonIn in) throws IOException {
    String book = null;
    String path = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "book" -> book = in.text();
        case "path" -> path = in.text();
        default -> in.skip();
      }
    }
    return new AccountId(in.required(book, "book"), in.required(path, "path"));
  }

  // ---- receipts and errors

  /** An object that is a receipt or an error envelope, with the fields of both. */
  private static final class Slot {
    private final Fault error = new Fault();
    private @Nullable Long seq;
    private @Nullable Instant at;
    private @Nullable Boolean deduplicated;

    static Slot read(JsonIn in) throws IOException {
      Slot slot = new Slot();
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "seq" -> slot.seq = in.int64();
          case "at" -> slot.at = in.moment();
          case "deduplicated" -> slot.deduplicated = in.bool();
          default -> slot.error.field(in, field);
        }
      }
      return slot;
    }

    Posted posted(JsonIn in) {
      return new Posted(
          in.required(error.txId, "tx_id"),
          in.required(seq, "seq"),
          in.required(at, "at"),
          in.required(deduplicated, "deduplicated"));
    }
  }

  /** The fields of every error envelope together, since the code need not come first. */
  private static final class Fault {
    private @Nullable String code;
    private @Nullable String field;
    private @Nullable String reason;
    private @Nullable String asset;
    private @Nullable Int128 debit;
    private @Nullable Int128 credit;
    private @Nullable Int128 amount;
    private @Nullable String account;
    private @Nullable String accountAsset;
    private @Nullable String book;
    private @Nullable String what;
    private @Nullable Int128 minBalance;
    private @Nullable Int128 wouldBe;
    private @Nullable String idempotencyKey;
    private @Nullable UUID txId;
    private @Nullable String message;
    private @Nullable Int128 lastSeq;

    /** Takes what has the type it should have: an unknown error may use a name differently. */
    void field(JsonIn in, String name) throws IOException {
      switch (name) {
        case "error" -> code = in.textIfAny();
        case "field" -> field = in.textIfAny();
        case "reason" -> reason = in.textIfAny();
        case "asset" -> asset = in.textIfAny();
        case "debit" -> debit = in.integerIfAny();
        case "credit" -> credit = in.integerIfAny();
        case "amount" -> amount = in.integerIfAny();
        case "account" -> account = in.textIfAny();
        case "account_asset" -> accountAsset = in.textIfAny();
        case "book" -> book = in.textIfAny();
        case "what" -> what = in.textIfAny();
        case "min_balance" -> minBalance = in.integerIfAny();
        case "would_be" -> wouldBe = in.integerIfAny();
        case "idempotency_key" -> idempotencyKey = in.textIfAny();
        case "tx_id" -> {
          String text = in.textIfAny();
          txId = text == null ? null : JsonIn.uuidOrNull(text);
        }
        case "message" -> message = in.textIfAny();
        case "last_seq" -> lastSeq = in.integerIfAny();
        default -> in.skip();
      }
    }

    LedgerError toError(Limit overload) {
      LedgerError known = toErrorOrNull(overload);
      return known != null ? known : new Internal("an error this client does not know");
    }

    /** Null if the code is unknown or its fields are not there. */
    @Nullable LedgerError toErrorOrNull(Limit overload) {
      ErrorKind kind = code == null ? null : ErrorKind.ofCode(code);
      if (kind == null) {
        return null;
      }
      return switch (kind) {
        case INVALID_DRAFT ->
            field != null && reason != null ? new LedgerError.InvalidDraft(field, reason) : null;
        case UNBALANCED ->
            asset != null && debit != null && credit != null
                ? new LedgerError.Unbalanced(asset, debit, credit)
                : null;
        case INVALID_AMOUNT -> amount != null ? new LedgerError.InvalidAmount(amount) : null;
        case ASSET_MISMATCH ->
            account != null && accountAsset != null && asset != null
                ? new LedgerError.AssetMismatch(account, accountAsset, asset)
                : null;
        case UNAUTHORIZED -> new LedgerError.Unauthorized();
        case FORBIDDEN -> book != null ? new LedgerError.Forbidden(book) : null;
        case UNKNOWN_ASSET -> asset != null ? new LedgerError.UnknownAsset(asset) : null;
        case UNKNOWN_ACCOUNT -> account != null ? new LedgerError.UnknownAccount(account) : null;
        case NOT_FOUND -> what != null ? new LedgerError.NotFound(what) : null;
        case METHOD_NOT_ALLOWED -> new LedgerError.MethodNotAllowed();
        case TIMEOUT -> new LedgerError.Timeout();
        case ALREADY_EXISTS -> what != null ? new LedgerError.AlreadyExists(what) : null;
        case CONSTRAINT_VIOLATION ->
            account != null && minBalance != null && wouldBe != null
                ? new LedgerError.ConstraintViolation(account, minBalance, wouldBe)
                : null;
        case IDEMPOTENCY_CONFLICT ->
            idempotencyKey != null && txId != null
                ? new LedgerError.IdempotencyConflict(idempotencyKey, txId)
                : null;
        case CURSOR_BEYOND_END ->
            lastSeq != null && lastSeq.fitsLong()
                ? new LedgerError.CursorBeyondEnd(lastSeq.toLong())
                : null;
        case OVERLOADED -> new LedgerError.Overloaded(overload);
        case UNAVAILABLE -> reason != null ? new LedgerError.Unavailable(reason) : null;
        case INTERNAL -> message != null ? new Internal(message) : null;
      };
    }
  }
}
