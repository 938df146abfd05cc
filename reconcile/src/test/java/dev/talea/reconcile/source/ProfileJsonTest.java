// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.document.DocumentException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProfileJsonTest {
  private static final String PROFILE =
      """
      {"name": "p", "format": "delimited",
       "text": {"encoding": "UTF-8", "delimiter": "\\t", "quote": "", "header": true,
                "skip_lines": 1, "footer_rows": 2, "footer_prefix": "T"},
       "numbers": {"decimal": ",", "thousands": ".", "scale": 18, "minor": false},
       "dates": {"patterns": ["dd.MM.yyyy", "d.M.yy"], "zone": "Europe/Prague"},
       "amount": {"column": "a", "negate": true}, "asset": {"column": "c"},
       "fields": [{"name": "date", "column": "d", "required": true},
                  {"name": "x", "type": "integer"}],
       "key": ["date", "x"]}
      """;

  private static FormatProfile read(String json) {
    return ProfileJson.read(json.getBytes(UTF_8));
  }

  @Test
  void whatIsReadIsWrittenAndReadAgain() {
    FormatProfile profile = read(PROFILE);
    assertEquals(profile, ProfileJson.read(ProfileJson.write(profile)));
    assertEquals('\t', profile.text().delimiter());
    assertEquals("x", profile.fields().get(1).column());
    FormatProfile least = read("{\"name\":\"p\",\"amount\":{\"column\":\"a\"},\"asset\":\"EUR\"}");
    assertEquals(least, ProfileJson.read(ProfileJson.write(least)));
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        bad("\"UTF-8\"", "\"EBCDIC\"", "text.encoding: is \"EBCDIC\", expected one of UTF-8"),
        bad("\"\\\\t\"", "\",,\"", "text.delimiter: is 2 characters long, at most 1 fit"),
        bad("\"quote\": \"\"", "\"quote\": \"\\\\t\"", "text.quote: is the delimiter too"),
        bad(
            "\"thousands\": \".\"",
            "\"thousands\": \",\"",
            "numbers.thousands: is the decimal mark too"),
        bad("18", "39", "numbers.scale: is 39, expected 0 to 38"),
        bad("\"d.M.yy\"", "\"MM.dd.yyyy\"", "reads as another day what dd.MM.yyyy reads"),
        bad("\"d.M.yy\"", "\"d.M.\"", "in which there is no y"),
        bad("\"d.M.yy\"", "\"YYYY-MM-dd\"", "in which there is no y"),
        bad("\"d.M.yy\"", "\"d.M.yyyy hh\"", "expected each of yyyy or yy"),
        bad("Europe/Prague", "Prague", "dates.zone: is \"Prague\""),
        bad(
            "\"negate\": true",
            "\"negate\": true, \"marker\": \"m\"",
            "amount.negate: is of no use"),
        bad("\"negate\": true", "\"in_values\": [\"C\"]", "amount.marker: is missing"),
        bad("\"negate\": true", "\"in_column\": \"i\"", "amount.in_column: stands with"),
        bad(
            "{\"column\": \"a\", \"negate\": true}",
            "{\"in_column\": \"i\"}",
            "amount.out_column: is missing"),
        bad("{\"column\": \"c\"}", "{}", "asset.column: is missing"),
        bad("{\"column\": \"c\"}", "5", "asset: must be an object, is a whole number"),
        bad("\"required\": true", "\"type\": \"text\"", "fields[0].type: is text, expected date"),
        bad(
            "\"name\": \"x\"",
            "\"name\": \"amount\"",
            "fields[1].name: is \"amount\", which is there"),
        bad("\"key\": [\"date\", \"x\"]", "\"key\": [\"y\"]", "key[0]: is \"y\", no column has it"),
        bad("\"delimited\"", "\"camt.053\"", "the columns of camt.053 are fixed"),
        bad("\"amount\"", "\"ammount\"", "did you mean \"amount\"?"));
  }

  private static Arguments bad(String part, String by, String message) {
    return Arguments.of(
        PROFILE.replace(part.replace("\\\\", "\\"), by.replace("\\\\", "\\")), message);
  }

  @ParameterizedTest
  @MethodSource("bad")
  void whatMakesNoSenseIsNamedWithItsPlace(String json, String message) {
    String said = assertThrows(DocumentException.class, () -> read(json)).faults().toString();
    assertTrue(said.contains(message), said);
  }
}
