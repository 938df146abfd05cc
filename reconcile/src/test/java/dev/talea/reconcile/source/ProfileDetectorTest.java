// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.source.ProfileDetector.Finding;
import dev.talea.reconcile.source.ProfileDetector.Proposed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfileDetectorTest {
  private static final String GERMAN =
      """
      Kontoauszug;Januar
      erstellt von der Bank

      Buchungstag;Valuta;Betrag;W\u00e4hrung;Verwendungszweck;Empf\u00e4nger
      31.01.2026;31.01.2026;-1.234,50;EUR;INV-1;M\u00fcller
      01.02.2026;01.02.2026;7,00;EUR;INV-2;"Gr\u00fcn; S\u00f6hne"
      02.02.2026;03.02.2026;8,10;EUR;;
      Summe;3
      """;

  private static Proposed detect(byte[] file) throws IOException {
    return ProfileDetector.of("found", () -> new ByteArrayInputStream(file));
  }

  private static List<String> open(Proposed proposed) {
    return proposed.findings().stream()
        .filter(Finding::isOpen)
        .map(each -> each.setting() + ": " + each.remark())
        .toList();
  }

  private static String read(Proposed proposed, byte[] file) throws IOException {
    byte[] json = ProfileJson.write(proposed.profile());
    FormatProfile profile = ProfileJson.read(json);
    assertEquals(proposed.profile(), profile);
    return Collected.of(
            new DelimitedSource(
                () -> new ByteArrayInputStream(file), profile, SourceLimits.DEFAULTS))
        .text();
  }

  @Test
  void aFewValuesThatAreNoNumbersAreRowsToReject() throws IOException {
    StringBuilder file = new StringBuilder("Booked;Text;Out;In\n");
    for (int i = 1; i <= 9; i++) {
      file.append("0").append(i).append(".01.2026;ORD-").append(i).append(";;1.080,5").append(i);
      file.append('\n');
    }
    file.append("10.01.2026;fee;3,50;\n11.01.2026;fee;4,50;\n12.01.2026;ORD-10;;n/a\n");
    byte[] bytes = file.toString().getBytes(StandardCharsets.UTF_8);
    Proposed proposed = detect(bytes);
    assertEquals(new FormatProfile.Amount.Split("In", "Out"), proposed.profile().amount());
    assertTrue(
        open(proposed).contains("amount in In: rows with others, as \"n/a\", are rejected"),
        open(proposed) + "");
    String rows = read(proposed, bytes);
    assertTrue(rows.contains("[108051, XXX, 2026-01-01, ORD-1]"), rows);

    // Two of eleven are more than a few: this column is a text.
    byte[] more = (file + "13.01.2026;ORD-11;;n/a\n").getBytes(StandardCharsets.UTF_8);
    assertEquals(new FormatProfile.Amount.Signed("Out", false), detect(more).profile().amount());
  }

  @Test
  void aBanksFileIsProposedWithWhatFits() throws IOException {
    byte[] file = GERMAN.getBytes(Charset.forName("windows-1252"));
    Proposed proposed = detect(file);
    assertEquals(
        """
        5 [-123450, EUR, 2026-01-31, 2026-01-31, INV-1, M\u00fcller]
        6 [700, EUR, 2026-02-01, 2026-02-01, INV-2, Gr\u00fcn; S\u00f6hne]
        7 [810, EUR, 2026-02-02, 2026-02-03, null, null]""",
        read(proposed, file));
    List<String> open = open(proposed);
    assertEquals(1, open.size(), open + "");
    assertTrue(
        open.get(0).contains("windows-1252 reads \"W\u00e4hrung Empf\u00e4nger"), open.get(0));
    assertTrue(
        proposed
            .findings()
            .contains(new Finding("numbers", "decimal ',', thousands '.'", 3, 3, null)),
        proposed.findings() + "");
    assertTrue(
        proposed
            .findings()
            .contains(new Finding("dates.patterns of Buchungstag", "dd.MM.yyyy", 3, 3, null)));
  }

  @Test
  void daysThatCanBeTwoAreSaidToBeAmbiguous() throws IOException {
    byte[] file =
        "date,amount,currency\n01/02/2024,1.50,EUR\n03/04/2024,-2.00,EUR\n".getBytes(UTF_8);
    List<String> open = open(detect(file));
    assertEquals(
        List.of(
            "dates.patterns of date: ambiguous: all 2 values fit MM/dd/yyyy and M/d/yyyy too, as no"
                + " day is above 12: 01/02/2024 can be two days; ask the bank"),
        open);
    byte[] plain = new String(file, UTF_8).replace("03/04", "13/04").getBytes(UTF_8);
    assertEquals(List.of(), open(detect(plain)));
  }

  @Test
  void marksThatCanBeTwoAreSaidToBeAmbiguous() throws IOException {
    byte[] file =
        "date;amount;currency\n2024-01-02;1.500;EUR\n2024-01-02;-2.250;EUR\n".getBytes(UTF_8);
    List<String> open = open(detect(file));
    assertTrue(open.get(0).startsWith("numbers: ambiguous: with ',' as decimal mark"), open + "");
  }

  @Test
  void directionsMayHaveColumnsOrAMarkOfTheirOwn() throws IOException {
    byte[] split = "date,credit,debit\n2024-01-31,1.50,\n2024-02-01,,2.00\n".getBytes(UTF_8);
    Proposed proposed = detect(split);
    assertEquals("2 [150, XXX, 2024-01-31]\n3 [-200, XXX, 2024-02-01]", read(proposed, split));
    assertEquals(
        List.of("asset: no column names a currency: put in which one the file is of"),
        open(proposed));
    byte[] marked =
        "date\tamount\tkind\n2024-01-31\t1.50\tCR\n2024-02-01\t2.00\tDR\n".getBytes(UTF_8);
    assertEquals(
        "2 [150, XXX, 2024-01-31]\n3 [-200, XXX, 2024-02-01]", read(detect(marked), marked));
  }

  @Test
  void whatIsNotKnownIsAsked() throws IOException {
    byte[] bare = "2024-01-31,abc,15\n2024-02-01,def,20\n".getBytes(UTF_8);
    Proposed proposed = detect(bare);
    assertEquals(3, open(proposed).size(), open(proposed) + "");
    assertEquals(
        "1 [15, XXX, 2024-01-31, abc]\n2 [20, XXX, 2024-02-01, def]", read(proposed, bare));
    assertThrows(IOException.class, () -> detect(new byte[0]));
    assertThrows(IOException.class, () -> detect("PAR1".getBytes(UTF_8)));
  }

  @Test
  void statementsAndEncodingsAreKnownByWhatTheyBeginWith() throws IOException {
    assertEquals(
        FormatProfile.Format.MT940,
        detect(":20:A\n:25:B\n:60F:C260101EUR1,\n".getBytes(UTF_8)).profile().format());
    assertEquals(
        FormatProfile.Format.CAMT_053,
        detect(
                "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"/>"
                    .getBytes(UTF_8))
            .profile()
            .format());
    for (String encoding : List.of("UTF-8", "UTF-16LE", "UTF-16BE", "windows-1250")) {
      byte[] file =
          "date,amount,currency,name\n2024-01-31,-1.50,EUR,Dvo\u0159\u00e1k \u017e\u010d\u0161\n"
              .getBytes(Charset.forName(encoding));
      assertEquals(encoding, detect(file).profile().text().encoding());
      assertEquals(
          "2 [-150, EUR, 2024-01-31, Dvo\u0159\u00e1k \u017e\u010d\u0161]",
          read(detect(file), file));
    }
  }
}
