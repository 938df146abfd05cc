// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CamtSourceTest {
  private static final String V2 =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
      <GrpHdr><MsgId>M1</MsgId></GrpHdr>
      <Stmt><Id>2026-17</Id>
       <Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>
       <Bal><Tp><CdOrPrtry><Cd>PRCD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt>
        <CdtDbtInd>CRDT</CdtDbtInd></Bal>
       <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">19.50</Amt>
        <CdtDbtInd>DBIT</CdtDbtInd></Bal>
       <Ntry><NtryRef>1</NtryRef><Amt Ccy="EUR">12.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>
        <Sts>BOOK</Sts><BookgDt><Dt>2026-01-30</Dt></BookgDt><ValDt><Dt>2026-01-31</Dt></ValDt>
        <AcctSvcrRef>BANK1</AcctSvcrRef>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
        <NtryDtls><TxDtls><Refs><EndToEndId>INV-1</EndToEndId></Refs>
         <RltdPties><Dbtr><Nm>M\u00fcller &amp; Co</Nm></Dbtr>
          <DbtrAcct><Id><IBAN>DE99</IBAN></Id></DbtrAcct></RltdPties>
         <RmtInf><Ustrd>Invoice</Ustrd><Ustrd>one</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
       <Ntry><Amt Ccy="EUR">132.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
        <BookgDt><DtTm>2026-01-31T23:59:59+01:00</DtTm></BookgDt>
        <NtryDtls>
         <TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
          <AmtDtls><TxAmt><Amt Ccy="EUR">100</Amt></TxAmt></AmtDtls>
          <RmtInf><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>
         <TxDtls><Refs><EndToEndId>E2</EndToEndId></Refs>
          <AmtDtls><TxAmt><Amt Ccy="EUR">32.00</Amt></TxAmt></AmtDtls></TxDtls>
        </NtryDtls></Ntry>
       <Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>
      </Stmt></BkToCstmrStmt></Document>
      """;

  /** As {@code talea export --format camt053} writes it. */
  private static final String OURS =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
        <BkToCstmrStmt>
          <GrpHdr><MsgId>0123</MsgId><CreDtTm>2026-02-01T00:00:00Z</CreDtTm></GrpHdr>
          <Stmt>
            <Id>0123</Id>
            <ElctrncSeqNb>20260101</ElctrncSeqNb>
            <CreDtTm>2026-02-01T00:00:00Z</CreDtTm>
            <FrToDt><FrDtTm>2026-01-01T00:00:00Z</FrDtTm><ToDtTm>2026-02-01T00:00:00Z</ToDtTm></FrToDt>
            <Acct><Id><Othr><Id>bank:customers:42</Id></Othr></Id><Ccy>EUR</Ccy><Nm>customers:42</Nm></Acct>
            <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-01</Dt></Dt></Bal>
            <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-31</Dt></Dt></Bal>
            <Ntry>
              <NtryRef>5</NtryRef><Amt Ccy="EUR">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
              <Sts><Cd>BOOK</Cd></Sts>
              <BookgDt><Dt>2026-01-02</Dt></BookgDt><ValDt><Dt>2026-01-01</Dt></ValDt>
              <AcctSvcrRef>0190d3a51c2d70008000000000000001</AcctSvcrRef>
              <BkTxCd><Prtry><Cd>talea</Cd></Prtry></BkTxCd>
              <NtryDtls><TxDtls>
                <Refs><AcctSvcrRef>0190d3a51c2d70008000000000000001</AcctSvcrRef>
                  <Prtry><Tp>bank</Tp><Ref>B1</Ref></Prtry></Refs>
                <Amt Ccy="EUR">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
                <RmtInf><Ustrd>key-1</Ustrd></RmtInf>
                <AddtlTxInf>bank=B1</AddtlTxInf>
              </TxDtls></NtryDtls>
            </Ntry>
            <AddtlStmtInf>bank:customers:42</AddtlStmtInf>
          </Stmt>
        </BkToCstmrStmt>
      </Document>
      """;

  private static CamtSource source(String file) {
    return new CamtSource(
        () -> new ByteArrayInputStream(file.getBytes(UTF_8)),
        ProfileJson.read("{\"name\":\"camt\",\"format\":\"camt.053\"}".getBytes(UTF_8)),
        SourceLimits.DEFAULTS);
  }

  private static String refusal(String file) {
    return String.valueOf(
        assertThrows(IOException.class, () -> Collected.of(source(file))).getMessage());
  }

  @Test
  void entriesAreRowsAndSeveralDetailsAreOneEach() throws IOException {
    CamtSource source = source(V2);
    assertEquals(
        """
        10 [1250, EUR, 2026-01-30, 2026-01-31, INV-1, BANK1, M\u00fcller & Co, DE99, Invoice one, \
        PMNT/RCDT/ESCT, DE02120300000000202051, 2026-17]
        18 [-10000, EUR, 2026-01-31, null, RF18, null, null, null, null, null, \
        DE02120300000000202051, 2026-17]
        18 [-3200, EUR, 2026-01-31, null, E2, null, null, null, null, null, \
        DE02120300000000202051, 2026-17]
        ! 27 null the entry is PDNG, only what is booked counts""",
        Collected.of(source).text());
    Map<String, String> facts = source.facts().facts();
    assertEquals("100.00 EUR", facts.get("statement_1_opening"));
    assertEquals("-19.50 EUR", facts.get("statement_1_closing"));
    assertEquals("-119.50", facts.get("statement_1_movements"));
    assertEquals("compared", facts.get("statement_1_balances"));
    assertEquals("1", facts.get("statements"));
  }

  @Test
  void whatTaleaExportsIsRead() throws IOException {
    assertEquals(
        "13 [700, EUR, 2026-01-02, 2026-01-01, B1, 0190d3a51c2d70008000000000000001, null, null,"
            + " key-1 bank=B1, talea, bank:customers:42, 0123]",
        Collected.of(source(OURS)).text());
  }

  /** The bytes of an export of a small bank, whose keys are as hostile as keys can be. */
  @Test
  void aRealExportIsReadWholeWithItsLongKeys() throws IOException {
    byte[] export;
    try (InputStream in =
        Objects.requireNonNull(
            CamtSourceTest.class.getResourceAsStream("talea-export.camt053.xml"))) {
      export = in.readAllBytes();
    }
    CamtSource source =
        new CamtSource(
            () -> new ByteArrayInputStream(export),
            ProfileJson.read("{\"name\":\"camt\",\"format\":\"camt.053\"}".getBytes(UTF_8)),
            SourceLimits.DEFAULTS);
    Collected collected = Collected.of(source);
    assertEquals(
        "[2505, -3000, 100, 200]", collected.values.stream().map(row -> row.get(0)).toList() + "");
    // The exporter writes U+FFFD for what XML cannot hold.
    assertEquals("<&>\"']]> \u00e9\ud83d\ude00\ufffd x".repeat(11), collected.values.get(1).get(4));
    assertEquals("98.05 CZK", source.facts().facts().get("statement_1_closing"));
    assertEquals("compared", source.facts().facts().get("statement_1_balances"));
  }

  @Test
  void aStatementThatDoesNotAddUpIsRefused() throws IOException {
    assertEquals(
        "statement 2026-17 does not add up: opening 100.00 and movements -119.49 make -19.49, its"
            + " closing balance is -19.50 EUR; ask the bank for the whole statement",
        refusal(V2.replace("12.50", "12.51")));
    CamtSource without = source(V2.replace("CLBD", "CLAV"));
    Collected.of(without);
    assertEquals("not in the file", without.facts().facts().get("statement_1_balances"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<!DOCTYPE Document [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Document>&x;</Document>",
        "<!DOCTYPE Document SYSTEM \"http://127.0.0.1:1/x.dtd\"><Document/>",
        "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><a>&b;</a>",
        "<Document><BkToCstmrStmt><Stmt><Ntry>&lol;</Ntry></Stmt></BkToCstmrStmt></Document>",
        "<Document></Document>",
        "<Document><BkToCstmrStmt><Stmt>",
        "no xml"
      })
  void documentTypesEntitiesAndOtherFilesAreRefused(String file) {
    String said = refusal(file);
    assertTrue(said.startsWith("the file "), said);
  }

  @Test
  void badAmountsAreRejectedAndNothingIsSaidOfTheSum() throws IOException {
    CamtSource source = source(V2.replace("12.50", "12,50"));
    Collected collected = Collected.of(source);
    assertEquals(
        "the entry has no amount with currency and direction", collected.rejects.get(0).reason());
    assertEquals(
        "not compared, as not all entries could be read",
        source.facts().facts().get("statement_1_balances"));
    Collected fine = Collected.of(source(V2.replace("12.50", "12.505").replace("19.50", "19.495")));
    assertEquals(
        "the entry 12.505 has 3 fraction digits, the profile's scale is 2",
        fine.rejects.get(0).reason());
  }

  @Test
  void deepAndEndlessTextsAreRefusedByLimit() {
    String deep = V2.replace("<NtryRef>1</NtryRef>", "<a>".repeat(100) + "</a>".repeat(100));
    assertTrue(refusal(deep).contains("64 levels"));
    String wide = V2.replace("<NtryRef>1</NtryRef>", "<a>" + "x".repeat(1_100_000) + "</a>");
    assertTrue(refusal(wide).contains("longer than 1048576 characters"));
  }
}
