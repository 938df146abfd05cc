// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Limits;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.TreeHash;
import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.stream.XMLStreamException;

/**
 * Writes a bank statement of ISO 20022, camt.053.001.08, of one account over a period: as the one
 * who keeps the account writes it to the one whose account it is, so a credit posting is a credit.
 *
 * <p>The history of the account is read twice, first for the balances, which stand before the
 * entries; nothing is held but a page. It has no clock: it was created when the last event of the
 * book was committed, and its ids are made of what it shows, so the same statement is the same
 * bytes.
 *
 * <p>One thread, one statement.
 */
final class CamtStatement {
  private static final String NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";
  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
  private static final DateTimeFormatter NUMBER = DateTimeFormatter.BASIC_ISO_DATE;

  /** What the standard has room for. */
  private static final int DECIMALS_MAX = 5;

  private static final int DIGITS_MAX = 18;
  private static final int ACCOUNT_CHARS_MAX = 34;
  private static final int REF_CHARS_MAX = 35;
  private static final int NAME_CHARS_MAX = 70;
  private static final int REMITTANCE_CHARS_MAX = 140;
  private static final int INFO_CHARS_MAX = 500;

  private final ExportSource source;
  private final AccountId id;
  private final Asset asset;
  private final DateRange range;
  private final LocalDate from;
  private final LocalDate to;

  private BigInteger opening = BigInteger.ZERO;
  private BigInteger closing = BigInteger.ZERO;
  private long seqBefore;
  private long entrySeq;
  private int entryOfSeq;

  /**
   * @throws ExportException if there can be no such statement
   */
  CamtStatement(ExportSource source, String path, DateRange range, LocalDate from, LocalDate to) {
    List<String> books = source.books();
    if (books.size() != 1 || DraftRules.isReserved(books.get(0))) {
      throw new ExportException("A statement is of one account: name its book with --book.");
    }
    this.source = source;
    this.id = new AccountId(books.get(0), path);
    Account account = source.store().account(id).account();
    this.asset = statementAsset(account);
    this.range = range;
    this.from = from;
    this.to = to;
  }

  private Asset statementAsset(Account account) {
    Asset found = source.store().asset(account.asset());
    if (found == null
        || !(found.assetClass() instanceof AssetClass.Fiat)
        || !CURRENCY.matcher(found.id()).matches()
        || found.precision() > DECIMALS_MAX) {
      throw new ExportException(
          "Account '%s' holds '%s', and a bank statement can only be of money with a code such as"
                  .formatted(id.path(), account.asset())
              + " EUR and at most 5 decimals. Take csv for it.");
    }
    return found;
  }

  private interface Visitor {
    boolean visit(PostingView posting) throws XMLStreamException;
  }

  private void history(long afterSeq, Visitor visitor) throws XMLStreamException {
    long end = source.lastSeq(id.book());
    Long after = afterSeq;
    while (after != null) {
      HistoryPage page =
          source.store().history(id, after, Limits.HISTORY_LIMIT_MAX, Limits.PAGE_BYTES_MAX);
      for (PostingView posting : page.items()) {
        if (posting.seq() > end || !visitor.visit(posting)) {
          return;
        }
      }
      after = page.next();
    }
  }

  void write(Writer out) throws IOException {
    try {
      history(0, this::addUp);
      XmlText xml = new XmlText(out);
      xml.begin("Document", NAMESPACE);
      xml.open("BkToCstmrStmt");
      String created = moment(lastEvent().at());
      xml.open("GrpHdr");
      xml.value("MsgId", statementId());
      xml.value("CreDtTm", created);
      xml.close();
      statement(xml, created);
      xml.close();
      xml.end();
    } catch (XMLStreamException e) {
      throw e.getNestedException() instanceof IOException io ? io : new IOException(e);
    }
  }

  private boolean addUp(PostingView posting) {
    LocalDate day = range.dayOf(posting.at());
    if (range.isBehind(day)) {
      return false;
    }
    closing = closing.add(credited(posting));
    if (range.isBefore(day)) {
      opening = closing;
      seqBefore = posting.seq();
    }
    return true;
  }

  /** What the owner of the account has more by a posting. */
  private static BigInteger credited(PostingView posting) {
    BigInteger minor = posting.minor().toBigInteger();
    return posting.direction() == Side.CREDIT ? minor : minor.negate();
  }

  private void statement(XmlText xml, String created) throws XMLStreamException {
    xml.open("Stmt");
    xml.value("Id", statementId());
    xml.value("ElctrncSeqNb", NUMBER.format(from));
    xml.value("CreDtTm", created);
    xml.open("FrToDt");
    xml.value("FrDtTm", moment(from.atStartOfDay(range.zone()).toInstant()));
    xml.value("ToDtTm", moment(to.atStartOfDay(range.zone()).toInstant()));
    xml.close();
    account(xml);
    balance(xml, "OPBD", opening, from);
    balance(xml, "CLBD", closing, to.minusDays(1));
    history(
        seqBefore,
        posting -> {
          if (range.isBehind(range.dayOf(posting.at()))) {
            return false;
          }
          entry(xml, posting);
          return true;
        });
    xml.text("AddtlStmtInf", id.key(), INFO_CHARS_MAX);
    xml.close();
  }

  private void account(XmlText xml) throws XMLStreamException {
    String key = id.key();
    boolean fits = key.length() <= ACCOUNT_CHARS_MAX;
    xml.open("Acct");
    xml.open("Id");
    xml.open("Othr");
    xml.text("Id", fits ? key : digest(key), ACCOUNT_CHARS_MAX);
    xml.close();
    xml.close();
    xml.value("Ccy", asset.id());
    xml.text("Nm", id.path(), NAME_CHARS_MAX);
    xml.close();
  }

  private void balance(XmlText xml, String type, BigInteger balance, LocalDate day)
      throws XMLStreamException {
    xml.open("Bal");
    xml.open("Tp");
    xml.nested("CdOrPrtry", "Cd", type);
    xml.close();
    amount(xml, balance);
    xml.nested("Dt", "Dt", day.toString());
    xml.close();
  }

  private void amount(XmlText xml, BigInteger minor) throws XMLStreamException {
    if (minor.abs().toString().length() > DIGITS_MAX) {
      throw new ExportException(
          "An amount or balance of account '%s' has more than the %d digits that fit into a bank"
                  .formatted(id.path(), DIGITS_MAX)
              + " statement. Take csv for it.");
    }
    xml.amount(new BigDecimal(minor.abs(), asset.precision()).toPlainString(), asset.id());
    xml.value("CdtDbtInd", minor.signum() < 0 ? "DBIT" : "CRDT");
  }

  private void entry(XmlText xml, PostingView posting) throws XMLStreamException {
    Event event = eventAt(posting.seq());
    TransactionDraft draft = ((TransactionPosted) event.payload()).draft();
    Instant occurred = draft.occurredAt();
    LocalDate day = range.dayOf(posting.at());
    entryOfSeq = posting.seq() == entrySeq ? entryOfSeq + 1 : 1;
    entrySeq = posting.seq();
    String reference =
        HexFormat.of().toHexDigits(posting.txId().getMostSignificantBits())
            + HexFormat.of().toHexDigits(posting.txId().getLeastSignificantBits());
    xml.open("Ntry");
    xml.value("NtryRef", entrySeq + (entryOfSeq == 1 ? "" : "-" + entryOfSeq));
    amount(xml, credited(posting));
    xml.nested("Sts", "Cd", "BOOK");
    xml.nested("BookgDt", "Dt", day.toString());
    xml.nested("ValDt", "Dt", (occurred == null ? day : range.dayOf(occurred)).toString());
    xml.value("AcctSvcrRef", reference);
    xml.open("BkTxCd");
    xml.nested("Prtry", "Cd", "talea");
    xml.close();
    details(xml, posting, draft, reference);
    xml.close();
  }

  private void details(XmlText xml, PostingView posting, TransactionDraft draft, String reference)
      throws XMLStreamException {
    String key = draft.idempotencyKey();
    xml.open("NtryDtls");
    xml.open("TxDtls");
    xml.open("Refs");
    xml.value("AcctSvcrRef", reference);
    for (ExternalRef ref : draft.externalRefs()) {
      if (!ref.kind().isEmpty() && !ref.value().isEmpty()) {
        xml.open("Prtry");
        xml.text("Tp", ref.kind(), REF_CHARS_MAX);
        xml.text("Ref", ref.value(), REF_CHARS_MAX);
        xml.close();
      }
    }
    xml.close();
    amount(xml, credited(posting));
    xml.open("RmtInf");
    for (int at = 0; at < key.length(); ) {
      int end = XmlText.end(key, at, REMITTANCE_CHARS_MAX);
      xml.text("Ustrd", key.substring(at, end), REMITTANCE_CHARS_MAX);
      at = end;
    }
    xml.close();
    xml.text(
        "AddtlTxInf",
        draft.externalRefs().stream()
            .map(ref -> ref.kind() + "=" + ref.value())
            .collect(Collectors.joining("; ")),
        INFO_CHARS_MAX);
    xml.close();
    xml.close();
  }

  private Event lastEvent() {
    return eventAt(source.lastSeq(id.book()));
  }

  private Event eventAt(long seq) {
    List<Event> events = source.store().events(id.book(), seq - 1, seq, 1, Limits.PAGE_BYTES_MAX);
    if (events.isEmpty()) {
      throw new ExportException("Book '%s' has no seq %d any more.".formatted(id.book(), seq));
    }
    return events.get(0);
  }

  private String moment(Instant moment) {
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(moment.atZone(range.zone()));
  }

  /** Of account, period and the end that the book had. */
  private String statementId() {
    return digest(
        String.join(
            "\n",
            id.key(),
            from.toString(),
            to.toString(),
            range.zone().getId(),
            Long.toString(source.lastSeq(id.book()))));
  }

  /** 32 characters, which fit wherever the standard wants an id. */
  private static String digest(String text) {
    byte[] hash = TreeHash.sha256().digest(text.getBytes(UTF_8));
    return HexFormat.of().formatHex(hash, 0, 16);
  }
}
