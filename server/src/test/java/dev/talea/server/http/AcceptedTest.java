// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who gets a page of events, and who the stream; who gets amounts as strings. */
class AcceptedTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json | true",
        "APPLICATION/JSON | true",
        "application/json; charset=utf-8 | true",
        "application/json;q=0.1 | true",
        "application/json, text/plain, */* | true",
        "application/*, */* | true",
        "application/json, text/event-stream;q=0.9 | true",
        "application/json;q=0.8, text/* ;q=0.7 | true",
        "application/json, text/event-stream;q=0 | true",
        "'' | false",
        "*/* | false",
        "text/html | false",
        "text/event-stream | false",
        "application/json, text/event-stream | false",
        "text/event-stream, application/json | false",
        "application/json;q=0.5, */* | false",
        "application/json;q=0 | false",
        "application/json;q=0, */* | false",
        "application/json;q=0.9, text/* | false",
        "*/*, text/event-stream;q=0 | true",
        "application/json;amounts=string, text/event-stream | true",
        "text/event-stream, application/json;amounts=string | true",
        "application/json, text/event-stream;amounts=string | false",
        "application/json;amounts=string, text/event-stream;amounts=string | false",
        "application/json;amounts=string;q=0.9, text/event-stream | false",
        "application/json;amounts=string;q=0.5, */* | false",
        "application/jsonp | false",
        "application/problem+json | false",
        "application/json;q=nonsense | true",
        "',;q=1,/' | false"
      })
  void jsonIsForThoseWhoClearlyWantIt(String accept, boolean json) {
    assertEquals(json, Accepted.prefersJson(List.of(accept)));
  }

  @ParameterizedTest
  @CsvSource({"text/event-stream,application/json,false", "text/html,application/json,true"})
  void severalHeadersAreOneList(String first, String second, boolean json) {
    assertEquals(json, Accepted.prefersJson(List.of(first, second)));
    assertEquals(json, Accepted.prefersJson(List.of(second, first)));
    assertEquals(false, Accepted.prefersJson(List.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json; amounts=string | true",
        "application/json;amounts=string | true",
        "Application/JSON ; Amounts=String | true",
        "application/json;amounts=\"string\" | true",
        "application/json;charset=utf-8;amounts=string;q=0.5 | true",
        "application/json;q=0.5;amounts=string | true",
        "text/html, application/json;amounts=string, */*;q=0.8 | true",
        "application/json;amounts=string, application/json | true",
        "application/json;amounts=string, application/json;q=0.5 | true",
        "application/json;amounts=string;q=0.5, application/json | false",
        "application/json;amounts=string;q=0.5, */* | false",
        "application/json;amounts=string;q=0 | false",
        "application/json | false",
        "application/json;amounts=integer | false",
        "application/json;amounts=strings | false",
        "application/json;amounts | false",
        "application/json;amounts= | false",
        "application/json;xamounts=string | false",
        "application/json;amounts=\"string | false",
        "*/*;amounts=string | false",
        "application/*;amounts=string | false",
        "text/event-stream;amounts=string | false",
        "application/json, text/event-stream;amounts=string | false",
        "amounts=string | false",
        ";amounts=string | false",
        "'' | false",
      })
  void stringsAreForThoseWhoNameThem(String accept, boolean strings) {
    assertEquals(strings, Accepted.amountsAsStrings(List.of(accept), Accepted.JSON));
    String swapped =
        accept
            .toLowerCase(Locale.ROOT)
            .replace("text/event-stream", "text/plain")
            .replace("application/json", "text/event-stream")
            .replace("application/*", "text/*");
    assertEquals(strings, Accepted.amountsAsStrings(List.of(swapped), Accepted.STREAM), swapped);
    assertEquals(false, Accepted.amountsAsStrings(List.of(), Accepted.JSON));
  }
}
