package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who gets a page of events, and who the stream. */
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
}
