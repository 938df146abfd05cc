// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Files of all shapes that a writer of a dozen lines makes are read as they were written. */
@Tag("slow")
class DelimitedPropertyTest {
  private static final long SEED = Long.getLong("talea.seed", 20_260_131L);
  private static final int FILES = 300;
  private static final String[] ENCODINGS = {"UTF-8", "UTF-16LE", "UTF-16BE", "windows-1252"};
  private static final String[] BREAKS = {"\n", "\r\n", "\r"};
  private static final char[] DELIMITERS = {',', ';', '\t', '|', '\u00a7'};
  private static final String[] PIECES = {
    "a", "B7", " ", "\"", "\"\"", ",", ";", "\t", "|", "\u00a7", "\n", "\r\n", "\u00fc", "'", "0"
  };

  @Test
  void whatIsWrittenIsReadWithItsLines() throws IOException {
    for (int file = 0; file < FILES; file++) {
      check(SEED + file);
    }
  }

  private static void check(long seed) throws IOException {
    Random random = new Random(seed);
    String encoding = ENCODINGS[random.nextInt(ENCODINGS.length)];
    String end = BREAKS[random.nextInt(BREAKS.length)];
    char delimiter = DELIMITERS[random.nextInt(DELIMITERS.length)];
    boolean comma = random.nextBoolean();
    boolean groups = random.nextBoolean();
    int scale = random.nextInt(5);
    StringBuilder file = new StringBuilder();
    List<String> expected = new ArrayList<>();
    file.append("date")
        .append(delimiter)
        .append("amount")
        .append(delimiter)
        .append("text")
        .append(end);
    int line = 2;
    for (int row = random.nextInt(40); row > 0; row--) {
      if (random.nextInt(10) == 0) {
        file.append(end);
        line++;
      }
      LocalDate date = LocalDate.of(2000, 1, 1).plusDays(random.nextInt(20_000));
      BigInteger minor = new BigInteger(1 + random.nextInt(120), random);
      minor = random.nextBoolean() ? minor.negate() : minor;
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(6); i > 0; i--) {
        text.append(PIECES[random.nextInt(PIECES.length)]);
      }
      expected.add(
          line + " [" + minor + ", EUR, " + date + ", " + (text.isEmpty() ? "null" : text) + "]");
      String cell = '"' + text.toString().replace("\"", "\"\"") + '"';
      file.append(DateTimeFormatter.ofPattern("d.M.uuuu", Locale.ROOT).format(date))
          .append(delimiter);
      file.append('"').append(amount(minor, scale, comma, groups)).append('"').append(delimiter);
      file.append(cell).append(end);
      line += 1 + text.toString().split("\r\n|\n", -1).length - 1;
    }
    String profile =
        """
        {"name": "p", "text": {"encoding": "%s", "delimiter": "%s"},
         "numbers": {"decimal": "%s", "thousands": "%s", "scale": %d},
         "dates": {"patterns": ["d.M.yyyy"]}, "amount": {"column": "amount"}, "asset": "EUR",
         "fields": [{"name": "date", "column": "date"}, {"name": "text", "column": "text"}]}
        """
            .formatted(
                encoding,
                delimiter == '\t' ? "\\t" : String.valueOf(delimiter),
                comma ? "," : ".",
                groups ? (comma ? "." : ",") : "",
                scale);
    byte[] bytes = file.toString().getBytes(Charset.forName(encoding));
    DelimitedSource source =
        new DelimitedSource(
            () -> new ByteArrayInputStream(bytes),
            ProfileJson.read(profile.getBytes(UTF_8)),
            SourceLimits.DEFAULTS);
    Collected collected = Collected.of(source);
    assertEquals(List.of(), collected.rejects, "seed " + seed);
    assertEquals(expected, collected.rows, "seed " + seed);
  }

  private static String amount(BigInteger minor, int scale, boolean comma, boolean groups) {
    String digits = minor.abs().toString();
    digits = "0".repeat(Math.max(0, scale + 1 - digits.length())) + digits;
    String whole = digits.substring(0, digits.length() - scale);
    if (groups) {
      whole = whole.replaceAll("(?<=[0-9])(?=([0-9]{3})+$)", comma ? "." : ",");
    }
    String fraction = digits.substring(digits.length() - scale);
    return (minor.signum() < 0 ? "-" : "")
        + whole
        + (scale == 0 ? "" : (comma ? "," : ".") + fraction);
  }
}
