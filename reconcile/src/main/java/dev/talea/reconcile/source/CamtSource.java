// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * The booked entries of bank statements of ISO 20022, camt.053 from version 02 to 08 and on, as the
 * parts that are read are the same in all of them. What the bank credits counts positive. An entry
 * whose details carry amounts of their own that make up the entry's is a row for each of them; any
 * other entry is one row.
 *
 * <p>No document type, no entity and no file beside the statement is ever looked at. One entry is
 * in memory at a time.
 *
 * <p>One thread.
 */
public final class CamtSource extends FileSource {
  /** Elements of one entry: a batch of ten thousand payments has about 300,000. */
  private static final int NODES_MAX = 1_000_000;

  private static final int DEPTH_MAX = 64;
  private static final int REMITTANCE_CHARS = 140;

  // The statement at hand.
  private String account = "";
  private String statement = "";
  private int statements;
  private int nodes;

  /**
   * @param profile of the format {@code camt.053}; its scale is that of the minor units
   */
  public CamtSource(ByteSource bytes, FormatProfile profile, SourceLimits limits) {
    super(bytes, profile, limits);
  }

  @Override
  void rows(FileBytes file, RowSink sink, SortedMap<String, String> found) throws IOException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, false);
    try {
      XMLStreamReader xml = factory.createXMLStreamReader(file);
      document(xml, sink, found);
      xml.close();
    } catch (XMLStreamException e) {
      if (e.getNestedException() instanceof IOException io) {
        throw io;
      }
      throw new IOException("the file is no well-formed camt.053: " + e.getMessage(), e);
    }
    if (statements == 0) {
      throw new IOException(
          "the file holds no camt.053 statement, expected Document/BkToCstmrStmt");
    }
    found.put("statements", Integer.toString(statements));
  }

  private void document(XMLStreamReader xml, RowSink sink, SortedMap<String, String> found)
      throws XMLStreamException, IOException {
    while (xml.hasNext()) {
      int event = xml.next();
      if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
        throw new IOException("the file has a document type or entities, which no statement needs");
      }
      if (event == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("Stmt")) {
        statement(xml, sink, found);
      }
    }
  }

  private void statement(XMLStreamReader xml, RowSink sink, SortedMap<String, String> found)
      throws XMLStreamException, IOException {
    statements++;
    statement = "";
    account = "";
    StatementCheck sums = null;
    List<XmlNode> balances = new ArrayList<>();
    while (xml.next() != XMLStreamConstants.END_ELEMENT) {
      if (!xml.isStartElement()) {
        continue;
      }
      long line = xml.getLocation().getLineNumber();
      nodes = 0;
      XmlNode node = node(xml, 0);
      switch (node.name) {
        case "Id" -> statement = node.text.strip();
        case "Acct" -> account = account(node);
        case "Bal" -> balances.add(node);
        case "Ntry" -> {
          if (sums == null) {
            sums = check(balances);
          }
          entry(node, line, sums, sink);
        }
        default -> {
          // nothing a row is made of
        }
      }
    }
    StatementCheck last = sums == null ? check(balances) : sums;
    last.finish(found);
    found.put("statement_" + statements + "_account", account);
  }

  /** Balances stand before the entries; of several of a kind the last is closing. */
  private StatementCheck check(List<XmlNode> balances) throws IOException {
    StatementCheck sums = new StatementCheck(statements, statement);
    boolean opened = false;
    for (XmlNode balance : balances) {
      String code = balance.text("Tp", "CdOrPrtry", "Cd");
      XmlNode amount = balance.at("Amt");
      BigDecimal number = amount == null ? null : decimal(amount.text);
      if (number == null || amount == null || code == null) {
        continue;
      }
      BigDecimal signed = "DBIT".equals(balance.text("CdtDbtInd")) ? number.negate() : number;
      if (code.equals("OPBD") || (code.equals("PRCD") && !opened)) {
        opened |= code.equals("OPBD");
        sums.opening(signed, Objects.requireNonNullElse(amount.currency, ""));
      } else if (code.equals("CLBD")) {
        sums.closing(signed);
      }
    }
    return sums;
  }

  private static String account(XmlNode node) {
    String iban = node.text("Id", "IBAN");
    String other = node.text("Id", "Othr", "Id");
    return iban != null ? iban : other != null ? other : "";
  }

  /** The element at hand with all that is in it. */
  private XmlNode node(XMLStreamReader xml, int depth) throws XMLStreamException, IOException {
    if (++nodes > NODES_MAX || depth > DEPTH_MAX) {
      throw new IOException(
          "an entry at line "
              + xml.getLocation().getLineNumber()
              + " has more than "
              + NODES_MAX
              + " elements or "
              + DEPTH_MAX
              + " levels, which is the limit");
    }
    XmlNode node = new XmlNode(xml.getLocalName(), xml.getAttributeValue(null, "Ccy"));
    StringBuilder text = new StringBuilder();
    while (xml.next() != XMLStreamConstants.END_ELEMENT) {
      if (xml.isStartElement()) {
        node.children.add(node(xml, depth + 1));
      } else if (xml.isCharacters()) {
        text.append(xml.getTextCharacters(), xml.getTextStart(), xml.getTextLength());
        if (text.length() > limits.rowCharsMax()) {
          throw new IOException(
              "a text at line "
                  + xml.getLocation().getLineNumber()
                  + " is longer than "
                  + limits.rowCharsMax()
                  + " characters, which is the limit");
        }
      } else if (xml.getEventType() == XMLStreamConstants.ENTITY_REFERENCE) {
        throw new IOException("the file has entities, which no statement needs");
      }
    }
    node.text = text.toString();
    return node;
  }

  // ---- entries

  private void entry(XmlNode entry, long line, StatementCheck sums, RowSink sink) {
    XmlNode amount = entry.at("Amt");
    BigDecimal number = amount == null ? null : decimal(amount.text);
    String direction = entry.text("CdtDbtInd");
    boolean credit = "CRDT".equals(direction);
    if (amount == null
        || number == null
        || amount.currency == null
        || (!credit && !"DBIT".equals(direction))) {
      sums.unread();
      reject(
          sink,
          line,
          Column.AMOUNT,
          "has no amount with currency and direction",
          entry,
          null,
          null);
      return;
    }
    String status = first(entry.text("Sts", "Cd"), entry.text("Sts"));
    BigDecimal signed = credit ? number : number.negate();
    if (status != null && !status.equals("BOOK")) {
      Int128 minor = cells.amount(signed);
      reject(
          sink,
          line,
          null,
          "is " + status + ", only what is booked counts",
          entry,
          minor,
          minor == null ? null : amount.currency);
      return;
    }
    sums.entry(signed);
    List<XmlNode> details =
        entry.all("NtryDtls").stream().flatMap(each -> each.all("TxDtls").stream()).toList();
    List<BigDecimal> parts = parts(details, amount.currency, credit, signed);
    if (parts.isEmpty()) {
      row(entry, details.size() == 1 ? details.get(0) : null, signed, amount.currency, line, sink);
      return;
    }
    for (int i = 0; i < parts.size(); i++) {
      row(entry, details.get(i), parts.get(i), amount.currency, line, sink);
    }
  }

  /** What each detail adds, if there are several that make up the entry; else none. */
  private static List<BigDecimal> parts(
      List<XmlNode> details, String currency, boolean credit, BigDecimal whole) {
    if (details.size() < 2) {
      return List.of();
    }
    List<BigDecimal> parts = new ArrayList<>();
    BigDecimal sum = BigDecimal.ZERO;
    for (XmlNode detail : details) {
      XmlNode amount = detail.at("Amt");
      amount = amount == null ? detail.at("AmtDtls", "TxAmt", "Amt") : amount;
      BigDecimal number = amount == null ? null : decimal(amount.text);
      if (amount == null || number == null || !currency.equals(amount.currency)) {
        return List.of();
      }
      String direction = detail.text("CdtDbtInd");
      boolean in = direction == null ? credit : direction.equals("CRDT");
      parts.add(in ? number : number.negate());
      sum = sum.add(parts.get(parts.size() - 1));
    }
    return sum.compareTo(whole) == 0 ? parts : List.of();
  }

  private void row(
      XmlNode entry,
      @Nullable XmlNode detail,
      BigDecimal signed,
      String currency,
      long line,
      RowSink sink) {
    Int128 amount = cells.amount(signed);
    if (amount == null) {
      reject(
          sink,
          line,
          Column.AMOUNT,
          signed.toPlainString() + " " + cells.fault(),
          entry,
          null,
          null);
      return;
    }
    LocalDate booked = day(entry.at("BookgDt"));
    LocalDate valued = day(entry.at("ValDt"));
    XmlNode details = detail == null ? new XmlNode("TxDtls", null) : detail;
    String remittance = remittance(details.at("RmtInf"));
    String domain = entry.text("BkTxCd", "Domn", "Cd");
    String code =
        domain == null
            ? entry.text("BkTxCd", "Prtry", "Cd")
            : joined(
                "/",
                domain,
                entry.text("BkTxCd", "Domn", "Fmly", "Cd"),
                entry.text("BkTxCd", "Domn", "Fmly", "SubFmlyCd"));
    String other = signed.signum() < 0 ? "Cdtr" : "Dbtr";
    @Nullable Object[] values = {
      amount,
      currency,
      booked == null ? valued : booked,
      valued,
      reference(details, remittance),
      first(details.text("Refs", "AcctSvcrRef"), entry.text("AcctSvcrRef"), entry.text("NtryRef")),
      first(details.text("RltdPties", other, "Nm"), details.text("RltdPties", other, "Pty", "Nm")),
      first(
          details.text("RltdPties", other + "Acct", "Id", "IBAN"),
          details.text("RltdPties", other + "Acct", "Id", "Othr", "Id")),
      joined(" ", remittance, details.text("AddtlTxInf"), entry.text("AddtlNtryInf")),
      code,
      account.isEmpty() ? null : account,
      statement.isEmpty() ? null : statement
    };
    sink.row(line, values);
  }

  /** The lines of a text; one that is full goes on in the next. */
  private static @Nullable String remittance(@Nullable XmlNode node) {
    if (node == null) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    boolean full = true;
    for (XmlNode line : node.all("Ustrd")) {
      text.append(full ? "" : " ").append(line.text);
      // A character of two units that does not fit leaves its line one short.
      full = line.text.length() >= REMITTANCE_CHARS - 1;
    }
    return text.isEmpty() ? null : text.toString();
  }

  /** What the payer wrote for the payee to find it by. */
  private static @Nullable String reference(XmlNode details, @Nullable String remittance) {
    String end = details.text("Refs", "EndToEndId");
    return first(
        details.text("RmtInf", "Strd", "CdtrRefInf", "Ref"),
        Statements.NOT_PROVIDED.equals(end) ? null : end,
        details.text("Refs", "Prtry", "Ref"),
        remittance);
  }

  private static @Nullable String first(@Nullable String... texts) {
    for (String text : texts) {
      if (text != null && !text.isBlank()) {
        return text;
      }
    }
    return null;
  }

  private static @Nullable String joined(String between, @Nullable String... texts) {
    String joined =
        Stream.of(texts)
            .filter(Objects::nonNull)
            .filter(text -> !text.isBlank())
            .collect(Collectors.joining(between));
    return joined.isEmpty() ? null : joined;
  }

  private static @Nullable LocalDate day(@Nullable XmlNode node) {
    if (node == null) {
      return null;
    }
    String text = first(node.text("Dt"), node.text("DtTm"));
    if (text == null || text.length() < 10) {
      return null;
    }
    try {
      return LocalDate.parse(text.substring(0, 10)); // the day where the bank is
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static @Nullable BigDecimal decimal(String text) {
    String plain = text.strip();
    return plain.matches("[0-9]{1,40}(\\.[0-9]{0,10})?") ? new BigDecimal(plain) : null;
  }

  private static void reject(
      RowSink sink,
      long line,
      @Nullable String field,
      String why,
      XmlNode entry,
      @Nullable Int128 amount,
      @Nullable String asset) {
    String text =
        joined(
            "|",
            entry.text("NtryRef"),
            entry.text("Amt"),
            entry.text("CdtDbtInd"),
            entry.text("AcctSvcrRef"));
    String cut =
        text == null ? "" : text.substring(0, Math.min(Reject.TEXT_CHARS_MAX, text.length()));
    sink.reject(new Reject(line, field, "the entry " + why, cut, amount, asset));
  }
}
