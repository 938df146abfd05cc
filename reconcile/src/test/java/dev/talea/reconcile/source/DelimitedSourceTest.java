// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class DelimitedSourceTest {
  private static final String USUAL =
      """
      {"name": "usual", "amount": {"column": "amount"}, "asset": "EUR",
       "fields": [{"name": "date", "column": "day"}, {"name": "reference", "column": "ref"}]}
      """;

  private static FormatProfile profile(String json) {
    return ProfileJson.read(json.getBytes(UTF_8));
  }

  private static DelimitedSource source(String profile, byte[] file) {
    return source(profile, file, SourceLimits.DEFAULTS);
  }

  private static DelimitedSource source(String profile, byte[] file, SourceLimits limits) {
    return new DelimitedSource(() -> new ByteArrayInputStream(file), profile(profile), limits);
  }

  private static Collected read(String profile, String file) throws IOException {
    return Collected.of(source(profile, file.getBytes(UTF_8)));
  }

  @Test
  void rowsComeWithTheirLinesAsTheProfileSays() throws IOException {
    DelimitedSource source =
        source(USUAL, "day,ref,amount\n2026-01-31,A 1,12.50\n\n2026-02-01,,-3\n".getBytes(UTF_8));
    assertEquals(
        "[amount, asset, date, reference]",
        source.columns().stream().map(Column::name).toList() + "");
    Collected collected = Collected.of(source);
    assertEquals(
        "2 [1250, EUR, 2026-01-31, A 1]\n4 [-300, EUR, 2026-02-01, null]", collected.text());
    assertEquals("file", source.facts().kind());
    Map<String, String> facts = source.facts().facts();
    assertEquals("52", facts.get("bytes"));
    assertEquals(64, String.valueOf(facts.get("sha256")).length());
    assertEquals("[bytes, profile_sha256, sha256]", facts.keySet() + "");
  }

  @Test
  void quotesHoldDelimitersQuotesAndLineBreaks() throws IOException {
    String file =
        "day,ref,amount\r\n2026-01-31,\"a,\"\"b\"\"\r\nc\",1\r\n2026-02-01,\"\",\"2\"\r\n"
            + "2026-02-01,5\" pipe,3";
    Collected collected = read(USUAL, file);
    assertEquals("a,\"b\"\r\nc", collected.values.get(0).get(3));
    assertEquals(
        "4 [200, EUR, 2026-02-01, null]\n5 [300, EUR, 2026-02-01, 5\" pipe]",
        String.join("\n", collected.rows.subList(1, 3)));
  }

  @Test
  void badRowsAreRejectedWithLineFieldAndReason() throws IOException {
    String file =
        """
        day,ref,amount
        2026-02-30,a,1
        2026-01-31,b,1.005
        2026-01-31,c,1e5
        2026-01-31,d
        2026-01-31,"e"x,5
        2026-01-31,f,9000000000000000000000000000000000000000
        2026-01-31,g,
        2026-01-31,"h
        """;
    Collected collected = read(USUAL, file);
    assertEquals(
        """

        ! 2 date "2026-02-30" is no date by the patterns yyyy-MM-dd
        ! 3 amount "1.005" has 3 fraction digits, the profile's scale is 2
        ! 4 amount "1e5" has the character 'e', expected digits with '.'
        ! 5 null has 2 fields, expected 3
        ! 6 null text stands behind the quote that ends field 2
        ! 7 amount "9000000000000000000000000000000000000000" is beyond 2^127-1 minor units, \
        the largest amount there is
        ! 8 amount "" has no digits
        ! 9 null the quote opened in line 9 is not closed before the end of the file\
        """,
        collected.text());
    assertEquals(Int128.of(100), collected.rejects.get(0).amount());
    assertEquals("EUR", collected.rejects.get(0).asset());
    assertEquals("2026-02-30,a,1", collected.rejects.get(0).text());
    assertEquals(null, collected.rejects.get(1).amount());
    assertEquals(null, collected.rejects.get(1).asset());
  }

  /** Section 8: binary floats for money; of such sums a double is off in every third. */
  @Test
  void binaryFloatsForMoneyCannotHappen() throws IOException {
    StringBuilder file = new StringBuilder("day,ref,amount\n");
    for (int i = 0; i < 10_000; i++) {
      file.append("2026-01-31,x,")
          .append(i / 100)
          .append('.')
          .append(i % 100 / 10)
          .append(i % 10)
          .append('\n');
    }
    Collected collected = read(USUAL, file.toString());
    for (int i = 0; i < 10_000; i++) {
      assertEquals(Int128.of(i), collected.values.get(i).get(0));
    }
    assertEquals(
        "2 [170141183460469231731687303715884105727, EUR, null, null]",
        read(USUAL, "day,ref,amount\n,,1701411834604692317316873037158841057.27").text());
    assertTrue(
        read(USUAL, "day,ref,amount\n,,1701411834604692317316873037158841057.28")
            .text()
            .contains("is beyond 2^127-1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.234,50 | 123450",
        "1234,5 | 123450",
        "-1.234.567,00 | -123456700",
        "12,50- | -1250",
        "(3,00) | -300",
        "+4 | 400",
        "- 5 | -500",
        "\u22126 | -600",
        "0,00 | 0",
        "007 | 700",
        "1.23 | !",
        "1.2345,00 | !",
        "12.34.567 | !",
        "1,234.50 | !",
        "1.234,567 | !",
        ",50 | 50",
        "5, | !",
        "- | !",
        "EUR 5 | !",
        "1 234 | !",
        ".500 | !",
        "1..234 | !",
        "--5 | !"
      })
  void whatAMarkMeansIsNeverGuessed(String text, String minor) throws IOException {
    String profile =
        USUAL.replace(
            "\"asset\"",
            "\"text\":{\"delimiter\":\";\"},\"numbers\":{\"decimal\":\",\",\"thousands\":\".\"},\"asset\"");
    Collected collected = read(profile, "day;ref;amount\n;;" + text.strip());
    assertEquals(minor.equals("!"), collected.rows.isEmpty(), collected.text());
    if (collected.rejects.isEmpty()) {
      assertEquals(minor, String.valueOf(collected.values.get(0).get(0)));
    }
  }

  @Test
  void debitAndCreditMayHaveColumnsOfTheirOwn() throws IOException {
    String profile =
        USUAL.replace(
            "{\"column\": \"amount\"}", "{\"in_column\": \"credit\", \"out_column\": \"debit\"}");
    String file =
        """
        day,ref,credit,debit
        ,in,5.00,
        ,out,,7.00
        ,zero,0.00,8.00
        ,both,1.00,1.00
        ,none,,
        ,signed,,-1.00
        """;
    assertEquals(
        """
        2 [500, EUR, null, in]
        3 [-700, EUR, null, out]
        4 [-800, EUR, null, zero]
        ! 5 amount "1.00" and the column across both have an amount
        ! 6 amount "" and the column across are both empty
        ! 7 amount "-1.00" has a sign in a column that is one direction already\
        """,
        read(profile, file).text());
  }

  @Test
  void aColumnMaySayWhichWay() throws IOException {
    String profile =
        USUAL.replace(
            "{\"column\": \"amount\"}",
            "{\"column\": \"amount\", \"marker\": \"dc\", \"in_values\": [\"C\"], \"out_values\":"
                + " [\"D\"]}");
    assertEquals(
        """
        2 [500, EUR, null, in]
        3 [-700, EUR, null, out]
        ! 4 amount "X" marks neither what comes in nor what goes out
        ! 5 amount "-1" has a sign of its own beside the mark D\
        """,
        read(profile, "day,ref,amount,dc\n,in,5,C\n,out,7, D\n,odd,1,X\n,odd,-1,D\n").text());
  }

  @Test
  void assetsSignsTypesAndFooters() throws IOException {
    String profile =
        """
        {"name": "p", "amount": {"column": "amount", "negate": true}, "asset": {"column": "ccy"},
         "text": {"skip_lines": 2, "footer_rows": 1, "footer_prefix": "Total"},
         "dates": {"patterns": ["dd.MM.yyyy", "yyyy-MM-dd HH:mm:ss"], "zone": "Europe/Prague"},
         "numbers": {"scale": 0, "minor": true},
         "fields": [
           {"name": "time", "column": "at"}, {"name": "date", "column": "at"},
           {"name": "paid", "column": "paid", "type": "boolean", "required": true},
           {"name": "lines", "column": "#5", "type": "integer"}]}
        """;
    String file =
        """
        Statement of "January
        for you
        at,ccy,amount,paid,n
        2026-07-01 12:00:00,EUR,5,yes,-3
        2026-03-29 02:30:00,EUR,5,yes,3
        2026-10-25 02:30:00,CZK,5,0,3
        2026-07-01T12:00:00Z,USD,5,true,3
        2026-07-01 12:00:00,,5,true,3
        2026-07-01 12:00:00,EUR,5,,3
        2026-07-01 12:00:00,EUR,5,maybe,1.5
        Total,,20,,
        1 row,of,footer,and,so on
        """;
    assertEquals(
        """
        4 [-5, EUR, 2026-07-01T10:00:00Z, 2026-07-01, true, -3]
        6 [-5, CZK, 2026-10-25T00:30:00Z, 2026-10-25, false, 3]
        ! 5 time "2026-03-29 02:30:00" is a time that the zone Europe/Prague leaves out
        ! 7 date "2026-07-01T12:00:00Z" is no date by the patterns dd.MM.yyyy, yyyy-MM-dd HH:mm:ss
        ! 8 asset "" names no asset
        ! 9 paid "" is empty, and the profile requires it
        ! 10 paid "maybe" is neither true nor false\
        """,
        read(profile, file).text());
  }

  @Test
  void aRowThatOnlyBeginsLikeAFooterIsNotLost() throws IOException {
    String profile =
        """
        {"name": "p", "amount": {"column": "amount"}, "asset": "EUR",
         "numbers": {"scale": 0},
         "text": {"footer_prefix": "Total"},
         "fields": [{"name": "text", "column": "text"}]}
        """;
    String file =
        """
        text,amount
        Rent,5
        Totalenergies SE,70
        Total Gym,8
        Salary,9
        Total,92
        Total of all,92
        """;
    assertEquals(
        """
        2 [5, EUR, Rent]
        5 [9, EUR, Salary]
        ! 3 null begins with the footer_prefix "Total", and a row of data follows in line 5
        ! 4 null begins with the footer_prefix "Total", and a row of data follows in line 5\
        """,
        read(profile, file).text());
    DelimitedSource source = source(profile, file.getBytes(UTF_8));
    var unused = Collected.of(source);
    assertEquals("2", source.facts().facts().get("footers"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UTF-8",
        "UTF-16LE",
        "UTF-16BE",
        "UTF-16",
        "windows-1250",
        "windows-1252",
        "ISO-8859-2",
        "ISO-8859-1",
        "ISO-8859-15"
      })
  void encodingsAreReadAsTheProfileSays(String encoding) throws IOException {
    String name =
        encoding.endsWith("2") || encoding.equals("windows-1250")
            ? "Dvo\u0159\u00e1k"
            : "M\u00fcller";
    if (encoding.equals("windows-1252")) {
      name = "M\u00fcller";
    }
    String profile =
        USUAL.replace("\"asset\"", "\"text\":{\"encoding\":\"" + encoding + "\"},\"asset\"");
    byte[] file = ("day,ref,amount\n," + name + ",1\n").getBytes(Charset.forName(encoding));
    assertEquals("2 [100, EUR, null, " + name + "]", Collected.of(source(profile, file)).text());
  }

  @Test
  void aByteOrderMarkIsPassedOverAndMayNotContradict() throws IOException {
    byte[] file = "\uFEFFday,ref,amount\n,\u00fc,1\n".getBytes(UTF_8);
    assertEquals("2 [100, EUR, null, \u00fc]", Collected.of(source(USUAL, file)).text());
    byte[] wide = "\uFEFFday,ref,amount\n,\u00fc,1\n".getBytes(Charset.forName("UTF-16LE"));
    assertTrue(
        refusal(source(USUAL, wide))
            .contains("byte order mark of UTF-16LE, the profile says UTF-8"));
    String utf16 = USUAL.replace("\"asset\"", "\"text\":{\"encoding\":\"UTF-16\"},\"asset\"");
    assertEquals("2 [100, EUR, null, \u00fc]", Collected.of(source(utf16, wide)).text());
    byte[] bare = "day,ref,amount\n".getBytes(Charset.forName("UTF-16LE"));
    assertTrue(refusal(source(utf16, bare)).contains("no byte order mark"));
  }

  private static String refusal(DelimitedSource source) {
    return String.valueOf(assertThrows(IOException.class, () -> Collected.of(source)).getMessage());
  }

  @Test
  void malformedBytesRejectTheRowAndAreNeverReplaced() throws IOException {
    byte[] file = "day,ref,amount\n,M?ller,1\n,b,2\n,cut?".getBytes(UTF_8);
    for (int i = 0; i < file.length; i++) {
      file[i] = file[i] == '?' ? (byte) 0xfc : file[i];
    }
    assertEquals(
        """
        3 [200, EUR, null, b]
        ! 2 null bytes in field 2 are no text in the encoding of the profile
        ! 4 null bytes in field 2 are no text in the encoding of the profile\
        """,
        Collected.of(source(USUAL, file)).text());
    assertTrue(read(USUAL, "day,ref,amount\n,a\0b,1\n").text().contains("U+0000"));
  }

  /** Section 8: a row lost at each partition boundary of a CSV; here buffers end everywhere. */
  @Test
  void noRowIsLostAtABoundaryOfBuffersOrReads() throws IOException {
    StringBuilder file = new StringBuilder("day,ref,amount\r\n");
    int rows = 20_000;
    for (int i = 0; i < rows; i++) {
      file.append("2026-01-31,\"r\u0159 ")
          .append(i)
          .append(i % 7 == 0 ? "\r\nx" : "")
          .append("\",");
      file.append(i).append("\r\n");
    }
    byte[] bytes = file.toString().getBytes(UTF_8);
    for (int piece : new int[] {1, 7, 4_096, 65_536, 1 << 30}) {
      DelimitedSource source =
          new DelimitedSource(
              () -> new Pieces(bytes, piece), profile(USUAL), SourceLimits.DEFAULTS);
      Collected collected = Collected.of(source);
      assertEquals(rows, collected.rows.size(), "pieces of " + piece);
      for (int i = 0; i < rows; i++) {
        assertEquals(Int128.of(100L * i), collected.values.get(i).get(0));
      }
      assertEquals(List.of(), collected.rejects);
    }
  }

  /** Gives at most so many bytes at a time. */
  private static final class Pieces extends ByteArrayInputStream {
    private final int most;

    Pieces(byte[] bytes, int most) {
      super(bytes);
      this.most = most;
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) {
      return super.read(into, offset, Math.min(length, most));
    }
  }

  /** Section 8: zero-row sources that abort. */
  @Test
  void aFileWithoutRowsIsNoError() throws IOException {
    assertEquals("", read(USUAL, "day,ref,amount\n").text());
    assertEquals("", read(USUAL, "day,ref,amount").text());
    assertTrue(
        refusal(source(USUAL, new byte[0])).contains("is empty, expected a row with the names"));
    String bare =
        USUAL
            .replace("\"asset\"", "\"text\":{\"header\":false},\"asset\"")
            .replace("\"day\"", "\"#1\"")
            .replace("\"ref\"", "\"#2\"")
            .replace("\"amount\"}", "\"#3\"}");
    assertEquals("", read(bare, "").text());
    assertEquals("1 [100, EUR, 2026-01-31, x]", read(bare, "2026-01-31,x,1").text());
  }

  /** Section 8: numbers compared as text: an amount is a number, whatever its zeros. */
  @Test
  void numbersAsTextAreNumbersHere() throws IOException {
    Collected collected = read(USUAL, "day,ref,amount\n,,9\n,,10.0\n,,10.00\n,,0010\n");
    assertEquals(
        "[900, 1000, 1000, 1000]", collected.values.stream().map(row -> row.get(0)).toList() + "");
  }

  @Test
  void aColumnThatIsNotThereIsNamedWithTheOneThatWasMeant() {
    assertTrue(
        refusal(source(USUAL, "day,reff,amount\n".getBytes(UTF_8)))
            .contains("did you mean \"reff\"?"));
    assertTrue(
        refusal(source(USUAL, "day,ref,amount,ref\n".getBytes(UTF_8)))
            .contains("two columns \"ref\""));
  }

  private static byte[] packed(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void packedFilesAreReadWithinTheirLimits() throws IOException {
    byte[] file = packed("day,ref,amount\n2026-01-31,x,1\n".getBytes(UTF_8));
    DelimitedSource source = source(USUAL, file);
    assertEquals("2 [100, EUR, 2026-01-31, x]", Collected.of(source).text());
    assertEquals(String.valueOf(file.length), source.facts().facts().get("bytes"));
    assertEquals("30", source.facts().facts().get("unpacked_bytes"));
    byte[] cut = Arrays.copyOf(file, file.length - 10);
    assertThrows(IOException.class, () -> Collected.of(source(USUAL, cut)));
  }

  @Test
  void bombsSparseFilesAndEndlessLinesAreRefusedByLimit() throws IOException {
    byte[] row = "2026-01-31,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1\n".getBytes(UTF_8);
    ByteArrayOutputStream large = new ByteArrayOutputStream();
    large.write("day,ref,amount\n".getBytes(UTF_8));
    for (int i = 0; i < 400_000; i++) {
      large.write(row);
    }
    byte[] bomb = packed(large.toByteArray());
    assertTrue(refusal(source(USUAL, bomb)).contains("more than 200 times as many"));
    SourceLimits small = new SourceLimits(1_000, 2_000, 10_000, 100, 5);
    byte[] rows = Arrays.copyOf(large.toByteArray(), 20_000);
    assertTrue(refusal(source(USUAL, rows, small)).contains("more than 1000 bytes"));
    assertTrue(
        refusal(source(USUAL, packed(rows), small)).contains("more than 2000 bytes come out"));
    assertTrue(
        refusal(source(USUAL, ("day,ref,amount\n,\"" + "x".repeat(200)).getBytes(UTF_8), small))
            .contains("the row at line 2 is longer than 100 characters"));
    assertTrue(
        refusal(source(USUAL, "a,b,c,d,e,f".getBytes(UTF_8), small))
            .contains("more than 5 fields"));
    DelimitedSource sparse =
        new DelimitedSource(
            () -> new SequenceInputStream(Collections.enumeration(List.of(new Zeros(10L << 30)))),
            profile(USUAL),
            SourceLimits.DEFAULTS);
    assertTrue(refusal(sparse).contains("longer than 1048576 characters"));
  }

  /** A file with nothing in it, as long as is wanted. */
  private static final class Zeros extends InputStream {
    private long left;

    Zeros(long bytes) {
      left = bytes;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (left <= 0) {
        return -1;
      }
      int count = (int) Math.min(left, length);
      Arrays.fill(into, offset, offset + count, (byte) 0);
      left -= count;
      return count;
    }
  }
}
