// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.Map;
import org.junit.jupiter.api.Test;

class Mt940SourceTest {
  private static final String FILE =
      """
      {1:F01BANKDEFFXXXX0000000000}{2:I940BANKDEFFXXXXN}{4:
      :20:STARTUMS
      :25:12030000/0000202051
      :28C:17/1
      :60F:C260129EUR100,00
      :61:2601310130C12,50NTRFINV-1//BANK1
      extra details
      :86:166?00CREDIT?109210?20EREF+INV-1/2026?21SVWZ+Invoice o?22ne?30BYLADEM1001?31DE99?32M\u00fcller
      ?33 & Co
      :61:2512310102D7,NMSCNONREF
      :86:/EREF/E2//NAME/Shop/REMI/thanks
      for all/
      :61:260131RC5,00NTRFRETURN
      :86:free text
      :61:260131RD0,5NCHGNONREF
      :62F:C260131EUR101,00
      :64:C260131EUR101,00
      -}{5:}
      :20:SECOND
      :25:OTHER
      :28C:18
      :60F:D260131USD5,
      :62F:D260131USD5,
      -
      """;

  private static Mt940Source source(String file, String encoding) {
    String profile =
        "{\"name\":\"mt\",\"format\":\"mt940\",\"text\":{\"encoding\":\"" + encoding + "\"}}";
    return new Mt940Source(
        () -> new ByteArrayInputStream(file.getBytes(Charset.forName(encoding))),
        ProfileJson.read(profile.getBytes(UTF_8)),
        SourceLimits.DEFAULTS);
  }

  private static String refusal(String file) {
    return String.valueOf(
        assertThrows(IOException.class, () -> Collected.of(source(file, "UTF-8"))).getMessage());
  }

  @Test
  void entriesOfAllStatementsAreRows() throws IOException {
    for (String file : new String[] {FILE, FILE.replace("\n", "\r\n")}) {
      Mt940Source source = source(file, "ISO-8859-1");
      assertEquals(
          """
          6 [1250, EUR, 2026-01-30, 2026-01-31, INV-1/2026, BANK1, M\u00fcller & Co, DE99, \
          Invoice one, NTRF, 12030000/0000202051, 17/1]
          10 [-700, EUR, 2026-01-02, 2025-12-31, E2, null, Shop, null, thanksfor all, NMSC, \
          12030000/0000202051, 17/1]
          13 [-500, EUR, 2026-01-31, 2026-01-31, RETURN, null, null, null, free text, NTRF, \
          12030000/0000202051, 17/1]
          15 [50, EUR, 2026-01-31, 2026-01-31, null, null, null, null, null, NCHG, \
          12030000/0000202051, 17/1]""",
          Collected.of(source).text());
      Map<String, String> facts = source.facts().facts();
      assertEquals("2", facts.get("statements"));
      assertEquals("100.00 EUR", facts.get("statement_1_opening"));
      assertEquals("1.00", facts.get("statement_1_movements"));
      assertEquals("compared", facts.get("statement_1_balances"));
      assertEquals("-5 USD", facts.get("statement_2_closing"));
    }
  }

  @Test
  void aStatementThatDoesNotAddUpIsRefused() {
    assertTrue(
        refusal(FILE.replace("C12,50", "C12,51"))
            .startsWith("statement STARTUMS does not add up: opening 100.00 and movements 1.01"));
  }

  @Test
  void badEntriesAreRejected() throws IOException {
    Mt940Source source =
        source(FILE.replace(":61:2601310130C12,50", ":61:2601310130C12.50"), "UTF-8");
    Collected collected = Collected.of(source);
    assertEquals(3, collected.rows.size());
    assertEquals(6, collected.rejects.get(0).line());
    assertTrue(collected.rejects.get(0).reason().startsWith("the entry is no :61: field"));
    assertEquals(
        "not compared, as not all entries could be read",
        source.facts().facts().get("statement_1_balances"));
    Collected malformed =
        Collected.of(
            new Mt940Source(
                () -> new ByteArrayInputStream(FILE.getBytes(Charset.forName("ISO-8859-1"))),
                ProfileJson.read("{\"name\":\"m\",\"format\":\"mt940\"}".getBytes(UTF_8)),
                SourceLimits.DEFAULTS));
    assertTrue(malformed.rejects.get(0).reason().contains("no text in the encoding"));
  }

  @Test
  void whatIsNoStatementIsRefused() {
    assertTrue(refusal("a,b,c\n1,2,3\n").contains("holds no MT940 statement"));
    assertTrue(refusal(":60F:C260129EUR100,00\n").contains("stands before the :20:"));
    assertTrue(
        refusal(FILE.replace("C260129EUR100,00", "C260129EUR100.00"))
            .contains("line 5 is no balance"));
  }
}
